"""The whole assistant as processes of its own: bot, action server and databases in a temporary directory."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from dengta.settings import ROOT
from dengta.supervisor import Launch, last_line, start, stop
from tests.scenarios.action_server import outage_file
from tests.scenarios.working_memory import WorkingMemory

PATIENCE = 120.0  # seconds a process may take to start
NOW = "2026-11-22T10:00:00"


class Stack:
    """Starts the processes once; `put_back` undoes whatever a scenario did to them and to the databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book, self.conversations = folder / "book.db", folder / "dengta.db"
        port, actions_port = _free_ports()
        self.address = f"http://127.0.0.1:{port}"
        self._modules = {"bot": "dengta.channels.server", "actions": "tests.scenarios.action_server"}
        self._ready = {"bot": f"{self.address}/ready", "actions": f"http://127.0.0.1:{actions_port}/health"}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._changed: set[str] = set()
        self.broken = ""  # why a process could not be started again; nothing more is tried then
        self.environment = {
            "DENGTA_DATA_DIR": str(folder),
            "DENGTA_PORT": str(port),
            "DENGTA_ACTIONS_PORT": str(actions_port),
            "DENGTA_DEMO_NOW": NOW,
            "DENGTA_SECRET": "scenario-secret-of-sufficient-length-0123",
        }

    def start(self) -> None:
        """Train the model if its sources changed, fill the databases, start both processes."""
        for command in ("train", "seed"):
            environment = {**os.environ, **self.environment}
            subprocess.run([sys.executable, "-m", "dengta", command], env=environment, cwd=ROOT, check=True)
        self.memory = WorkingMemory(self.conversations, self.folder / "master.key")
        for database in (self.book, self.conversations):
            _copy(database, _pristine(database))
        for name in self._modules:
            self._launch(name, {})
        for name in self._modules:
            self._wait_ready(name)

    def stop(self) -> None:
        """Stop everything."""
        for process in self._processes.values():
            stop(process)

    def disturb(self, database: str, disturbance: str) -> None:
        """Switch a database `down`, `slow` or back `up`; `database` is `book` or `dengta`."""
        switch = outage_file(self.folder / f"{database}.db")
        if disturbance == "up":
            switch.unlink(missing_ok=True)
        else:
            switch.write_text(disturbance, encoding="ascii")

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        self._changed.add(name)
        os.killpg(self._processes[name].pid, signal.SIGKILL)
        self._processes[name].wait()

    def revive(self, name: str, settings: Optional[dict[str, str]] = None) -> None:
        """Start a process again, possibly under other settings (`DENGTA_…`), and wait until it answers."""
        stop(self._processes[name])
        if settings:
            self._changed.add(name)
        self._launch(name, settings or {})
        self._wait_ready(name)
        if not settings:
            self._changed.discard(name)

    def put_back(self) -> None:
        """Give the next scenario both processes as they were started and both databases as they were seeded."""
        if self.broken:
            return
        for name in ("book", "dengta"):
            self.disturb(name, "up")
        for name in sorted(self._changed):
            self.revive(name)
        for database in (self.book, self.conversations):
            _copy(_pristine(database), database)

    @property
    def pristine_book(self) -> Path:
        """The book as it was seeded."""
        return _pristine(self.book)

    def _launch(self, name: str, settings: dict[str, str]) -> None:
        launch = Launch(self.folder / "logs", {**self.environment, **settings})
        self._processes[name] = start([self._modules[name]], launch, name)

    def _wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _answers(self._ready[name]):
            log = self.folder / "logs" / f"{name}.log"
            if self._processes[name].poll() is not None or time.monotonic() > deadline:
                self.broken = f"The process {name} did not start: {last_line(log)}"
                raise AssertionError(self.broken)
            time.sleep(0.05)


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Start an assistant with its databases in `folder`, and stop it in any case."""
    stack = Stack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _pristine(database: Path) -> Path:
    return database.with_suffix(".pristine.db")


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source, timeout=10) as origin, sqlite3.connect(target, timeout=10) as copy:
        origin.backup(copy)
    origin.close()
    copy.close()


def _free_ports() -> list[int]:
    probes = [socket.socket() for _ in range(2)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
