"""The real pages in Chromium, before the real desk and a real database."""
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, async_playwright, expect
from sqlalchemy.engine import Engine

from dengta.database import connect
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.pages import BUILT
from dengta.desk.server import create_app
from tests.databases import conversations
from tests.desk.conftest import listening
from tests.desk.pages.agent_page import AgentPage
from tests.web.conftest import PATIENCE, SWITCHES


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """One database is enough here: the server is tested on both."""
    with conversations("sqlite", tmp_path) as url:
        engine = connect(url, 10.0)
        yield engine
        engine.dispose()


@pytest.fixture
async def base(desk: Desk) -> AsyncIterator[str]:
    """The address of the desk with its pages."""
    assert (BUILT / "index.html").exists(), "The pages are not built: run `make pages`."
    async with listening(create_app(desk)) as base:
        yield base


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    program = shutil.which("chromium")
    assert program, "The browser tests need a program named `chromium` on the PATH."
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser, base: str) -> AsyncIterator[Callable[..., Awaitable[AgentPage]]]:
    """Open the pages, each time in a browser of its own; a script error or a broken policy fails the test."""
    errors: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Vue" in message.text:
            errors.append(message.text)

    async def open_page(**options: Any) -> AgentPage:
        window = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1280, "height": 800}}
        context = await chromium.new_context(**{**window, **options})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", heard)
        page = await context.new_page()
        await page.goto(base)
        return AgentPage(page)

    yield open_page
    assert errors == []


@pytest.fixture
def at_desk(
    open_page: Callable[..., Awaitable[AgentPage]], hire: Callable[..., Agent]
) -> Callable[..., Awaitable[AgentPage]]:
    """Hire agents, log them in, and let those who serve customers go online."""

    async def at_desk(agent_id: str, name: str, role: str = "agent", **options: Any) -> AgentPage:
        hire(agent_id, role, ("general", "fees"), name=name)
        agent = await open_page(**options)
        await agent.log_in(agent_id)
        if role != "admin":
            await agent.goes("在线")
        return agent

    return at_desk
