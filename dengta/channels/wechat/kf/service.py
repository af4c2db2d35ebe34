"""微信客服 of one corporation at work in one process: reading, hearing, sending."""
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Optional

import aiohttp

from dengta.channels.assistant import Assistant
from dengta.channels.rating_words import RatingWords
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
from dengta.stores import Stores
from dengta.tasks import Chores
from dengta.wecom import Corporation

STOP_SECONDS = 5.0


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
        self._chores = Chores()
        engine, vault = stores.engine, stores.vault
        api = KfApi(corporation.api, corporation.corpid, corporation.secret, Tokens(engine, vault), http)
        accounts, quota, sessions = Accounts(engine, vault), Quota(engine, now), Sessions(engine, vault)
        outbox = Outbox(engine, vault, CHANNEL, OWNER if corporation.handoff == "wecom" else None, menus=True)
        hearing = Hearing(
            api,
            accounts,
            outbox,
            Receiving(assistant.messages, outbox, Voices(api, recognise), RatingWords(engine, vault)),
            assistant.turns,
            sessions,
            Record(engine, vault),
            self._chores.begin,
            now,
        )
        self._puller = Puller(corporation.corpid, api, Cursors(engine), hearing.hear, now)
        self._sender = Sender(outbox, Postman(KfLine(api, sessions, corporation.servicer), outbox, quota, accounts))

    def start(self) -> None:
        """Begin to read and to send."""
        self._puller.start()
        self._sender.start()

    async def stop(self) -> None:
        """End what is under way."""
        await self._puller.stop()
        await self._sender.stop(STOP_SECONDS)
        await self._chores.stop(STOP_SECONDS)

    async def note(self, notice: KfNotice) -> None:
        """Note that an account has news, and begin to read it.

        Raises:
            DatabaseUnavailable: nothing was noted.
        """
        await self._puller.note(notice.open_kfid, notice.token)


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
