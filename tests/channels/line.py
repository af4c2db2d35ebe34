"""Connections on which a test writes every byte itself."""
import asyncio
import json
import secrets
import socket
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Callable, Optional

import pytest

from tests.channels.conftest import Bot, Client

PATIENCE = 20.0
_IMPATIENT = {"REQUEST_TIMEOUT": 0.3, "RESPONSE_TIMEOUT": 0.5}


class Line:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.port = writer.get_extra_info("sockname")[1]

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def drip(self, data: bytes) -> bool:
        """Send byte after byte; tell whether the server took them all."""
        try:
            for byte in data:
                await self.send(bytes([byte]))
                await asyncio.sleep(0.002)
        except (OSError, RuntimeError):  # closed; uvloop has no class of its own for it
            return False
        return True

    async def answer(self) -> tuple[int, Any]:
        """Return status and body of the only answer; the server closes the connection after it."""
        head, _, body = (await asyncio.wait_for(self._reader.read(), PATIENCE)).partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), json.loads(body)

    def hang_up(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def line_to(bot: Bot, buffer: Optional[int] = None, impatient: bool = False) -> AsyncIterator[Line]:
    """Connect to a bot, which is `impatient` on this connection only.

    `buffer` is how many bytes this side takes without reading.
    """
    end = socket.socket()
    if buffer is not None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    end.setblocking(False)
    usual = dict(bot.app.config)
    if impatient:
        bot.app.config.update(_IMPATIENT, GRACEFUL_SHUTDOWN_TIMEOUT=0.1)
    await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", bot.port))
    port = end.getsockname()[1]
    await until(lambda: port in [each.conn_info.client_port for each in bot.connections])
    bot.app.config.update({name: usual[name] for name in _IMPATIENT})
    line = Line(*await asyncio.open_connection(sock=end, limit=buffer or 65536))
    try:
        yield line
    finally:
        line.hang_up()


def request(client: Client, *headers: str, call: str = "POST /messages", body: bytes = b"") -> bytes:
    """Return the bytes of a request with a valid token."""
    method, path = call.split()
    token = f"Authorization: Bearer {client.token}"
    lines = [f"{method} /webhooks/web{path} HTTP/1.1", "Host: bot", token, *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def message(number: int = 1) -> bytes:
    return json.dumps({"client_msg_id": f"c{number}", "text": "你好"}).encode()


async def works(client: Client) -> None:
    """See that a client who did nothing wrong is answered."""
    asked = f"还在吗{secrets.token_hex(4)}"
    assert (await client.send(secrets.token_hex(8), text=asked))[0] == 202
    count = len(await client.messages(2))
    while (await client.messages(count))[-1]["text"] != f"答：{asked}":
        count += 1


async def until(find: Callable[[], Any]) -> Any:
    """Wait until something is found, and return it."""
    for _ in range(2000):
        if found := find():
            return found
        await asyncio.sleep(0.01)
    pytest.fail("nothing happened for 20 s")
