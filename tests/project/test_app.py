"""The command line: what cannot be done is said in one sentence, with nothing left running; secrets stay private."""

import os
import socket
import stat
import subprocess
import sys

import pytest

from dengta.app import CannotStart, demo_secret
from dengta.settings import ROOT


def dengta(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "dengta", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_port_in_use_is_named_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = dengta("up", DENGTA_PORT=port, DENGTA_DATA_DIR=str(tmp_path / "var"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "DENGTA_PORT" in done.stderr
    assert not (tmp_path / "var").exists()


def test_a_broken_setting_is_one_sentence():
    done = dengta("up", DENGTA_SERVICE_HOURS="always")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "DENGTA_SERVICE_HOURS must look like 09:00-21:00, not 'always'\n"


def test_a_database_that_cannot_be_opened_is_one_sentence_without_the_password():
    done = dengta("seed", DENGTA_DATABASE_URL="postgresql://dengta:hidden-word@127.0.0.1:1/dengta")
    assert done.returncode == 1
    assert done.stderr.startswith("The database of DENGTA_DATABASE_URL cannot be used: ")
    assert done.stderr.count("\n") == 1
    assert "hidden-word" not in done.stderr


def test_seeding_twice_works(tmp_path):
    for _ in range(2):
        done = dengta("seed", DENGTA_DATA_DIR=str(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
    assert {"book.db", "dengta.db", "master.key"} <= {path.name for path in tmp_path.iterdir()}


def test_a_lost_master_key_is_one_sentence(tmp_path):
    dengta("seed", DENGTA_DATA_DIR=str(tmp_path))
    (tmp_path / "master.key").unlink()
    done = dengta("seed", DENGTA_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "The master key file does not open data key 1; restore the one that does\n"


def test_the_demo_secret_is_made_once_and_private(tmp_path):
    secret = demo_secret(tmp_path / "var")
    assert len(secret) >= 32
    assert demo_secret(tmp_path / "var") == secret
    assert stat.S_IMODE((tmp_path / "var/secret").stat().st_mode) == 0o600


def test_an_unusable_demo_secret_is_refused(tmp_path):
    (tmp_path / "secret").write_text("short")
    with pytest.raises(CannotStart, match="delete it"):
        demo_secret(tmp_path)


def test_a_data_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStart, match="var"):
        demo_secret(tmp_path / "var")


def test_the_action_server_does_without_tensorflow():
    code = "import sys, dengta.action_server as server; server.build(); sys.exit('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
