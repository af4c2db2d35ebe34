"""How one-time codes reach a phone: the demo shows them on the page, a lender's SMS gateway sends them."""
import asyncio

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


class GatewayCodeSender:
    """Posts `{"phone", "code"}` to the lender's SMS gateway, which owns the wording of the message."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, conversation_id: str, phone: str, code: str) -> None:
        """Hand the code to the gateway; any answer but 2xx within 3 seconds is CodeNotSent."""
        try:
            async with aiohttp.ClientSession(timeout=_GATEWAY_TIMEOUT) as session:
                async with session.post(self._url, json={"phone": phone, "code": code}) as response:
                    status = response.status
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise CodeNotSent(type(error).__name__) from None
        if not 200 <= status < 300:
            raise CodeNotSent(f"gateway answered {status}")
