"""How one-time codes reach a phone: the demo shows them on the page, a lender's SMS gateway sends them."""
import asyncio
from typing import Any, Mapping

import aiohttp

from dengta.conversation.identity import CodeNotSent
from dengta.conversation.log import MessageLog

_GATEWAY_TIMEOUT = aiohttp.ClientTimeout(total=3.0)


class DemoCodeSender:
    """Shows the code in the conversation itself, marked as a demo; for demo mode only."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log

    async def send(self, conversation_id: str, phone: str, code: str) -> None:
        """Append the code to the conversation as a demo card."""
        await self._log.append(conversation_id, "demo", {"custom": {"type": "demo_code", "code": code}})

    async def rehearse(self) -> None:
        """Find nothing in the way: whoever reads the conversation reads the code."""


class GatewayCodeSender:
    """Posts `{"phone", "code"}` to the lender's SMS gateway, which owns the wording of the message.

    `{"rehearsal": true}` instead asks whether a code could be sent now: the gateway answers as it would answer that,
    and sends nothing. So an outage looks the same for a phone that is not registered and must get no message.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, conversation_id: str, phone: str, code: str) -> None:
        """Hand the code to the gateway; any answer but 2xx within 3 seconds is CodeNotSent."""
        await self._post({"phone": phone, "code": code})

    async def rehearse(self) -> None:
        """Ask the gateway whether it works; any answer but 2xx within 3 seconds is CodeNotSent."""
        await self._post({"rehearsal": True})

    async def _post(self, content: Mapping[str, Any]) -> None:
        try:
            async with aiohttp.ClientSession(timeout=_GATEWAY_TIMEOUT) as session:
                async with session.post(self._url, json=content) as response:
                    status = response.status
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise CodeNotSent(type(error).__name__) from None
        if not 200 <= status < 300:
            raise CodeNotSent(f"gateway answered {status}")
