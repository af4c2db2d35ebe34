"""Agents whose network goes away, all of it or half, and a desk that dies: nothing is missed, nothing is said twice."""
import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Optional
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect
from sqlalchemy.engine import Engine

from dengta.conversation import pace
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.server import create_app
from tests.desk.conftest import listening
from tests.desk.pages.agent_page import AgentPage
from tests.gate import Gate
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]
AWAY = 30.0  # seconds without a network, long enough for what waits for it to give up
SILENCE = 13_000  # milliseconds after which a page takes a silent stream for dead
SECRET = "test-secret-of-sufficient-length-0123456789"


class Process:
    """The desk as it is started by `dengta up`."""

    def __init__(self, engine: Engine, folder: Path, book: str) -> None:
        self.port = Gate("127.0.0.1", 0).port
        self._environment = {
            **os.environ,
            "DENGTA_DATABASE_URL": str(engine.url),
            "DENGTA_BOOK_URL": book,
            "DENGTA_DATA_DIR": str(folder),
            "DENGTA_DESK_PORT": str(self.port),
            "DENGTA_SECRET": SECRET,
            "DENGTA_REDIS_URL": "",
        }
        self._process: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> None:
        """Begin; it takes a while until it listens."""
        command = [sys.executable, "-m", "dengta.desk.server"]
        self._process = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)

    async def listens(self) -> None:
        """Wait until it does."""
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return writer.close()

    def kill(self) -> None:
        """End it without a word, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@pytest.fixture
async def gate(desk: Desk) -> AsyncIterator[Gate]:
    """The way from the agents to the desk."""
    async with listening(create_app(desk)) as there:
        gate = Gate("127.0.0.1", urlsplit(there).port or 0)
        await gate.open()
        yield gate
        await gate.shut()


@pytest.fixture
async def base(request: pytest.FixtureRequest) -> str:
    """The address at which agents reach the desk."""
    used = "process" if "process" in request.fixturenames else "gate"
    return f"http://127.0.0.1:{request.getfixturevalue(used).port}"


@pytest.fixture
def process(engine: Engine, tmp_path: Path, book: str, floor: Floor) -> Iterator[Process]:
    process = Process(engine, tmp_path, book)
    yield process
    process.kill()


async def serves(agent: AgentPage, floor: Floor) -> str:
    """Let an agent take a customer who waits; return the conversation."""
    talk, _ = await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()
    return talk


async def is_told(agent: AgentPage) -> None:
    """Wait until the page says that it is disconnected."""
    await expect(agent.page.get_by_role("status").get_by_text("已断开，正在重连")).to_be_visible()


async def has_arrived(floor: Floor, talk: str, *texts: str) -> None:
    """Wait until the record has exactly this of agents."""
    while await floor.said(talk, "agent") != list(texts):  # noqa: ASYNC110  the database tells nobody
        await asyncio.sleep(0.01)


async def test_twenty_messages_and_a_colleague_while_the_network_is_away(
    gate: Gate, at_desk: AtDesk, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CONVERSATION_LIMIT", 100)
    agent = await at_desk("lin", "林晓")
    talk = await serves(agent, floor)
    taken, epoch = await floor.waits()
    await expect(agent.list.get_by_text("已等")).to_have_count(1)

    await gate.shut()
    await is_told(agent)
    asked = [f"还在吗 {number}" for number in range(20)]
    for number, text in enumerate(asked):
        await floor.log.receive(talk, f"away{number}", {"text": text})
    await floor.comes("wu", "general")
    await floor.queue.take(taken, "wu", epoch)
    for _ in range(2):
        await floor.waits()
    await agent.reply.fill("在的，我在查")
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.log.get_by_text("未发出")).to_be_visible()
    await agent.reply.fill("还没写完")
    await asyncio.sleep(AWAY)  # there is nothing to wait for

    await gate.open()
    await agent.is_live()
    await agent.shows("转人工", *asked, "在的，我在查")
    await expect(agent.log.get_by_text("未发出")).to_have_count(0)
    await expect(agent.reply).to_have_value("还没写完")
    await expect(agent.list.get_by_text("已等")).to_have_count(2)
    assert await floor.said(talk, "agent") == ["在的，我在查"]
    assert await floor.said(talk, "customer") == ["转人工", *asked]


async def test_what_arrived_although_no_answer_came_back_is_not_said_again(
    gate: Gate, at_desk: AtDesk, floor: Floor
) -> None:
    agent = await at_desk("lin", "林晓")
    await agent.page.clock.install()
    await agent.page.reload()
    await agent.is_live()
    talk = await serves(agent, floor)

    gate.mute()
    await agent.reply.fill("在的")
    await agent.page.keyboard.press("Control+Enter")
    await has_arrived(floor, talk, "在的")
    await floor.log.receive(talk, "c2", {"text": "还在吗"})
    await agent.page.clock.fast_forward(SILENCE)
    await is_told(agent)
    await gate.shut()
    await gate.open()

    await agent.page.clock.fast_forward(SILENCE)
    await agent.is_live()
    await agent.shows("转人工", "在的", "还在吗")
    await expect(agent.log.locator(".bubble.outgoing")).to_have_count(0)
    assert await floor.said(talk, "agent") == ["在的"]



async def test_a_desk_that_is_killed_and_started_again_is_found_by_its_pages(
    process: Process, open_page: Callable[..., Awaitable[AgentPage]], hire: Callable[..., Agent], floor: Floor
) -> None:
    process.start()
    await process.listens()
    agents = []
    for agent_id in ("lin", "wu"):
        hire(agent_id)
        agents.append(await open_page())
        await agents[-1].log_in(agent_id)
        await agents[-1].goes("在线")
    lin = agents[0]
    talk = await serves(lin, floor)

    process.kill()
    for agent in agents:
        await is_told(agent)
    await floor.log.receive(talk, "c2", {"text": "还在吗"})
    await floor.waits()
    await lin.reply.fill("在的")
    await lin.page.keyboard.press("Control+Enter")
    await expect(lin.log.get_by_text("未发出")).to_be_visible()

    process.start()
    await process.listens()
    for agent in agents:
        await agent.is_live()
        await expect(agent.list.get_by_text("已等")).to_have_count(1)
    await lin.shows("转人工", "还在吗", "在的")
    assert await floor.said(talk, "agent") == ["在的"]
