"""Measures how soon an agent sees what a customer writes, and a customer what an agent answers.

    python -m bench.desk_latency [--database postgresql] [--redis redis://127.0.0.1:6379/15]

The desk and the web application run in a process each, on real ports and a real database; only the model's turn is
played, since the conversations are with people. Agents have five customers each and keep the desk's stream open;
whatever it tells of their conversations they read from the desk, masked, as the page does. Customers keep their stream
open and write now and then, at random; the agent answers a moment after reading. Times count from the moment somebody
sends to the moment the other one has the words: requests, database and streams included, a browser's drawing not.
"""
import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import aiohttp
import jwt
import numpy as np

from bench.streams import PATIENCE, Memory, answer
from dengta import logs
from dengta.channels import connections
from dengta.channels.assistant import Assistant
from dengta.channels.server import bind, create_app
from dengta.channels.web import WebChannel
from dengta.conversation.log import MessageLog
from dengta.conversation.news import News
from dengta.database import connect, migrate, writing
from dengta.desk import agents
from dengta.desk.agents import Agent
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from dengta.stores import Stores
from tests.databases import empty_database

GOAL = 0.3  # seconds, for 95 of 100 in each direction
EACH = 5  # customers of an agent
PASSWORD = "k7mp-2xwq-hh4t-9rbd"
IDLE_SECONDS = 10.0
BURST_PAUSE = 0.4  # the default of DENGTA_BURST_PAUSE


@dataclass
class Talk:
    """A conversation: when each text was sent, and when whoever it is for had it."""

    customer: "Customer"
    epoch: int = 0
    seen_seq: int = 0
    sent_at: dict[str, float] = field(default_factory=dict)
    had_at: dict[str, float] = field(default_factory=dict)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def sends(self, text: str) -> None:
        """Note that somebody begins to send something."""
        self.sent_at[text] = time.perf_counter()

    def has(self, text: str) -> None:
        """Note that it is there; what is told twice arrived the first time."""
        self.had_at.setdefault(text, time.perf_counter())


class Customer:
    """A customer in the web chat with an open stream."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        self.conversation_id = ""

    async def come(self) -> None:
        """Open a session."""
        async with self._http.post("/webhooks/web/session") as response:
            token = (await response.json())["token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        self.conversation_id = jwt.decode(token, options={"verify_signature": False})["sub"]

    async def write(self, talk: Talk, text: str) -> None:
        """Send a message."""
        talk.sends(text)
        message = {"client_msg_id": secrets.token_hex(8), "text": text}
        async with self._http.post("/webhooks/web/messages", json=message, headers=self._headers) as response:
            response.raise_for_status()

    async def follow(self, talk: Talk) -> None:
        """Read the stream."""
        async with self._http.get("/webhooks/web/events", headers=self._headers) as stream:
            async for kind, data in events(stream):
                if kind == "message" and data["author"] == "agent":
                    talk.has(data["text"])


class AgentAtWork:
    """An agent who reads what customers write, and answers it."""

    def __init__(self, base: str, agent_id: str, chance: random.Random) -> None:
        self._base, self._id, self._chance = base, agent_id, chance
        jar = aiohttp.CookieJar(unsafe=True)
        self._http = aiohttp.ClientSession(base, cookie_jar=jar, timeout=PATIENCE, connector=connections_for_now())
        self._talks: dict[str, Talk] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def come(self, talks: Sequence[Talk]) -> None:
        """Log in, go online and take over some conversations."""
        said = await self._send("POST", "/api/session", {"agent_id": self._id, "password": PASSWORD})
        self._http.headers["X-CSRF-Token"] = said["csrf_token"]
        await self._send("PUT", "/api/presence", {"status": "online"})
        for talk in talks:
            path = f"/api/conversations/{talk.customer.conversation_id}"
            async with self._http.get(path) as response:
                seen = (await response.json())["conversation"]["owner_epoch"]
            talk.epoch = (await self._send("POST", path + "/take-over", {"epoch": seen}))["epoch"]
            self._talks[talk.customer.conversation_id] = talk

    async def follow(self) -> None:
        """Read the stream, and from the desk what it tells of."""
        async with self._http.get("/api/events") as stream:
            async for kind, data in events(stream):
                if kind == "message" and data["conversation_id"] in self._talks:
                    self._begin(self._read(self._talks[data["conversation_id"]]))

    async def go(self) -> None:
        """Hang up."""
        await self._http.close()

    async def _read(self, talk: Talk) -> None:
        path = f"/api/conversations/{talk.customer.conversation_id}/messages"
        async with talk.reading:
            async with self._http.get(path, params={"after": talk.seen_seq}) as response:
                found = (await response.json())["messages"]
            for message in found:
                talk.seen_seq = message["seq"]
                if message["author"] == "customer":
                    talk.has(message["text"])
                    self._begin(self._answer(talk, f"答复：{message['text']}"))

    async def _answer(self, talk: Talk, text: str) -> None:
        await asyncio.sleep(self._chance.uniform(0.5, 1.5))
        talk.sends(text)
        said = {"epoch": talk.epoch, "client_msg_id": secrets.token_hex(8), "text": text}
        await self._send("POST", f"/api/conversations/{talk.customer.conversation_id}/messages", said)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _send(self, method: str, path: str, body: Any) -> Any:
        async with self._http.request(method, path, json=body, headers={"Origin": self._base}) as response:
            response.raise_for_status()
            return await response.json() if response.status != 204 else None


@dataclass(frozen=True)
class Found:
    """What a run led to: seconds of both directions, messages that never arrived, and processor time in percent."""

    to_agent: Sequence[float]
    to_customer: Sequence[float]
    lost: int
    idle: dict[str, float]
    busy: dict[str, float]

    def __str__(self) -> str:
        return (
            f"to the agent {_spread(self.to_agent)}, to the customer {_spread(self.to_customer)} "
            f"(p50 / p95 / p99 / most, ms); messages {len(self.to_agent)} + {len(self.to_customer)}, lost {self.lost}; "
            f"one core, idle {_shares(self.idle)}, busy {_shares(self.busy)}"
        )


def main() -> None:
    """Measure and print a line for each set-up."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--database", choices=("postgresql", "sqlite"), action="append")
    options.add_argument("--redis", help="the address of a Redis through which the processes wake each other")
    options.add_argument("--agents", type=int, default=20)
    options.add_argument("--every", type=float, default=30.0, help="seconds between the messages of a customer")
    options.add_argument("--seconds", type=float, default=60.0)
    chosen = options.parse_args()
    for database in chosen.database or ("postgresql", "sqlite"):
        with tempfile.TemporaryDirectory() as folder, empty_database(database, Path(folder)) as url:
            found = asyncio.run(measure(url, Path(folder), chosen))
        slowest = max(np.percentile(each, 95) for each in (found.to_agent, found.to_customer))
        goal = "met" if slowest < GOAL else "missed"
        line = "Redis" if chosen.redis else "no Redis"
        print(f"{database}, {line}: {found}; goal {goal}; load {os.getloadavg()[0]:.1f}", flush=True)


async def measure(url: str, folder: Path, chosen: argparse.Namespace) -> Found:
    """Let agents and customers come, be silent for a while, and talk."""
    chance = random.Random(1)
    names = [f"agent{number}" for number in range(chosen.agents)]
    prepare(url, folder, names)
    with web(url, folder, chosen.redis) as (web_base, web_id), desk(url, folder, chosen.redis) as (desk_base, desk_id):
        watched = {"web": Memory(web_id), "desk": Memory(desk_id)}
        async with aiohttp.ClientSession(web_base, timeout=PATIENCE, connector=connections_for_now()) as http:
            await asyncio.gather(ready(web_base), ready(desk_base))
            people = [AgentAtWork(desk_base, name, chance) for name in names]
            talks = [Talk(Customer(http)) for _ in range(EACH * len(people))]
            for talk in talks:
                await talk.customer.come()
            for number, person in enumerate(people):
                await person.come(talks[number * EACH : (number + 1) * EACH])
            following = [asyncio.create_task(person.follow()) for person in people]
            following += [asyncio.create_task(talk.customer.follow(talk)) for talk in talks]
            idle = await _shares_during(watched, asyncio.sleep(IDLE_SECONDS))
            busy = await _shares_during(watched, _all_talk(talks, chosen.every, chosen.seconds, chance))
            ended = [task for task in following if task.done()]
            for task in following:
                task.cancel()
            for task in ended:
                task.result()
            for person in people:
                await person.go()
    return _found(talks, idle, busy)


async def _all_talk(talks: Sequence[Talk], every: float, seconds: float, chance: random.Random) -> None:
    end = time.perf_counter() + seconds

    async def write_now_and_then(number: int, talk: Talk) -> None:
        count = 0
        await asyncio.sleep(chance.uniform(0, every))
        while time.perf_counter() < end:
            count += 1
            await talk.customer.write(talk, f"第{number}位客户的第{count}个问题")
            await asyncio.sleep(chance.uniform(0.5, 1.5) * every)

    await asyncio.gather(*(write_now_and_then(number, talk) for number, talk in enumerate(talks)))
    await asyncio.sleep(3.0)  # for the last answers


def _found(talks: Sequence[Talk], idle: dict[str, float], busy: dict[str, float]) -> Found:
    took = [
        (text.startswith("答复"), talk.had_at[text] - sent)
        for talk in talks
        for text, sent in talk.sent_at.items()
        if text in talk.had_at
    ]
    lost = sum(len(talk.sent_at) for talk in talks) - len(took)
    return Found(
        [seconds for is_answer, seconds in took if not is_answer],
        [seconds for is_answer, seconds in took if is_answer],
        lost,
        idle,
        busy,
    )


async def _shares_during(watched: dict[str, Memory], work: Any) -> dict[str, float]:
    """Return which part of a core each process used while something was done."""
    before, began = {name: each.cpu_seconds for name, each in watched.items()}, time.perf_counter()
    await work
    took = time.perf_counter() - began
    return {name: (each.cpu_seconds - before[name]) / took for name, each in watched.items()}


def connections_for_now() -> aiohttp.TCPConnector:
    """Return connections that are not used again when the server may be about to close them, as it does after 5 s."""
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)


async def events(stream: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Read server-sent events: kind and data."""
    kind = ""
    async for line in stream.content:
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


async def ready(base: str) -> None:
    """Wait for a process."""
    async with aiohttp.ClientSession(base) as http:
        while True:
            try:
                async with http.get("/ready") as response:
                    response.raise_for_status()
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


def prepare(url: str, folder: Path, names: Sequence[str]) -> None:
    """Make the tables, the key and the agents."""
    for package in ("dengta.privacy", "dengta.conversation"):
        migrate(url, package)
    create_master(folder / "master.key")
    engine = connect(url, 5.0)
    with writing(engine) as session:
        for name in names:
            agents.add(session, Agent(name, name, "agent", ("general",), EACH), PASSWORD)
    engine.dispose()


@contextmanager
def desk(url: str, folder: Path, redis: Optional[str]) -> Iterator[tuple[str, int]]:
    """Run the desk in a process of its own; yields its address and the process."""
    port = _free_port()
    changed = {
        "DENGTA_DATABASE_URL": url,
        "DENGTA_DATA_DIR": str(folder),
        "DENGTA_DESK_PORT": str(port),
        "DENGTA_REDIS_URL": redis or "",
        "DENGTA_SECRET": secrets.token_hex(32),
    }
    with (folder / "desk.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dengta.desk.server"], env={**os.environ, **changed}, stdout=log, stderr=log
        )
        try:
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait()


@contextmanager
def web(url: str, folder: Path, redis: Optional[str]) -> Iterator[tuple[str, int]]:
    """Run the web application in a process of its own; yields its address and the process."""
    port = _free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(url, folder, redis, port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port}", process.pid or 0
    finally:
        process.terminate()
        process.join()


def serve(url: str, folder: Path, redis: Optional[str], port: int) -> None:
    """Serve the web chat; the body of the measured process."""
    logs.configure(logging.WARNING)
    engine = connect(url, 5.0)
    stores = Stores(engine, open_vault(engine, folder / "master.key"))
    messages = MessageLog(stores.engine, stores.vault)
    assistant = Assistant(messages, answer, lambda: True, BURST_PAUSE)
    channel = WebChannel(secrets.token_hex(32), demo=True, stores=stores)
    app = create_app([channel], assistant, News(redis) if redis else None)
    connections.serve(app, bind("127.0.0.1", port))


def _free_port() -> int:
    with bind("127.0.0.1", 0) as free:
        port: int = free.getsockname()[1]
        return port


def _spread(seconds: Sequence[float]) -> str:
    return " / ".join(f"{1000 * value:.0f}" for value in np.percentile(seconds, (50, 95, 99, 100)))


def _shares(used: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in used.items())


if __name__ == "__main__":
    main()
