"""Calls in the name of one account: with its token, again while the platform is busy, not at all while it is fed up."""
import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Mapping

from dengta.channels.wechat.errors import CALLED_TOO_OFTEN, TOKEN_REFUSED, Busy, Misconfigured
from dengta.channels.wechat.tokens import Fetch, Tokens
from dengta.channels.wechat.transport import Reply

log = logging.getLogger(__name__)

RETRY_AFTER = (0.5, 1.0, 2.0)  # seconds; WeCom's documentation asks for three retries at most (path/90455)
REST_SECONDS = 600.0

Request = Callable[[Mapping[str, str]], Awaitable[Reply]]


class Calls:
    """Makes the calls of one account. Every call raises DatabaseUnavailable when the shared token cannot be read."""

    def __init__(self, tokens: Tokens, account: str, fetch: Fetch) -> None:
        self._tokens = tokens
        self._account = account
        self._fetch = fetch
        self._resting: dict[str, float] = {}

    async def make(self, name: str, request: Request) -> Reply:
        """Return the answer to `request`, which is given the query that holds the token.

        `name` is that of the interface: one that was called too often (45009) is left alone for ten minutes.
        """
        if self._resting.get(name, 0.0) > monotonic():
            return Busy(CALLED_TOO_OFTEN)
        reply = await self._attempt(request)
        for delay in RETRY_AFTER:
            if not isinstance(reply, Busy):
                break
            await asyncio.sleep(delay)
            reply = await self._attempt(request)
        if isinstance(reply, Busy) and reply.code == CALLED_TOO_OFTEN:
            self._resting[name] = monotonic() + REST_SECONDS
        if not isinstance(reply, Mapping):
            log.log(logging.ERROR if isinstance(reply, Misconfigured) else logging.INFO, "%s: %s", name, reply)
        return reply

    async def _attempt(self, request: Request) -> Reply:
        token = await self._tokens.current(self._account, self._fetch)
        if not isinstance(token, str):
            return token
        reply = await request({"access_token": token})
        if not (isinstance(reply, Misconfigured) and reply.code in TOKEN_REFUSED):
            return reply
        other = await self._tokens.replace(self._account, token, self._fetch)
        if not isinstance(other, str):
            return other
        return await request({"access_token": other})
