"""Measures what many open event streams cost one process of the assistant.

    python -m bench.streams [--clients 500] [--rounds 3]

The web application runs in a process of its own on a real port and a real SQLite database, with everything the
assistant imports; only the model's turn is played. Every client opens a session and a stream and keeps it open; in
every round each of them writes a message, one after the other within twenty seconds, and waits until the answer has
come through its stream. Who is told to try again later does so, as the widget would. Memory is the resident set of that
process, sampled all the time, beyond what it was before the clients came.
"""
import argparse
import asyncio
import json
import logging
import multiprocessing
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from rasa.core.channels.channel import UserMessage

from dengta import logs
from dengta.channels import connections
from dengta.channels.assistant import Assistant
from dengta.channels.server import bind, create_app
from dengta.channels.web import WebChannel
from dengta.conversation.log import MessageLog
from dengta.database import connect, migrate
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from dengta.stores import Stores

MEGABYTE = 1024 * 1024
GOAL = 400  # megabytes
SAMPLE_SECONDS = 0.05
ROUND_SECONDS = 20.0
BURST_PAUSE = 0.4  # the default of DENGTA_BURST_PAUSE
ANSWER = "您这个月应还 1,234.56 元，还款日是 2026-12-08。"
PATIENCE = aiohttp.ClientTimeout(total=None, sock_read=120)


class Memory:
    """The resident memory of a process, sampled until cancelled."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.peak = 0.0

    @property
    def now(self) -> float:
        """Megabytes."""
        return float(self._process.memory_info().rss) / MEGABYTE

    @property
    def cpu_seconds(self) -> float:
        """Processor time the process has used."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    async def watch(self) -> None:
        """Keep the highest value."""
        while True:
            self.peak = max(self.peak, self.now)
            await asyncio.sleep(SAMPLE_SECONDS)


class Client:
    """One customer with one open stream."""

    def __init__(self, http: aiohttp.ClientSession, number: int) -> None:
        self._http = http
        self._number = number
        self._headers: dict[str, str] = {}
        self._stream: Any = None
        self.refused = 0

    async def open(self) -> None:
        """Open a session and its stream."""
        async with self._http.post("/webhooks/web/session") as response:
            token = (await response.json())["token"]
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stream = await self._http.get("/webhooks/web/events", headers=self._headers)
        await self._stream.content.readuntil(b"\n\n")

    async def ask(self, round_number: int, after: float = 0.0) -> float:
        """Write a message after so many seconds; return the seconds from then until its answer came."""
        await asyncio.sleep(after)
        began = time.perf_counter()
        question = {"client_msg_id": f"c{round_number}", "text": f"第{self._number}位客户问：这个月还多少"}
        while not await self._send(question):
            self.refused += 1
            await asyncio.sleep(1)
        while await self._author() != "bot":
            pass
        return time.perf_counter() - began

    async def _send(self, question: dict[str, str]) -> bool:
        try:
            async with self._http.post("/webhooks/web/messages", json=question, headers=self._headers) as response:
                return response.status == 202
        except aiohttp.ClientConnectionError:  # the server had just closed a connection that nobody used
            return False

    async def _author(self) -> str:
        event = (await self._stream.content.readuntil(b"\n\n")).decode()
        data = event.partition("data: ")[2].strip()
        return str(json.loads(data).get("author", "")) if data else ""

    def close(self) -> None:
        """Hang up."""
        self._stream.close()


def main() -> None:
    """Run the measurement and print a table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--clients", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with bind("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(port, Path(folder)))
        server.start()
        try:
            asyncio.run(measure(f"http://127.0.0.1:{port}", server.pid or 0, chosen.clients, chosen.rounds))
        finally:
            server.terminate()
            server.join()


def serve(port: int, folder: Path) -> None:
    """Serve the web chat with a played turn; the body of the measured process."""
    logs.configure(logging.WARNING)
    url = f"sqlite:///{folder / 'dengta.db'}"
    for package in ("dengta.conversation", "dengta.privacy"):
        migrate(url, package)
    create_master(folder / "master.key")
    engine = connect(url, 5.0)
    stores = Stores(engine, open_vault(engine, folder / "master.key"))
    messages = MessageLog(stores.engine, stores.vault)
    assistant = Assistant(messages, answer, lambda: True, BURST_PAUSE)
    app = create_app([WebChannel(secrets.token_hex(32), demo=True, stores=stores)], assistant)
    connections.serve(app, bind("127.0.0.1", port))


async def answer(message: UserMessage) -> None:
    """Answer as an action would, with two buttons."""
    buttons = [{"title": "查看明细", "payload": "/query_bill"}, {"title": "提前结清", "payload": "/request_settlement"}]
    await message.output_channel.send_response(message.sender_id, {"text": ANSWER, "buttons": buttons})


async def measure(address: str, pid: int, count: int, rounds: int) -> None:
    """Let clients come, talk and go, and print what the process needed at each step."""
    memory = Memory(pid)
    async with aiohttp.ClientSession(address, timeout=PATIENCE, connector=aiohttp.TCPConnector(limit=0)) as http:
        await ready(http)
        idle, cpu = memory.now, memory.cpu_seconds
        print(f"{'step':<44}{'MB':>8}{'beyond idle':>14}")
        show("idle", idle, idle)
        watching = asyncio.create_task(memory.watch())
        clients = [Client(http, number) for number in range(count)]
        for client in clients:
            await client.open()
        show(f"{count} streams open", memory.now, idle)
        for round_number in range(1, rounds + 1):
            step = ROUND_SECONDS / count
            asked = [client.ask(round_number, number * step) for number, client in enumerate(clients)]
            waits = sorted(await asyncio.gather(*asked))
            median, longest = waits[count // 2], waits[-1]
            show(f"round {round_number}: answers within {median:.1f} s, at most {longest:.1f} s", memory.now, idle)
        show("peak", memory.peak, idle)
        cpu = memory.cpu_seconds - cpu
        for client in clients:
            client.close()
        watching.cancel()
    print(f"told to try again: {sum(client.refused for client in clients)}")
    print(f"processor time: {1000 * cpu / (count * rounds):.1f} ms a message, sessions and streams included")
    print(f"goal: at most {GOAL} MB beyond idle: {'met' if memory.peak - idle <= GOAL else 'missed'}")


async def ready(http: aiohttp.ClientSession) -> None:
    """Wait for the process, and let one client come and go, so that nothing is loaded for the first time later."""
    while True:
        try:
            async with http.get("/ready") as response:
                response.raise_for_status()
                break
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    first = Client(http, 0)
    await first.open()
    await first.ask(1)
    first.close()


def show(step: str, megabytes: float, idle: float) -> None:
    """Print one line of the table."""
    print(f"{step:<44}{megabytes:>8.0f}{megabytes - idle:>14.0f}", flush=True)


if __name__ == "__main__":
    main()
