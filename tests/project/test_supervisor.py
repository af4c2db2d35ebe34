"""Nothing is left running, whatever ends the supervisor; a crash is repaired, a crash loop is not."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dengta.settings import ROOT

PATIENCE = 30.0


class Run:
    """A running supervisor with one fake service."""

    def __init__(self, folder: Path, mode: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._pids = folder / "pids"
        settings = {"FAKE_PORT": str(self.port), "FAKE_PIDS": str(self._pids), "FAKE_LOGS": str(folder / "logs")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.project.fake_supervisor"],
            cwd=ROOT,
            env={**os.environ, **settings, "FAKE_MODE": mode},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def starts(self) -> list[list[int]]:
        """The ids of service and grandchild, one pair for each start."""
        if not self._pids.exists():
            return []
        return [[int(pid) for pid in line.split()] for line in self._pids.read_text().splitlines()]

    def wait_ready(self) -> None:
        for line in self.process.stdout:
            if line.strip() == "ready":
                return
        raise AssertionError(self.process.stderr.read())

    def end(self) -> tuple[int, str]:
        """Exit status and standard error."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors

    def left_behind(self) -> list[int]:
        return [pid for pair in self.starts() for pid in pair if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start a supervisor; whatever is left of it afterwards is ended."""
    runs: list[Run] = []

    def begin(mode: str = "") -> Run:
        runs.append(Run(tmp_path, mode))
        return runs[-1]

    yield begin
    for started in runs:
        started.process.kill()
        started.process.communicate()
        for pid in started.left_behind():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(run, number):
    running = run()
    running.wait_ready()
    running.process.send_signal(number)
    assert running.end()[0] == 0
    assert running.left_behind() == []


def test_no_orphans_when_the_supervisor_is_killed(run):
    running = run()
    running.wait_ready()
    running.process.kill()
    running.process.wait(PATIENCE)
    eventually(lambda: running.left_behind() == [])


def test_a_crashed_service_is_restarted(run):
    running = run()
    running.wait_ready()
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{running.port}/die", timeout=PATIENCE)
    eventually(lambda: len(running.starts()) == 2)
    first, second = running.starts()
    assert not _lives(first[1])
    eventually(lambda: _lives(second[0]))
    assert running.process.poll() is None


def test_a_service_that_cannot_start_ends_everything_with_its_own_words(run):
    running = run("refuse")
    status, errors = running.end()
    assert status == 1
    assert errors.count("\n") == 1
    assert "The fake did not start: The fake has no model" in errors
    assert running.left_behind() == []


def test_a_service_that_crashes_again_and_again_ends_everything(run):
    running = run("crash")
    status, errors = running.end()
    assert status == 1
    assert "The fake crashed 4 times in a row" in errors
    assert len(running.starts()) == 4
    assert running.left_behind() == []
