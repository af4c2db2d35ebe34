"""The real desk on a real port and a real database, and browsers that log in to it."""
import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import aiohttp
import pytest
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from dengta.backends.sql import build
from dengta.clock import now as business_time
from dengta.conversation.codes import DemoCodeSender
from dengta.conversation.history import History
from dengta.conversation.identity import Identity
from dengta.conversation.log import MessageLog
from dengta.database import Transactions, connect, writing
from dengta.desk import agents, passwords
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.dispatch import COOKIE
from dengta.desk.events import Events
from dengta.desk.server import OPTIONS, Server, create_app
from dengta.desk.sessions import Sessions
from dengta.handoff.copilot.copilot import Copilot
from dengta.handoff.copilot.use import Uses
from dengta.handoff.hours import service_hours
from dengta.handoff.summary.summaries import Summaries
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.master import master
from dengta.privacy.vault import Vault
from dengta.settings import settings
from tests.backends.books import BUSINESS_DATE, pristine_book
from tests.databases import conversations
from tests.handoff.copilot.systems import Actions, Model
from tests.handoff.floor import Floor
from tests.vaults import new_vault

PASSWORD = "k7mp-2xwq-hh4t-9rbd"
PATIENCE = aiohttp.ClientTimeout(total=20)


class Clock:
    """Real time for sessions, moved by the test."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        """Let time pass."""
        self.at += timedelta(**time)


class Browser:
    """One browser with a cookie jar; it sends what a page of the desk would send."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=PATIENCE)
        self.csrf_token = ""

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every change."""
        return {"Origin": self.base, "X-CSRF-Token": self.csrf_token}

    @property
    def cookie(self) -> Optional[str]:
        """The session's id."""
        return next((cookie.value for cookie in self.http.cookie_jar if cookie.key == COOKIE), None)

    async def log_in(self, agent_id: str, password: str = PASSWORD) -> tuple[int, Any]:
        """Log in and remember the token."""
        status, said = await self.send("POST", "/api/session", {"agent_id": agent_id, "password": password})
        self.csrf_token = said.get("csrf_token", "")
        return status, said

    async def get(self, path: str, **params: Any) -> tuple[int, Any]:
        """Get JSON."""
        async with self.http.get(path, params=params) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Post JSON."""
        return await self.send("POST", path, body)

    async def send(self, method: str, path: str, body: Any = None, **changed: str) -> tuple[int, Any]:
        """Send JSON; `changed` headers replace the right ones."""
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in changed.items()}}
        async with self.http.request(method, path, json=body, headers=headers) as response:
            return response.status, await response.json() if response.status != 204 else None


@asynccontextmanager
async def listening(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Run an application on a port, a free one if none is named."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", port))
        server = Server(uvicorn.Config(app, **OPTIONS))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        while not server.started:
            assert not serving.done(), "the server could not start"
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with conversations(request.param, tmp_path) as url:
        engine = connect(url, 10.0)
        yield engine
        engine.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    """The vault of the database, whose master key file is the one of this process, on the day of the demo's book."""
    monkeypatch.setenv("DENGTA_DEMO_NOW", f"{BUSINESS_DATE}T10:00:00")
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield new_vault(engine, tmp_path)
    for cached in (settings, master):
        cached.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hire(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Agent]:
    """Add agents whose password is `PASSWORD`, hashed cheaply."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def hire(agent_id: str, role: str = "agent", groups: tuple[str, ...] = ("general",), **more: Any) -> Agent:
        new = Agent(agent_id, more.get("name", f"客服{agent_id}"), role, groups, more.get("capacity", 5))
        with writing(engine) as session:
            agents.add(session, new, PASSWORD, demo=more.get("demo", False))
        return new

    return hire


@pytest.fixture
def dismiss(engine: Engine) -> Callable[[str], None]:
    """Disable an agent."""

    def dismiss(agent_id: str) -> None:
        with writing(engine) as session:
            agents.disable(session, agent_id)

    return dismiss


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lender's book with its demo customers; nothing here changes it."""
    with pristine_book("sqlite", tmp_path_factory.mktemp("book")) as url:
        yield url


@pytest.fixture
def floor(engine: Engine, vault: Vault) -> Floor:
    """Customers who wait, and what the record says."""
    return Floor(engine, vault, MessageLog(engine, vault))


@pytest.fixture
def model() -> Model:
    """What understands customers for the copilot; down until the test says what they mean."""
    model = Model()
    model.broken = True
    return model


@pytest.fixture
def desk(engine: Engine, vault: Vault, clock: Clock, floor: Floor, book: str, model: Model) -> Desk:
    sessions = Sessions(engine, demo=False, now=clock)
    backends = build(book, timeout=5.0)
    standing = Identity(engine, "a secret for tests", DemoCodeSender(floor.log), business_time).standing
    actions = Actions()
    actions.broken = True
    return Desk(
        database=Transactions(engine),
        vault=vault,
        sessions=sessions,
        queue=floor.queue,
        messages=floor.log,
        history=History(engine),
        backends=backends,
        summaries=Summaries(engine, vault, backends.customer),
        tickets=Tickets(engine, vault, service_hours(), business_time),
        copilot=Copilot(engine, vault, backends, standing, model, actions, business_time),
        uses=Uses(engine, business_time),
        events=Events(engine, sessions),
    )


@pytest.fixture
async def base(desk: Desk, tmp_path: Path) -> AsyncIterator[str]:
    """The desk's address."""
    async with listening(create_app(desk, built=tmp_path)) as base:
        yield base


@pytest.fixture
async def browser(base: str) -> AsyncIterator[Callable[[], Browser]]:
    """Open browsers."""
    async with AsyncExitStack() as opened:

        def browser() -> Browser:
            page = Browser(base)
            opened.push_async_exit(page)
            return page

        yield browser


@pytest.fixture
def at_work(browser: Callable[[], Browser], hire: Callable[..., Agent]) -> Callable[..., Awaitable[Browser]]:
    """Hire agents and log them in, those who serve customers online."""

    async def at_work(agent_id: str, *groups: str, role: str = "agent", **more: Any) -> Browser:
        hire(agent_id, role, groups or ("general",), **more)
        page = browser()
        await page.log_in(agent_id)
        await page.send("PUT", "/api/presence", {"status": "online"})
        return page

    return at_work
