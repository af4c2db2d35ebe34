"""微信客服 of one corporation at work in one process: reading, hearing, sending."""
import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Any, Optional

import aiohttp

from dengta.channels.assistant import Assistant
from dengta.channels.wechat.kf.api import KfApi
from dengta.channels.wechat.kf.cursors import Cursors
from dengta.channels.wechat.kf.hearing import CHANNEL, Hearing
from dengta.channels.wechat.kf.line import KfLine
from dengta.channels.wechat.kf.pulling import Puller
from dengta.channels.wechat.kf.record import Record
from dengta.channels.wechat.kf.sessions import OWNER, Sessions
from dengta.channels.wechat.messages import KfNotice
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.postman import Postman
from dengta.channels.wechat.quota import Quota
from dengta.channels.wechat.receiving import Receiving
from dengta.channels.wechat.sender import Sender
from dengta.channels.wechat.tokens import Tokens
from dengta.channels.wechat.voice import Recognise, Voices
from dengta.conversation.accounts import Accounts
from dengta.database import DatabaseUnavailable
from dengta.stores import Stores
from dengta.wecom import Corporation

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0


def real_time() -> datetime:
    """Return the present moment in which WeCom lives."""
    return datetime.now(timezone.utc)


class Service:
    """Reads, answers and sends for one corporation; see `serve`."""

    def __init__(
        self,
        corporation: Corporation,
        stores: Stores,
        assistant: Assistant,
        recognise: Optional[Recognise],
        now: Callable[[], datetime],
        http: aiohttp.ClientSession,
    ) -> None:
        engine, vault = stores.engine, stores.vault
        api = KfApi(corporation.api, corporation.corpid, corporation.secret, Tokens(engine, vault), http)
        accounts, quota, sessions = Accounts(engine, vault), Quota(engine, now), Sessions(engine, vault)
        outbox = Outbox(engine, vault, CHANNEL, OWNER if corporation.handoff == "wecom" else None)
        hearing = Hearing(
            api,
            accounts,
            Receiving(assistant.messages, outbox, Voices(api, recognise)),
            assistant.turns,
            sessions,
            Record(engine, vault),
            self._later,
            now,
        )
        self._puller = Puller(corporation.corpid, api, Cursors(engine), hearing.hear, now)
        self._sender = Sender(outbox, Postman(KfLine(api, sessions, corporation.servicer), outbox, quota, accounts))
        self._chores: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to read and to send."""
        self._puller.start()
        self._sender.start()

    async def stop(self) -> None:
        """End what is under way."""
        await self._puller.stop()
        await self._sender.stop(STOP_SECONDS)
        if self._chores:
            _, late = await asyncio.wait(self._chores, timeout=STOP_SECONDS)
            for chore in late:
                chore.cancel()

    async def note(self, notice: KfNotice) -> None:
        """Note that an account has news, and begin to read it.

        Raises:
            DatabaseUnavailable: nothing was noted.
        """
        await self._puller.note(notice.open_kfid, notice.token)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        chore = asyncio.create_task(_quietly(work))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


@asynccontextmanager
async def serve(
    corporation: Corporation,
    stores: Stores,
    assistant: Assistant,
    recognise: Optional[Recognise],
    now: Callable[[], datetime],
) -> AsyncIterator[Service]:
    """Run the service of a corporation for the block, in the event loop of the server."""
    async with aiohttp.ClientSession() as http:
        service = Service(corporation, stores, assistant, recognise, now, http)
        service.start()
        try:
            yield service
        finally:
            await service.stop()


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except DatabaseUnavailable as error:
        log.warning("a customer was not greeted: %s", error.cause)
