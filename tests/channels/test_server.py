"""The launcher with a real (small) model: it starts completely or not at all, and an outage is told as an outage."""
import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, AsyncIterator, Iterator, Optional

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from rasa.shared.core.events import SlotSet

from dengta.channels import action_server as action_server_module
from dengta.channels.server import StartError, load_agent, load_channels
from dengta.channels.tokens import Tokens
from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.database import connect, writing
from dengta.privacy.master import create_master
from dengta.settings import ROOT, Settings, read, settings
from dengta.stores import stores
from tests.channels.conftest import PATIENCE, SECRET, Bot, Client
from tests.channels.small_model import train
from tests.databases import conversations
from tests.vaults import new_vault


class Actions:
    """An action server on a port of its own; `answer` is what it says, or None if it never answers."""

    def __init__(self) -> None:
        self.port = free_port()
        self.answer: Optional[web.Response] = None
        self._runner: Any = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/webhook", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, _request: web.Request) -> web.Response:
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer


def said(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="application/json")


BILL = '{"events": [], "responses": [{"text": "应还 100.00 元"}]}'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def actions() -> Actions:
    return Actions()


@pytest.fixture(scope="module")
def endpoints(actions: Actions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with tracker_database(tmp_path_factory.mktemp("tracker")):
        yield {
            "action_endpoint": {"url": f"http://127.0.0.1:{actions.port}/webhook"},
            "tracker_store": {"type": "dengta.channels.tracker_store.SealedTrackerStore"},
            "lock_store": {"type": "dengta.channels.lock_store.ConversationLocks"},
        }


@pytest.fixture(scope="module")
def config(model: Path) -> Settings:
    return replace(read({}), model=model)


@pytest.fixture(scope="module")
def agent(config: Settings, endpoints: dict[str, Any]) -> Any:
    return load_agent(config, endpoints)


@pytest.fixture
async def bot(database_url: str, agent: Any, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(database_url, tmp_path)
    bot.agent = agent
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def action_server(actions: Actions) -> AsyncIterator[Actions]:
    await actions.start()
    yield actions
    await actions.stop()


async def test_clicks_mean_what_their_buttons_say(client: Client, agent: Any, action_server: Actions) -> None:
    action_server.answer = said(BILL)
    await client.send("c1", text="你好")
    greeting = (await client.messages(2))[1]
    assert greeting["text"] == "您好"
    await client.send("c2", payload_id=greeting["buttons"][1]["id"])
    await client.send("c3", payload_id=greeting["buttons"][0]["id"])
    answers = [m["text"] for m in (await client.messages(7))[2:] if m["author"] == "bot"]

    assert answers == ["在首页开通", "应还 100.00 元", "办好了"]
    tracker = await agent.tracker_store.retrieve(conversation_of(client))
    assert tracker.get_slot("order_no") == "JJ2"


async def test_after_a_person_the_bot_begins_anew_in_the_tone_it_had(
    client: Client, bot: Bot, agent: Any, action_server: Actions
) -> None:
    action_server.answer = said(BILL)
    await client.send("c1", text="你好")
    await client.send("c2", payload_id=(await client.messages(2))[1]["buttons"][0]["id"])
    await client.messages(5)
    talk = conversation_of(client)
    tracker = await agent.tracker_store.retrieve(talk)
    tracker.update(SlotSet("tone", "senior"))
    await agent.tracker_store.save(tracker)
    with writing(bot.engine) as session:
        ownership.change(session, Bodies(bot.vault), talk, "HUMAN", owner_id="a1")
        ownership.change(session, Bodies(bot.vault), talk, "BOT")
    await client.send("c3", text="你好")
    assert (await client.messages(7))[6]["text"] == "您好"
    tracker = await agent.tracker_store.retrieve(talk)
    assert (tracker.get_slot("order_no"), tracker.get_slot("tone")) == (None, "senior")
    action_server.answer = said(BILL)
    await client.send("c4", payload_id=(await client.messages(7))[6]["buttons"][0]["id"])
    await client.messages(10)
    tracker = await agent.tracker_store.retrieve(talk)
    assert tracker.get_slot("order_no") == "JJ2", "only the first turn begins anew"


@pytest.mark.parametrize(
    "answer",
    [
        said('{"error": "机密", "tracker": "机密"}', status=500),
        said("bad gateway", status=502),
        said("机密", status=400),
        said("<html>", status=200),
        web.Response(text="<html>", content_type="text/html"),
        said("[]"),
        said('{"events": null}'),
        None,
    ],
    ids=["500", "502", "400 text", "no json", "html", "list", "no events", "hangs"],
)
async def test_a_broken_action_server_is_told_as_an_outage_and_the_next_turn_works(
    client: Client,
    action_server: Actions,
    answer: Optional[web.Response],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(action_server_module, "TIMEOUT", ClientTimeout(total=0.5))
    action_server.answer = answer
    await client.send("c1", text="账单")
    _, apology = await client.messages(2)
    assert "系统暂时出了问题" in apology["text"]
    assert "机密" not in caplog.text
    action_server.answer = said(BILL)
    await client.send("c2", text="还多少")

    assert [m["text"] for m in await client.messages(5)][2:] == ["还多少", "应还 100.00 元", "办好了"]


async def test_a_turn_waits_for_an_action_server_that_is_starting_again(client: Client, actions: Actions) -> None:
    actions.answer = said(BILL)
    await client.send("c1", text="账单")
    while not (await client.call("GET", "/messages"))[1]["typing"]:
        pass
    await actions.start()

    assert [m["text"] for m in await client.messages(3)] == ["账单", "应还 100.00 元", "办好了"]
    await actions.stop()


async def test_an_action_server_that_is_down_is_told_as_an_outage(
    client: Client, actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_server_module, "BACK_WITHIN", 0.5)
    await client.send("c1", text="账单")
    assert "系统暂时出了问题" in (await client.messages(2))[1]["text"]
    await client.send("c2", text="人工")
    assert [m["text"] for m in await client.messages(4)][2:] == ["人工", "已转人工"]
    actions.answer = said(BILL)
    await actions.start()
    await client.send("c3", text="账单")
    assert [m["text"] for m in await client.messages(7)][4:] == ["账单", "应还 100.00 元", "办好了"]
    await actions.stop()


async def test_an_action_that_declines_to_run_does_not_end_the_turn(client: Client, action_server: Actions) -> None:
    action_server.answer = said('{"action_name": "action_bill", "error": "x"}', status=400)
    await client.send("c1", text="账单")
    await client.messages(2)
    await client.send("c2", text="人工")
    assert [m["text"] for m in await client.messages(4)][2:] == ["人工", "已转人工"]


async def test_a_turn_whose_reply_was_lost_in_a_crash_is_not_run_again(
    client: Client, bot: Bot, action_server: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = asyncio.Event()

    async def crash(*_args: Any, **_kwargs: Any) -> bool:
        lost.set()
        await asyncio.Event().wait()
        return False

    action_server.answer = said(BILL)
    reply = bot.log.reply
    monkeypatch.setattr(bot.log, "reply", crash)
    await client.send("c1", text="账单")
    await lost.wait()
    await bot.kill()
    monkeypatch.setattr(bot.log, "reply", reply)
    action_server.answer = said(BILL.replace("100.00", "0.00"))
    await bot.start()

    assert [m["text"] for m in await client.messages(3)] == ["账单", "应还 100.00 元", "办好了"]


async def test_a_tracker_that_cannot_be_saved_is_told_and_not_forgotten(
    client: Client, agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(agent.tracker_store, "save", fail)
        await client.send("c1", text="你好")
        assert "系统暂时出了问题" in (await client.messages(2))[1]["text"]
    await client.send("c2", text="你好")
    assert (await client.messages(4))[3]["text"] == "您好"


def test_unknown_classes_and_keys_are_refused(config: Settings, endpoints: dict[str, Any]) -> None:
    wrong = (
        {**endpoints, "tracker_store": {"type": "no.such.Store"}},
        {**endpoints, "tracker_store": {}},
        {**endpoints, "lock_store": {"type": "dengta.channels.NoLock"}},
        {**endpoints, "event_brokr": {"type": "pika"}},
        *({name: endpoints[name] for name in endpoints if name != left_out} for left_out in endpoints),
    )
    for changed in wrong:
        with pytest.raises(StartError, match=r"endpoints\.yml"):
            load_agent(config, changed)
    for path in ("rest", "dengta.channels.web.NoChannel", "no.such.Channel"):
        with pytest.raises(StartError, match=r"credentials\.yml"):
            load_channels({path: None})


def test_a_model_that_is_missing_or_damaged_is_refused(
    config: Settings, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(b"no archive")
    for path in (tmp_path / "missing.tar.gz", damaged):
        with pytest.raises(StartError, match=path.name):
            load_agent(replace(config, model=path), endpoints)


async def test_the_process_serves_answers_and_stops_when_told(model: Path, tmp_path: Path) -> None:
    port = free_port()
    process = launch(model, tmp_path, port)
    try:
        async with ClientSession(f"http://127.0.0.1:{port}", timeout=PATIENCE) as http:
            await ready(http, process)
            client = await Client(http).open()
            await client.send("c1", text="你好")
            assert (await client.messages(2))[1]["text"] == "您好"
            async with client.events("/events?after=2"):
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 30) == 0
    finally:
        process.kill()
        output = process.communicate()[1]
    assert "你好" not in output
    async with ClientSession(f"http://127.0.0.1:{port}", timeout=PATIENCE) as http:
        with pytest.raises(ClientError):
            await http.get("/ready")


def test_the_process_says_in_one_sentence_why_it_cannot_start(model: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = launch(model, tmp_path, taken.getsockname()[1])
        output = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert output.strip().splitlines()[-1].startswith("dengta bot: cannot use 127.0.0.1:")
    assert "Traceback" not in output


@contextmanager
def tracker_database(folder: Path) -> Iterator[None]:
    """Let `stores()` open a database of its own, as the process of the assistant does."""
    with conversations("sqlite", folder) as url, pytest.MonkeyPatch.context() as environment:
        engine = connect(url, 5.0)
        new_vault(engine, folder)
        engine.dispose()
        environment.setenv("DENGTA_DATABASE_URL", url)
        environment.setenv("DENGTA_MASTER_KEY_FILE", str(folder / "master.key"))
        for cached in (settings, stores):
            cached.cache_clear()
        yield
    for cached in (settings, stores):
        cached.cache_clear()


def launch(model: Path, folder: Path, port: int) -> "subprocess.Popen[str]":
    create_master(folder / "var" / "master.key")
    environment = {
        **os.environ,
        "DENGTA_DATABASE_URL": "",
        "DENGTA_MASTER_KEY_FILE": "",
        "DENGTA_PORT": str(port),
        "DENGTA_ACTIONS_PORT": str(free_port()),
        "DENGTA_DATA_DIR": str(folder / "var"),
        "DENGTA_MODEL": str(model),
        "DENGTA_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "dengta.channels.server"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


async def ready(http: ClientSession, process: "subprocess.Popen[str]") -> None:
    """Wait for the process to serve; fail with its own words if it ends instead."""
    for _ in range(600):
        assert process.poll() is None, process.communicate()[1]
        try:
            async with http.get("/ready") as response:
                assert response.status == 200
                return
        except ClientError:
            await asyncio.sleep(0.1)
    pytest.fail("the server did not become ready within a minute")


def conversation_of(client: Client) -> str:
    return Tokens(SECRET).read(f"Bearer {client.token}").conversation_id
