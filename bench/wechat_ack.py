"""Measures how soon WeChat hears from us while many people write at once, and what becomes of their messages.

    python -m bench.wechat_ack [--users 200] [--rounds 3]

The web application with the WeChat channel runs in a process of its own, on a real port and a real database, in safe
mode; only the model's turn is played. WeChat's interface is that of the demo's platform, in this process, and takes its
time. Pushes are encrypted beforehand and sent over a socket each; WeChat gives up after five seconds and delivers three
times in all. Times count from the moment at which a message was to be sent, so that whatever delays it is part of them.
"""
import argparse
import asyncio
import itertools
import logging
import multiprocessing
import os
import random
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from rasa.core.channels.channel import UserMessage
from sqlalchemy import func, select

from dengta import logs
from dengta.channels import connections
from dengta.channels.assistant import Assistant
from dengta.channels.server import bind, create_app
from dengta.channels.wechat.channel import WeChatChannel
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import message
from dengta.database import connect, migrate, reading
from dengta.demo.wechat import Account, Handle, Rules, Wire, platform
from dengta.demo.wechat.envelope import seal, unseal
from dengta.official_account import OfficialAccount
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from dengta.stores import Stores
from tests.databases import empty_database

API_SECONDS = 1.0  # for every message and typing state
BURST_PAUSE = 0.4  # the default of DENGTA_BURST_PAUSE
DELIVERIES = 3
CALM_SECONDS = 12.0  # after which the connector has forgotten a crowd
ANSWERED_WITHIN = 120.0
ACCOUNT, WIRE = Account(), Wire("")

_ids = itertools.count(time.time_ns())


@dataclass(frozen=True)
class Load:
    """How the messages of a round come: within `over` seconds, 0 for all at the same instant.

    WeChat hangs up after `patience` seconds.
    """

    name: str
    turn_seconds: float
    over: float = 0.0
    patience: float = 5.0


LOADS = (
    Load("same instant, turns of 3 s", 3.0),
    Load("same instant, turns of 0.1 s", 0.1),
    Load("within 10 s, turns of 3 s", 3.0, over=10.0),
    Load("within 10 s, turns of 0.1 s", 0.1, over=10.0),
    Load("same instant, turns of 3 s, every message delivered three times", 3.0, patience=0.1),
)


@dataclass
class Push:
    """One message on its way: how often it was delivered, after how long it was answered, and the passive reply."""

    person: str
    text: str
    request: bytes = field(repr=False)
    deliveries: int = 0
    seconds: float = 0.0
    reply: str = ""


@dataclass(frozen=True)
class Found:
    """What a load led to; `seen` counts the answers to each message."""

    pushes: Sequence[Push]
    seen: Sequence[int]
    turns: int

    def __str__(self) -> str:
        p50, p95, p99, most = np.percentile([push.seconds for push in self.pushes], (50, 95, 99, 100))
        return (
            f"{p50:.2f} / {p95:.2f} / {p99:.2f} / {most:.2f} s; messages {len(self.pushes)}, "
            f"deliveries {_counts(push.deliveries for push in self.pushes)}, turns {self.turns}, "
            f"answers seen {_counts(self.seen)}, passive {sum(bool(push.reply) for push in self.pushes)}"
        )


def main() -> None:
    """Measure the loads on both databases and print a line for each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--users", type=int, default=200)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--database", choices=("postgresql", "sqlite"), action="append")
    options.add_argument("--load", type=int, action="append", choices=range(len(LOADS)), help="only these, from 0")
    chosen = options.parse_args()
    for database in chosen.database or ("postgresql", "sqlite"):
        for number in chosen.load or range(len(LOADS)):
            found = asyncio.run(measure(LOADS[number], database, chosen.users, chosen.rounds))
            print(f"{database}, {LOADS[number].name}: {found}; load {os.getloadavg()[0]:.1f}", flush=True)


async def measure(load: Load, database: str, users: int, rounds: int) -> Found:
    """Let all users write once in every round and return what became of their messages."""
    people = [f"oBench{number:06}" for number in range(users)]
    with tempfile.TemporaryDirectory() as folder, empty_database(database, Path(folder)) as url:
        async with platform(account=ACCOUNT, rules=Rules(), running=True) as wechat:
            with assistant(url, Path(folder), wechat.base, load.turn_seconds) as port:
                await _until_it_listens(port)
                await _follow(wechat, people, port)
                for path in ("/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"):
                    wechat.fault(path, times=10**9, delay=API_SECONDS)
                pushes: list[Push] = []
                for number in range(rounds):
                    await asyncio.sleep(CALM_SECONDS)
                    pushes += await _all_write(wechat, load, people, f"question {number}", port)
                    await _answered(wechat, pushes)
                await asyncio.sleep(CALM_SECONDS)  # for what should not come any more
                return Found(pushes, [_seen(wechat, push) for push in pushes], _turns(url))


async def _answered(wechat: Handle, pushes: Sequence[Push]) -> None:
    """Wait until every message was answered, or for long enough."""
    with suppress(asyncio.TimeoutError):
        await wechat.until(lambda: all(_seen(wechat, push) for push in pushes), ANSWERED_WITHIN)


async def _all_write(wechat: Handle, load: Load, people: Sequence[str], text: str, port: int) -> list[Push]:
    pushes = [_push(wechat, person, port, MsgType="text", Content=text, MsgId=next(_ids)) for person in people]
    start, chance = time.monotonic() + 0.5, random.Random(1)

    async def write(push: Push, intended: float) -> None:
        await asyncio.sleep(intended - time.monotonic())
        await _deliver(push, port, load.patience)
        push.seconds = time.monotonic() - intended

    await asyncio.gather(*(write(push, start + chance.random() * load.over) for push in pushes))
    return pushes


async def _follow(wechat: Handle, people: Sequence[str], port: int) -> None:
    """Let everybody follow the account, a few at a time, and see its greeting."""
    for start in range(0, len(people), 10):
        pushes = [_push(wechat, person, port, MsgType="event", Event="subscribe") for person in people[start:][:10]]
        await asyncio.gather(*(_deliver(push, port, 5.0) for push in pushes))


def _push(wechat: Handle, person: str, port: int, **content: Any) -> Push:
    wechat.world.person(person).acts("message", wechat.world.clock.now())
    head = {"ToUserName": ACCOUNT.original_id, "FromUserName": person, "CreateTime": int(time.time())}
    sealed = seal({**head, **content}, WIRE, ACCOUNT.keys, person)
    body = sealed.body.encode()
    lines = (
        f"POST /webhooks/wechat/?{urlencode(sealed.params)} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Content-Type: {sealed.content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return Push(person, str(content.get("Content", "")), "\r\n".join((*lines, "", "")).encode() + body)


async def _deliver(push: Push, port: int, patience: float) -> None:
    """Make the request until it is answered, at most three times, over a socket of its own each."""
    while push.deliveries < DELIVERIES:
        push.deliveries += 1
        try:
            answer = await asyncio.wait_for(_ask(push.request, port), patience)
        except (asyncio.TimeoutError, OSError):
            continue
        head, _, body = answer.decode().partition("\r\n\r\n")
        if head.startswith("HTTP/1.1 200"):
            push.reply = "" if body == "success" else unseal(body, WIRE, ACCOUNT.keys)["Content"]
            return


async def _ask(request: bytes, port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


def _seen(wechat: Handle, push: Push) -> int:
    """Count how often somebody saw the answer to a message."""
    texts = [push.reply, *(line.text for line in wechat.shown(push.person))]
    return sum(text.split("\n\n").count(_answer(push.text)) for text in texts)


def _answer(question: str) -> str:
    return f"answer to {question}"


def _turns(url: str) -> int:
    """Count the turns in which somebody was answered."""
    engine = connect(url, 5.0)
    turns = select(message.c.conversation_id, message.c.turn).where(message.c.turn.is_not(None)).distinct()
    with reading(engine) as session:
        found: int = session.execute(select(func.count()).select_from(turns.subquery())).scalar_one()
    engine.dispose()
    return found


@contextmanager
def assistant(url: str, folder: Path, api: str, turn_seconds: float) -> Iterator[int]:
    """Run the web application in a process of its own; yields its port."""
    for package in ("dengta.privacy", "dengta.conversation"):
        migrate(url, package)
    create_master(folder / "master.key")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve, args=(url, folder, api, turn_seconds, port), daemon=True)
    process.start()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def serve(url: str, folder: Path, api: str, turn_seconds: float, port: int) -> None:
    """Serve the WeChat channel until SIGTERM; every turn takes `turn_seconds` and repeats what was asked."""

    async def turn(said: UserMessage) -> None:
        await asyncio.sleep(turn_seconds)
        await said.output_channel.send_response(said.sender_id, {"text": _answer(said.text)})

    logs.configure(logging.WARNING)
    engine = connect(url, 5.0)
    vault = open_vault(engine, folder / "master.key")
    ours = OfficialAccount(
        ACCOUNT.appid, ACCOUNT.secret, ACCOUNT.token, (ACCOUNT.aes_key,), handoff="desk", kf_account=None, api=api
    )
    shared = Assistant(MessageLog(engine, vault), turn, lambda: True, BURST_PAUSE)
    connections.serve(create_app([WeChatChannel(ours, Stores(engine, vault))], shared), bind("127.0.0.1", port))


async def _until_it_listens(port: int) -> None:
    while True:
        try:
            await _ask(b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", port)
            return
        except OSError:
            await asyncio.sleep(0.1)


def _counts(numbers: Iterable[int]) -> str:
    return ", ".join(f"{number} × {count}" for number, count in sorted(Counter(numbers).items()))


if __name__ == "__main__":
    main()
