"""Customers who go on asking through every crash, as the chat page does: the same message again until it is taken."""
import asyncio
import random
import secrets
from typing import Any, Optional

import aiohttp

from dengta.demo.wechat import Handle

QUESTIONS = ("利息是怎么算的", "可以提前还款吗，有没有违约金", "你好", "怎么开通", "逾期有什么后果", "你能帮我做什么")
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class WebCustomer:
    """One browser. `sent` maps each client_msg_id to its text, `taken` to the seq the server promised for it."""

    def __init__(self, address: str, chance: random.Random) -> None:
        self.sent: dict[str, str] = {}
        self.taken: dict[str, int] = {}
        self.seen: list[dict[str, Any]] = []
        self.repeated = 0  # messages offered again after one was seen: the resume by seq failed
        self.enough = asyncio.Event()
        self.all_answered = asyncio.Event()
        self._address = f"{address}/webhooks/web"
        self._chance = chance
        self._token = ""

    async def talk(self) -> None:
        """Ask in bursts of one to three bubbles until it is `enough`; read on until everything is answered."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            self._token = (await self._stubbornly(http, "POST", "/session"))["token"]
            while not self.enough.is_set():
                for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
                    await self._ask(http, self._chance.choice(QUESTIONS))
                await self._read(http)
                await asyncio.sleep(self._chance.random() / 2)
            await self.all_answered.wait()
            await self._read(http)

    async def _ask(self, http: aiohttp.ClientSession, text: str) -> None:
        client_msg_id = secrets.token_hex(8)
        self.sent[client_msg_id] = text
        answer = await self._stubbornly(http, "POST", "/messages", {"client_msg_id": client_msg_id, "text": text})
        self.taken[client_msg_id] = answer["seq"]

    async def _read(self, http: aiohttp.ClientSession) -> None:
        after = self.seen[-1]["seq"] if self.seen else 0
        news = await self._stubbornly(http, "GET", f"/messages?after={after}&wait=1")
        self.repeated += sum(message["seq"] <= after for message in news["messages"])
        self.seen += news["messages"]

    async def _stubbornly(
        self, http: aiohttp.ClientSession, method: str, path: str, body: Optional[dict[str, str]] = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        while True:
            try:
                async with http.request(method, self._address + path, json=body, headers=headers) as response:
                    if response.status < 300:
                        answer: dict[str, Any] = await response.json()
                        return answer
                    if response.status not in (429, 503):
                        raise AssertionError(f"{method} {path.partition('?')[0]} was answered {response.status}")
            except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
                pass
            await asyncio.sleep(0.1)


class WeChatCustomer:
    """One WeChat user, whose messages the platform delivers and, if nobody answers it, delivers again."""

    def __init__(self, wx: Handle, openid: str, chance: random.Random) -> None:
        self.openid = openid
        self.accepted = 0  # messages the connector answered for: whatever it took must be answered
        self.refused = 0  # messages WeChat could not deliver; the customer was told so
        self.enough = asyncio.Event()
        self._wx = wx
        self._chance = chance

    async def talk(self) -> None:
        """Write until it is `enough`."""
        while not self.enough.is_set():
            delivery = await self._wx.say(self.openid, self._chance.choice(QUESTIONS))
            if delivery.outcome == "failed":
                self.refused += 1
            else:
                self.accepted += 1
            await asyncio.sleep(self._chance.random())
