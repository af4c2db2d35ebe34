"""`python -m dengta keys …` and `audit …` as an operator uses them."""
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Callable, Optional

import pytest
from sqlalchemy import text, update
from sqlalchemy.engine import Engine

from dengta import clock, commands
from dengta.__main__ import main
from dengta.database import writing
from dengta.privacy import rotation
from dengta.privacy.audit import record
from dengta.privacy.tables import data_key
from dengta.privacy.vault import open_vault
from dengta.settings import ROOT, settings
from tests.privacy.notes import BODY, fill, note

Dengta = Callable[..., Optional[str]]


@pytest.fixture
def dengta(url: str, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dengta:
    """Run a command in this process on the test's database and return what it refuses to do."""
    monkeypatch.setenv("DENGTA_DATABASE_URL", url)
    monkeypatch.setenv("DENGTA_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(rotation, "TAKEN_UP_AFTER", timedelta(0))
    monkeypatch.setattr(commands, "COLUMNS", (BODY,))
    settings.cache_clear()

    def run(*arguments: str) -> Optional[str]:
        monkeypatch.setattr(sys, "argv", ["dengta", *arguments])
        return main()

    return run


def test_a_key_is_rotated_listed_and_retired(
    dengta: Dengta, engine: Engine, key_file: Path, capsys: pytest.CaptureFixture
) -> None:
    fill(engine, open_vault(engine, key_file), ["a"], 3)
    with writing(engine) as session:
        session.execute(update(note).where(note.c.number == 2).values(body="damaged"))
    assert dengta("keys", "rotate") is None
    assert "note.body: 2 values sealed anew, 1 cannot be read and were left as they are" in capsys.readouterr().out
    assert dengta("keys", "list") is None
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("1 ") and "opens, 0 values" in first
    assert second.startswith("2 ") and "seals, 2 values" in second

    refusal = dengta("keys", "retire", "1")
    assert refusal is not None and "moments ago" in refusal
    with writing(engine) as session:
        session.execute(update(data_key).values(created_at=clock.now() - timedelta(minutes=6)))
    assert dengta("keys", "retire", "1") is None
    capsys.readouterr()
    assert dengta("keys", "list") is None
    assert "  retired 2" in capsys.readouterr().out.splitlines()[0]


def test_the_commands_refuse_in_one_sentence(dengta: Dengta, key_file: Path) -> None:
    assert dengta("keys", "create") == f"The master key file {key_file} exists and was left as it is"
    key_file.chmod(0o644)
    assert "chmod 600" in (dengta("keys", "rotate") or "")
    key_file.unlink()
    assert "is missing" in (dengta("keys", "rewrap") or "")


def test_a_key_file_is_created_where_the_settings_say(
    dengta: Dengta, key_file: Path, capsys: pytest.CaptureFixture
) -> None:
    key_file.unlink()
    assert dengta("keys", "create") is None
    assert str(key_file) in capsys.readouterr().out
    assert dengta("keys", "rewrap") is None
    assert capsys.readouterr().out.startswith("Data keys wrapped with the first key")


def test_the_trail_is_anchored_and_verified(
    dengta: Dengta, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    with writing(engine) as session:
        record(session, "shown", "agent 7", "conversation c1", {})
    assert dengta("audit", "anchor") is None
    assert dengta("audit", "verify") is None
    assert "unbroken: 1 entries, 1 anchors" in capsys.readouterr().out

    (tmp_path / "audit-anchors.log").write_text("nothing\n")
    assert "line 1 is no anchor" in (dengta("audit", "verify") or "")


def test_the_exit_status_tells_whether_the_trail_is_unbroken(dengta: Dengta, engine: Engine) -> None:
    def verify() -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "dengta", "audit", "verify"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    with writing(engine) as session:
        record(session, "shown", "agent 7", "conversation c1", {})
    done = verify()
    assert (done.returncode, done.stderr) == (0, "")
    with writing(engine) as session:
        session.execute(text("INSERT INTO audit VALUES (3, '', 'shown', 'agent 8', 'conversation c2', '{}', '')"))
    done = verify()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The audit trail is broken at entry 2: it is missing.\n"


def test_a_database_without_the_tables_is_one_sentence(dengta: Dengta, engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
    refusal = dengta("audit", "verify") or ""
    assert refusal.startswith("The database of DENGTA_DATABASE_URL cannot be used: ")
    assert "\n" not in refusal
