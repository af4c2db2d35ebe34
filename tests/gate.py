"""A way to another server that can be shut: closed at first, opened and cut as a test wants."""
import asyncio
import socket
from typing import Any


class Gate:
    """Listens on `port` and passes everything on to a server, both ways, while it is open."""

    def __init__(self, host: str, port: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._target = (host, port)
        self._server: Any = None
        self._passing: list[asyncio.StreamWriter] = []
        self._is_mute = False

    async def open(self) -> None:
        """Let everybody through."""
        self._is_mute = False
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    def mute(self) -> None:
        """Let everything there and nothing back, and cut nobody off: half of the way is gone, and no one is told."""
        self._is_mute = True

    async def shut(self) -> None:
        """Let nobody through any more and cut off who is there."""
        self._server.close()
        for writer in self._passing:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._target)
        self._passing += [writer, forth]
        await asyncio.gather(_pour(reader, forth), self._answer(back, writer), return_exceptions=True)

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if not self._is_mute:
                target.write(data)
        if not self._is_mute:
            target.close()


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
    target.close()
