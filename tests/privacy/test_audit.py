"""The audit trail: it grows only, and whatever is done to it behind the program's back shows."""
import json
import math
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from dengta.clock import SHANGHAI
from dengta.database import reading, writing
from dengta.privacy.anchors import AnchorsUnusable, anchor, verify
from dengta.privacy.audit import Broken, record
from dengta.privacy.master import create_master, master
from dengta.privacy.tables import audit

AT = datetime(2026, 11, 22, 10, tzinfo=SHANGHAI)


@pytest.fixture
def anchors(key_file: Path, tmp_path: Path) -> Path:
    return tmp_path / "var" / "audit-anchors.log"


def recorded(engine: Engine, count: int) -> None:
    for number in range(count):
        with writing(engine) as session:
            record(session, "shown", "agent 7", f"conversation c{number}", {"reason": "查账", "fields": ["phone"]})


def tampered(engine: Engine, *statements: str) -> None:
    """Do what somebody with all rights on the database can do."""
    with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        else:
            for name in ("audit_keeps_entries", "audit_drops_nothing", "audit_replaces_nothing"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            session.execute(text(statement))


def test_an_unbroken_trail_is_confirmed_entry_by_entry(engine: Engine, anchors: Path) -> None:
    assert verify(engine, anchors).entries == 0
    recorded(engine, 5)
    assert (verify(engine, anchors).entries, verify(engine, anchors).anchors) == (5, 0)
    with reading(engine) as session:
        entry = session.execute(select(audit).order_by(audit.c.id)).first()
    assert (entry.id, entry.event, entry.actor, entry.subject) == (1, "shown", "agent 7", "conversation c0")


def test_an_entry_is_kept_if_and_only_if_its_transaction_is(engine: Engine, anchors: Path) -> None:
    recorded(engine, 1)
    with pytest.raises(RuntimeError):
        with writing(engine) as session:
            record(session, "shown", "agent 7", "conversation c9", {})
            raise RuntimeError
    recorded(engine, 1)
    assert verify(engine, anchors).entries == 2


def test_several_entries_in_one_transaction_follow_each_other(engine: Engine, anchors: Path) -> None:
    with writing(engine) as session:
        for event in ("bound", "shown", "unbound"):
            record(session, event, "bot", "customer 1", {})
    assert verify(engine, anchors).entries == 3


def test_writers_at_the_same_time_make_one_chain(engine: Engine, anchors: Path) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            try:
                with writing(engine) as session:
                    record(session, "shown", f"agent {number}", f"conversation c{turn}", {})
                    if turn % 3 == 2:
                        raise InterruptedError
            except InterruptedError:
                pass

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert verify(engine, anchors).entries == 6 * 7


def test_personal_data_in_a_detail_is_masked_and_ids_are_kept(engine: Engine, anchors: Path) -> None:
    detail = {"reason": "回电19900000001", "at": [{"phone": "19900000001"}], "ticket": "TS202611220001", "count": 3}
    with writing(engine) as session:
        record(session, "shown", "agent 7", "conversation c1", detail)
    with reading(engine) as session:
        kept = json.loads(session.execute(select(audit.c.detail)).scalar_one())
    assert "19900000001" not in json.dumps(kept)
    assert (kept["ticket"], kept["count"]) == ("TS202611220001", 3)
    assert verify(engine, anchors).entries == 1


@pytest.mark.parametrize(
    "detail, error",
    [({"at": AT}, TypeError), ({"amount": math.nan}, ValueError), ({"key": b"bytes"}, TypeError), ({1j: 1}, TypeError)],
)
def test_a_detail_that_is_not_json_is_refused(
    engine: Engine, anchors: Path, detail: dict[Any, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        with writing(engine) as session:
            record(session, "shown", "agent 7", "conversation c1", detail)
    assert verify(engine, anchors).entries == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET detail = '{}' WHERE id = 2",
        "UPDATE audit SET id = 9 WHERE id = 2",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(engine: Engine, anchors: Path, statement: str) -> None:
    recorded(engine, 3)
    with pytest.raises(SQLAlchemyError, match="append-only"):
        with writing(engine) as session:
            session.execute(text(statement))
    assert verify(engine, anchors).entries == 3


def test_the_database_refuses_to_replace_or_empty(engine: Engine, anchors: Path) -> None:
    recorded(engine, 3)
    values = "VALUES (2, '', '', '', '', '', '')"
    statement = "TRUNCATE audit" if engine.dialect.name == "postgresql" else f"INSERT OR REPLACE INTO audit {values}"
    with pytest.raises(SQLAlchemyError, match="append-only"):
        with writing(engine) as session:
            session.execute(text(statement))
    assert verify(engine, anchors).entries == 3


@pytest.mark.parametrize(
    "statements, broken_at",
    [
        (["UPDATE audit SET detail = '{}' WHERE id = 3"], 3),
        (["UPDATE audit SET actor = 'agent 8' WHERE id = 1"], 1),
        (["UPDATE audit SET at = '2026-11-22T00:00:00.000000+00:00' WHERE id = 2"], 2),
        (["UPDATE audit SET mac = '' WHERE id = 5"], 5),
        (["DELETE FROM audit WHERE id = 3"], 3),
        (["DELETE FROM audit WHERE id = 1"], 1),
        (["DELETE FROM audit WHERE id = 3", "UPDATE audit SET id = id - 1 WHERE id > 3"], 3),
        (["UPDATE audit SET id = 9 WHERE id = 2", "UPDATE audit SET id = 2 WHERE id = 3",
          "UPDATE audit SET id = 3 WHERE id = 9"], 2),
        (["INSERT INTO audit VALUES (6, '', 'shown', 'x', 'y', '{}', '" + "0" * 64 + "')"], 6),
        (["INSERT INTO audit VALUES (0, '', 'shown', 'x', 'y', '{}', '" + "0" * 64 + "')"], 1),
    ],
)  # fmt: skip
def test_the_first_entry_that_was_tampered_with_is_named(
    engine: Engine, anchors: Path, statements: list[str], broken_at: int
) -> None:
    recorded(engine, 5)
    tampered(engine, *statements)
    with pytest.raises(Broken) as caught:
        verify(engine, anchors)
    assert caught.value.entry == broken_at


def test_an_entry_of_an_impossible_type_is_broken_and_not_a_crash(engine: Engine, anchors: Path) -> None:
    recorded(engine, 2)
    if engine.dialect.name == "postgresql":
        tampered(engine, "UPDATE audit SET detail = '\\x00' WHERE id = 2")
    else:
        tampered(engine, "UPDATE audit SET detail = 7, mac = x'00' WHERE id = 2")
    with pytest.raises(Broken, match="entry 2"):
        verify(engine, anchors)


@pytest.mark.parametrize("keep, broken_at", [(2, 3), (0, 1)])
def test_an_end_that_was_cut_off_shows_against_the_newest_anchor(
    engine: Engine, anchors: Path, keep: int, broken_at: int
) -> None:
    recorded(engine, 1)
    assert anchor(engine, anchors, AT) == 1
    recorded(engine, 2)
    assert anchor(engine, anchors, AT) == 3
    recorded(engine, 1)
    assert (verify(engine, anchors).entries, verify(engine, anchors).anchors) == (4, 2)
    tampered(engine, f"DELETE FROM audit WHERE id > {keep}")
    with pytest.raises(Broken, match="anchor") as caught:
        verify(engine, anchors)
    assert caught.value.entry == broken_at


def test_a_cut_end_written_anew_with_the_right_key_shows_against_the_anchor(engine: Engine, anchors: Path) -> None:
    recorded(engine, 3)
    anchor(engine, anchors, AT)
    tampered(engine, "DELETE FROM audit WHERE id = 3")
    with writing(engine) as session:
        record(session, "harmless", "agent 7", "conversation c1", {})
    with pytest.raises(Broken, match="anchor") as caught:
        verify(engine, anchors)
    assert caught.value.entry == 3


def test_an_empty_trail_leaves_no_anchor(engine: Engine, anchors: Path) -> None:
    assert anchor(engine, anchors, AT) == 0
    assert not anchors.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-2] + "\n",
        lambda line: "not an anchor\n",
        lambda line: line + line.replace(line[-9:-1], "0" * 8),
        lambda line: line.replace(" 2 ", " two "),
        lambda line: line + "\n",
    ],
)
def test_a_changed_file_of_anchors_is_told(engine: Engine, anchors: Path, change: Callable[[str], str]) -> None:
    recorded(engine, 2)
    anchor(engine, anchors, AT)
    line = anchors.read_text()
    assert line.startswith("2026-11-22T10:00:00+08:00 2 ")
    anchors.write_text(change(line))
    with pytest.raises(AnchorsUnusable, match="was changed"):
        verify(engine, anchors)


def test_a_file_of_anchors_that_cannot_be_used_is_told(engine: Engine, anchors: Path) -> None:
    recorded(engine, 1)
    anchors.mkdir(parents=True)
    with pytest.raises(AnchorsUnusable, match="cannot be written"):
        anchor(engine, anchors, AT)
    with pytest.raises(AnchorsUnusable, match="cannot be read"):
        verify(engine, anchors)


def test_another_master_key_confirms_nothing(engine: Engine, anchors: Path, key_file: Path) -> None:
    recorded(engine, 2)
    key_file.unlink()
    create_master(key_file)
    master.cache_clear()
    with pytest.raises(Broken, match="entry 1"):
        verify(engine, anchors)
