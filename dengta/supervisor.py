"""Start processes, wait until they answer, restart those that crash, and stop them all together."""
import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dengta.progress import say, step
from dengta.settings import ROOT
from dengta.supervised import GRACE

RESTARTS = 3  # crashes in a row before everything is stopped
STABLE = 60.0  # seconds after which a crash no longer counts as in a row
READY_WITHIN = 180.0  # seconds
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PYTHONUNBUFFERED": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # Rasa's cache does not see changes in the modules a component imports
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class ServiceFailed(Exception):
    """A process could not be started or kept alive; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Service:
    """A module that runs as a process of its own and answers 200 at `ready_url` once it can work."""

    name: str
    module: str
    ready_url: str


@dataclass(frozen=True)
class Launch:
    """How processes are started: where their output goes, what their environment gets besides ours, and how long the
    first pause before a restart is, in seconds.
    """

    log_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    backoff: float = 1.0

    def log(self, name: str) -> Path:
        """Return the file that holds the output of a process."""
        return self.log_dir / f"{name.replace(' ', '-')}.log"


def start(command: Sequence[str], launch: Launch, name: str, cwd: Path = ROOT) -> "subprocess.Popen[bytes]":
    """Start `python -m <command>` in a process group that ends with this process; output is appended to its log."""
    launch.log_dir.mkdir(parents=True, exist_ok=True)
    with launch.log(name).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dengta.supervised", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **_ENVIRONMENT, **launch.environment},
            cwd=cwd,
        )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process group: ask, wait up to ten seconds, then end whatever is left of it."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        pass
    _signal(process, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


async def run_services(services: Sequence[Service], launch: Launch, on_ready: Callable[[], None]) -> None:
    """Run services side by side until SIGINT, SIGTERM or SIGHUP; none of them is left behind.

    Raises:
        ServiceFailed: a service ended before it was ready, was not ready in time, or crashed again and again.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    for service in services:
        launch.log(service.name).unlink(missing_ok=True)
    keepers = [_Keeper(service, launch) for service in services]
    stopping = asyncio.create_task(stopped.wait())
    work = [asyncio.create_task(part) for part in (_announce(keepers, on_ready), *(each.keep() for each in keepers))]
    try:
        await _first_end(stopping, work)
    finally:
        for task in (stopping, *work):
            task.cancel()
        await asyncio.gather(stopping, *work, return_exceptions=True)


async def _first_end(stopped: "asyncio.Task[Any]", tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Return once stopped; raise what ends a task before."""
    pending = set(tasks)
    while not stopped.done():
        done, _ = await asyncio.wait({stopped, *pending}, return_when=asyncio.FIRST_COMPLETED)
        for task in done & pending:
            task.result()
        pending -= done


async def _announce(keepers: Sequence["_Keeper"], on_ready: Callable[[], None]) -> None:
    names = " and ".join(keeper.service.name for keeper in keepers)
    with step(f"Starting {names}"):
        await asyncio.gather(*(keeper.wait_ready() for keeper in keepers))
    on_ready()


class _Keeper:
    """Keeps one service alive."""

    def __init__(self, service: Service, launch: Launch) -> None:
        self.service = service
        self._launch = launch
        self._ready = False

    async def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not await asyncio.to_thread(_answers, self.service.ready_url):
            if time.monotonic() > deadline:
                raise ServiceFailed(f"The {self.service.name} was not ready after {READY_WITHIN:.0f} s; {self._see}")
            await asyncio.sleep(0.1)
        self._ready = True

    async def keep(self) -> None:
        crashes = 0
        while True:
            began = time.monotonic()
            code = await self._run_once()
            if not self._ready:
                raise ServiceFailed(f"The {self.service.name} did not start: {self._last_words()}; {self._see}")
            crashes = crashes + 1 if time.monotonic() - began < STABLE else 1
            if crashes > RESTARTS:
                raise ServiceFailed(f"The {self.service.name} crashed {crashes} times in a row; {self._see}")
            say(f"The {self.service.name} ended unexpectedly (code {code}) and is being restarted; {self._see}")
            await asyncio.sleep(self._launch.backoff * 2 ** (crashes - 1))

    async def _run_once(self) -> int:
        process = start([self.service.module], self._launch, self.service.name)
        try:
            return await asyncio.to_thread(process.wait)
        finally:
            await asyncio.shield(asyncio.to_thread(stop, process))

    @property
    def _see(self) -> str:
        return f"see {os.path.relpath(self._launch.log(self.service.name))}"

    def _last_words(self) -> str:
        return last_line(self._launch.log(self.service.name)) or "it ended without a word"


def last_line(log: Path) -> str:
    """Return the last line of a log that is not blank, without its full stop."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line.rstrip(".") for line in reversed(lines) if line), "")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
