"""Events reach RabbitMQ in order and at least once, whatever happens to the broker, the database or the relay."""
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from weakref import WeakKeyDictionary

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError
from aiohttp import ClientError, ClientSession
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine, make_url

from dengta import clock
from dengta.conversation.sealed import outbox_place
from dengta.conversation.tables import event_outbox, job_lease
from dengta.database import DatabaseUnavailable, connect, reading, writing
from dengta.privacy.vault import Vault
from dengta.relay import relay as relay_module
from dengta.relay.outbox import Outbox
from dengta.relay.relay import Relay
from dengta.settings import ROOT
from tests.databases import conversations
from tests.gate import Gate
from tests.vaults import new_vault

BROKER = os.environ.get("DENGTA_TEST_AMQP_URL") or "amqp://guest:guest@127.0.0.1:5672/"
PATIENCE = 20.0
VAULTS: WeakKeyDictionary[Engine, Vault] = WeakKeyDictionary()


class Ear:
    """A queue that hears what an exchange of this test is told."""

    def __init__(self, exchange: str, queue: str, say: Callable[..., Awaitable[Any]]) -> None:
        self.exchange = exchange
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self._queue = queue
        self._say = say

    async def hear(self, count: int) -> list[Any]:
        """Wait for the next `count` messages."""
        return [await asyncio.wait_for(self.heard.get(), PATIENCE) for _ in range(count)]

    async def rest(self) -> list[Any]:
        """Return everything the broker has taken for this queue until now and that was not heard yet."""
        await self._say(aio_pika.Message(b"", type="end"), self._queue)
        heard = await self.hear(1)
        while heard[-1].type != "end":
            heard += await self.hear(1)
        return heard[:-1]


@dataclass(frozen=True)
class Waiting:
    """An event that waits, opened."""

    id: int
    sender_id: str
    data: str


@pytest.fixture
async def broker() -> AsyncIterator[Any]:
    """An exchange of this test, as a function that binds an ear to it."""
    name = f"dengta.test.{secrets.token_hex(6)}"
    try:
        connection = await aio_pika.connect(BROKER, timeout=5.0)
    except (AMQPError, OSError):
        pytest.fail("RabbitMQ cannot be reached; start it or set DENGTA_TEST_AMQP_URL", pytrace=False)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)

        async def ear(key: str) -> Ear:
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(exchange, key)
            ear = Ear(name, queue.name, channel.default_exchange.publish)
            await queue.consume(ear.heard.put, no_ack=True)
            return ear

        yield ear
        await exchange.delete()


@pytest.fixture
async def ear(broker: Any) -> Ear:
    return await broker("#")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with conversations(request.param, tmp_path) as url:
        engine = connect(url, 10.0)
        VAULTS[engine] = new_vault(engine, tmp_path)
        yield engine
        engine.dispose()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 15)
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(relay_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(relay_module, "LAST_RETRY_SECONDS", 0.1)


@asynccontextmanager
async def relaying(engine: Engine, exchange: str, url: str = BROKER) -> AsyncIterator[Outbox]:
    outbox = Outbox(engine, VAULTS[engine])
    relay = Relay(outbox, url, exchange)
    relay.start()
    try:
        yield outbox
    finally:
        await relay.stop()


def put(engine: Engine, *events: tuple[str, str]) -> list[Waiting]:
    """Let events wait, each given as conversation and kind; return their rows."""
    with writing(engine) as session:
        for number, (sender_id, kind) in enumerate(events):
            data = json.dumps({"sender_id": sender_id, "event": kind, "text": f"第{number}条"}, ensure_ascii=False)
            sealed = VAULTS[engine].seal(outbox_place(sender_id), data)
            session.execute(insert(event_outbox).values(sender_id=sender_id, data=sealed, created_at=clock.now()))
    return waiting(engine)


def waiting(engine: Engine) -> list[Waiting]:
    with reading(engine) as session:
        rows = session.execute(select(event_outbox).order_by(event_outbox.c.id)).all()
    vault = VAULTS[engine]
    return [Waiting(row.id, row.sender_id, vault.open(outbox_place(row.sender_id), row.data)) for row in rows]


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing happened for 20 s")


async def emptied(engine: Engine) -> None:
    """Wait until no event waits any more."""
    await until(lambda: not waiting(engine))


def of(talk: str, messages: Sequence[Any]) -> list[tuple[str, str]]:
    """Return id and body of what belongs to a conversation."""
    return [(m.message_id, m.body.decode()) for m in messages if json.loads(m.body)["sender_id"] == talk]


async def test_events_arrive_as_they_were_in_the_order_of_their_conversation(engine: Engine, broker: Any) -> None:
    everything, users = await broker("#"), await broker("user")
    rows = put(engine, *((f"talk{i % 3}", "user" if i % 2 else "slot") for i in range(60)))
    async with relaying(engine, everything.exchange):
        await emptied(engine)
    heard = await everything.rest()

    for talk in ("talk0", "talk1", "talk2"):
        assert of(talk, heard) == [(str(row.id), row.data) for row in rows if row.sender_id == talk]
    assert {m.delivery_mode for m in heard} == {aio_pika.DeliveryMode.PERSISTENT}
    assert {m.content_type for m in heard} == {"application/json"}
    assert [m.type for m in await users.rest()] == ["user"] * 30


async def test_events_wait_while_the_broker_is_away_and_keep_their_order(engine: Engine, ear: Ear) -> None:
    gate = gate_to_broker()
    rows = put(engine, *[("talk", "user")] * 40)
    async with relaying(engine, ear.exchange, through(gate)):
        rows = put(engine, ("talk", "bot"))  # nobody who stores events is held up
        await gate.open()
        first = await ear.hear(1)
        await gate.shut()
        rows = [*rows, *put(engine, ("talk", "slot"))]
        await gate.open()
        await emptied(engine)
        await gate.shut()
    heard = of("talk", [*first, *await ear.rest()])

    expected = list(dict.fromkeys((str(row.id), row.data) for row in rows))
    assert list(dict.fromkeys(heard)) == expected
    assert len(expected) == 42


async def test_an_unusable_broker_is_told_without_its_password_and_holds_nobody_up(
    engine: Engine, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    put(engine, ("talk", "user"))
    wrong = make_url(BROKER).set(username="nobody", password="s3cret").render_as_string(hide_password=False)
    async with relaying(engine, ear.exchange, wrong):
        await until(lambda: caplog.text.count("events wait") >= 2)

    assert len(waiting(engine)) == 1
    assert "s3cret" not in caplog.text


async def test_only_one_relay_works_at_a_time(engine: Engine) -> None:
    put(engine, *[("talk", "user")] * 5)
    one, other = (Outbox(engine, VAULTS[engine]) for _ in range(2))

    assert [event.id for event in await one.take(3)] == [1, 2, 3]
    assert not await other.take(3)
    await one.forget([1, 2, 3])
    assert not await other.take(3)
    await one.release()
    assert [event.id for event in await other.take(3)] == [4, 5]
    expire(engine)
    assert [event.id for event in await one.take(3)] == [4, 5]


async def test_several_relays_send_every_event_once(engine: Engine, ear: Ear) -> None:
    rows = put(engine, *((f"talk{i % 2}", "user") for i in range(60)))
    async with relaying(engine, ear.exchange), relaying(engine, ear.exchange), relaying(engine, ear.exchange):
        await emptied(engine)
    heard = await ear.rest()

    assert len(heard) == 60
    for talk in ("talk0", "talk1"):
        assert of(talk, heard) == [(str(row.id), row.data) for row in rows if row.sender_id == talk]


async def test_what_cannot_be_deleted_is_sent_again_under_the_same_id(
    engine: Engine, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = put(engine, ("talk", "user"))
    async with relaying(engine, ear.exchange) as outbox:
        with monkeypatch.context() as broken:
            broken.setattr(outbox, "forget", _unavailable)
            heard = await ear.hear(2)
        await emptied(engine)

    assert {(m.message_id, m.body.decode()) for m in heard} == {(str(row.id), row.data)}


async def test_an_id_is_never_given_twice(engine: Engine, ear: Ear) -> None:
    async with relaying(engine, ear.exchange):
        ids = []
        for _ in range(3):
            put(engine, ("talk", "user"), ("talk", "bot"))
            ids += [m.message_id for m in await ear.hear(2)]
            await emptied(engine)

    assert len(set(ids)) == 6


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite cannot hold up a deletion alone
async def test_a_relay_killed_between_sending_and_deleting_loses_nothing(
    engine: Engine, ear: Ear, tmp_path: Path
) -> None:
    rows = put(engine, *[("talk", "user")] * 3)
    with writing(engine) as session:
        session.execute(select(event_outbox).with_for_update()).all()
        killed = _start(engine, ear.exchange, tmp_path)
        before = await ear.hear(3)
        killed.kill()
        killed.wait()
    expire(engine)
    async with relaying(engine, ear.exchange):
        after = await ear.hear(3)
        await emptied(engine)

    expected = [(str(row.id), row.data) for row in rows]
    assert of("talk", before) == of("talk", after) == expected


async def test_the_process_tells_how_it_is_and_stops_when_told(tmp_path: Path) -> None:
    with conversations("sqlite", tmp_path) as url:
        engine = connect(url, 5.0)
    VAULTS[engine] = new_vault(engine, tmp_path)
    put(engine, ("talk", "user"))
    gate, port = gate_to_broker(), free_port()
    keys = str(tmp_path / "master.key")
    process = _launch(
        DENGTA_DATABASE_URL=url,
        DENGTA_MASTER_KEY_FILE=keys,
        DENGTA_AMQP_URL=through(gate),
        DENGTA_RELAY_PORT=str(port),
    )
    try:
        assert await _ready(port, process) == {"connected": False, "waiting": 1}
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, PATIENCE) == 0
    finally:
        process.kill()
        output = process.communicate()[1]
    assert "guest" not in output
    assert "Traceback" not in output


def test_the_process_says_in_one_sentence_that_it_needs_a_broker(tmp_path: Path) -> None:
    process = _launch(DENGTA_DATA_DIR=str(tmp_path), DENGTA_AMQP_URL="")
    output = process.communicate(timeout=60)[1]

    assert process.returncode == 1
    assert "DENGTA_AMQP_URL" in output
    assert "Traceback" not in output


def gate_to_broker() -> Gate:
    url = make_url(BROKER)
    return Gate(url.host or "127.0.0.1", url.port or 5672)


def through(gate: Gate) -> str:
    """Return the broker's URL through a gate."""
    return make_url(BROKER).set(host="127.0.0.1", port=gate.port).render_as_string(hide_password=False)


def expire(engine: Engine) -> None:
    """Let the lease of the relay run out now."""
    with writing(engine) as session:
        session.execute(update(job_lease).values(until=datetime.now(timezone.utc)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _unavailable(*_ids: Any) -> None:
    raise DatabaseUnavailable("timeout")


def _start(engine: Engine, exchange: str, folder: Path) -> "subprocess.Popen[bytes]":
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.relay_process", url, str(folder), BROKER, exchange]
    return subprocess.Popen(command, cwd=ROOT)


def _launch(**settings: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "dengta.relay"]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stderr=subprocess.PIPE, text=True)


async def _ready(port: int, process: "subprocess.Popen[str]") -> Any:
    """Wait for the process to answer at /ready and return what it says."""
    async with ClientSession() as http:
        while process.poll() is None:
            try:
                async with http.get(f"http://127.0.0.1:{port}/ready") as response:
                    assert response.status == 200
                    return await response.json()
            except ClientError:
                await asyncio.sleep(0.05)
    pytest.fail(f"the relay ended: {process.communicate()[1]}")
