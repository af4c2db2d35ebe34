"""Two assistants and their action server on one database, behind a balancer, to be killed and brought back."""
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path
from typing import AsyncIterator

from dengta.settings import ROOT
from dengta.supervisor import Launch, last_line, start, stop

ASSISTANTS = 2
PATIENCE = 120.0  # seconds


class Fleet:
    """The processes. `address` is the balancer's; it asks whichever assistant answers."""

    def __init__(self, folder: Path, database_url: str, chance: random.Random, **settings: str) -> None:
        self.address = ""
        self._folder = folder
        self._chance = chance
        self._actions_port, *self._ports = (_free_port() for _ in range(ASSISTANTS + 1))
        self._environment = {
            "DENGTA_DATA_DIR": str(folder),
            "DENGTA_DATABASE_URL": database_url,
            "DENGTA_ACTIONS_PORT": str(self._actions_port),
            "DENGTA_SECRET": "crash-test-secret-of-sufficient-length-01",
            "DENGTA_BURST_PAUSE": "0.1",
            **settings,
        }
        self._assistants: dict[int, int] = {}
        self.kills: dict[str, int] = {"assistant": 0, "action server": 0}

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Fleet"]:
        """Start everything, and stop it in any case."""
        self._zygote = self._open_zygote()
        try:
            if await asyncio.to_thread(self._zygote.stdout.readline) != "loaded\n":  # type: ignore[union-attr]
                raise AssertionError(f"the assistant could not be loaded: {last_line(self._folder / 'zygote.log')}")
            self._actions = self._start_actions()
            for port in self._ports:
                await self._fork(port)
            await self._ready(f"http://127.0.0.1:{self._actions_port}/health")
            async with await asyncio.start_server(self._forward, "127.0.0.1", 0) as balancer:
                self.address = f"http://127.0.0.1:{balancer.sockets[0].getsockname()[1]}"
                yield self
        finally:
            for pid in self._assistants.values():
                _kill(pid)
            self._zygote.kill()
            self._zygote.wait()
            if hasattr(self, "_actions"):
                stop(self._actions)

    async def kill_one(self) -> None:
        """End one process as `kill -9` does, and bring it back after a random pause."""
        if self._chance.random() < 0.2:
            self.kills["action server"] += 1
            os.killpg(self._actions.pid, signal.SIGKILL)
            await asyncio.to_thread(stop, self._actions)
            self._actions = self._start_actions()
            await self._ready(f"http://127.0.0.1:{self._actions_port}/health")
            return
        self.kills["assistant"] += 1
        port = self._chance.choice(self._ports)
        _kill(self._assistants[port])
        await asyncio.sleep(self._chance.random() / 2)
        await self._fork(port)

    def _open_zygote(self) -> "subprocess.Popen[str]":
        with (self._folder / "zygote.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.crash.zygote"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **self._environment, "RASA_TELEMETRY_ENABLED": "false"},
                cwd=ROOT,
            )

    def _start_actions(self) -> "subprocess.Popen[bytes]":
        return start(["dengta.action_server"], Launch(self._folder / "logs", self._environment), "actions")

    async def _fork(self, port: int) -> None:
        assert self._zygote.stdin and self._zygote.stdout
        self._zygote.stdin.write(f"{port}\n")
        self._zygote.stdin.flush()
        self._assistants[port] = int(await asyncio.to_thread(self._zygote.stdout.readline))
        await self._ready(f"http://127.0.0.1:{port}/ready")

    async def _ready(self, url: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(_answers, url):
            if time.monotonic() > deadline:
                raise AssertionError(f"nobody answers at {url}; see {self._folder}")
            await asyncio.sleep(0.05)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self._chance.sample(self._ports, ASSISTANTS):
            try:
                backend_reader, backend_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            await asyncio.gather(_pump(reader, backend_writer), _pump(backend_reader, writer))
            return
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (OSError, RuntimeError):  # uvloop says RuntimeError where a connection is gone
        pass
    finally:
        writer.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
