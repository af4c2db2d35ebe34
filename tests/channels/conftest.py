"""The real web application on a real port and a real database; only Rasa's turn is played by the test."""
import asyncio
import json
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, Optional

import aiohttp
import pytest
from sanic import Sanic

from dengta.channels import server
from dengta.channels.assistant import Assistant
from dengta.channels.channel import Channel
from dengta.channels.connections import Connection
from dengta.channels.server import create_app
from dengta.channels.web import WebChannel
from dengta.conversation.log import MessageLog
from dengta.conversation.news import News
from dengta.database import connect
from dengta.handoff.reception import Reception
from dengta.stores import Stores
from tests.databases import conversations
from tests.vaults import new_vault

SECRET = "test-secret-of-sufficient-length-0123456789"
PATIENCE = aiohttp.ClientTimeout(total=20)
Sanic.test_mode = True


class FakeAgent:
    """Stands in for Rasa: `turn(message)` is the test's own script."""

    def __init__(self) -> None:
        self.ready = True
        self.heard: list[Any] = []
        self.turn: Callable[[Any], Awaitable[None]] = self.echo

    def is_ready(self) -> bool:
        return self.ready

    async def handle_message(self, message: Any) -> None:
        self.heard.append(message)
        await self.turn(message)

    async def echo(self, message: Any) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": f"答：{message.text}"})


class Client:
    """One browser: a session of its own and helpers in the words of the protocol."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http
        self.token = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def open(self) -> "Client":
        async with self.http.post("/webhooks/web/session") as response:
            assert response.status == 201
            self.token = (await response.json())["token"]
        return self

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Send a request and return (status, JSON)."""
        headers = {**self.headers, **options.pop("headers", {})}
        async with self.http.request(method, f"/webhooks/web{path}", headers=headers, **options) as response:
            return response.status, json.loads(await response.read() or b"null")

    async def send(self, client_msg_id: str, **what: str) -> tuple[int, Any]:
        return await self.call("POST", "/messages", json={"client_msg_id": client_msg_id, **what})

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """Wait until the conversation has `count` messages."""
        messages: list[dict[str, Any]] = []
        while len(messages) < count:
            after = messages[-1]["seq"] if messages else 0
            _, news = await self.call("GET", f"/messages?after={after}&wait=5")
            messages += news["messages"]
        return messages

    @asynccontextmanager
    async def events(self, path: str = "/events", **headers: str) -> AsyncIterator["Events"]:
        async with self.http.get(f"/webhooks/web{path}", headers={**self.headers, **headers}) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            yield Events(response)


class Events:
    """Reads server-sent events: (kind, id, data)."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Optional[int], Any]:
        kind, seq, data = "", None, None
        while True:
            line = (await asyncio.wait_for(self._response.content.readline(), 10)).decode()
            if not line:
                raise EOFError
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                seq = int(value)
            elif name == "data":
                data = json.loads(value)
            elif not line.strip() and kind:
                return kind, seq, data

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """Return the next `count` message events, each with its id checked."""
        found = []
        while len(found) < count:
            kind, seq, data = await self.next()
            if kind == "message":
                assert data["seq"] == seq
                found.append(data)
        return found


class Bot:
    """The server process: can be killed and started again on the same database and port."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.agent = FakeAgent()
        self.news: Optional[News] = None
        self.reception: Optional[Reception] = None
        self.engine = connect(database_url, 5.0)
        self.vault = new_vault(self.engine, folder)
        self.log = MessageLog(self.engine, self.vault)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.app: Any = None
        self._server: Any = None

    @property
    def connections(self) -> set[Any]:
        """The open connections."""
        found: set[Any] = self._server.connections
        return found

    def channels(self) -> list[Channel]:
        return [WebChannel(SECRET, demo=True, stores=Stores(self.engine, self.vault))]

    async def start(self) -> None:
        assistant = Assistant(
            self.log, self.agent.handle_message, self.agent.is_ready, pause=0.0, reception=self.reception
        )
        self.app = create_app(self.channels(), assistant, self.news)
        self._server = await self.app.create_server(
            host="127.0.0.1", port=self.port, protocol=Connection, return_asyncio_server=True, access_log=False
        )
        await self._server.startup()
        await self._server.before_start()
        await self._server.after_start()
        await self._server.start_serving()

    async def stop(self) -> None:
        await self._server.before_stop()
        await self._server.close()
        for connection in list(self._server.connections):
            connection.abort()
        await self._server.after_stop()

    async def kill(self) -> None:
        """Stop without waiting for the running turns."""
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr(server, "DRAIN_SECONDS", 0.0)
            await self.stop()


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    with conversations("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(database_url, tmp_path)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def http(bot: Bot) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bot.port}", timeout=PATIENCE) as session:
        yield session


@pytest.fixture
async def client(http: aiohttp.ClientSession) -> Client:
    return await Client(http).open()


@pytest.fixture
async def stranger(http: aiohttp.ClientSession) -> Client:
    return await Client(http).open()
