"""One official account at work in one process: everything between a verified push and what it is answered.

A push is stored in the inbox first; from there it is brought into its conversation, while its request waits for the
answer or, in a crowd, is answered with nothing at once.
"""
import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Optional, Union

import aiohttp
from sqlalchemy.orm import Session

from dengta.channels.assistant import Assistant
from dengta.channels.errors import RefusedError
from dengta.channels.limits import RateLimit
from dengta.channels.rating_words import RatingWords
from dengta.channels.wechat import messages
from dengta.channels.wechat.backlog import Backlog, Outcome, Taken
from dengta.channels.wechat.claims import ToAgents
from dengta.channels.wechat.client import User, WeChatApi
from dengta.channels.wechat.handoff import OWNER, Agents
from dengta.channels.wechat.inbox import Inbox, Pushed
from dengta.channels.wechat.line import OfficialLine
from dengta.channels.wechat.messages import Incoming
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.patience import Patience
from dengta.channels.wechat.pieces import Piece
from dengta.channels.wechat.postman import Postman, with_more
from dengta.channels.wechat.quota import Quota, grant
from dengta.channels.wechat.reading import read
from dengta.channels.wechat.receiving import Heard, Receiving
from dengta.channels.wechat.sender import Sender
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.tokens import Tokens
from dengta.channels.wechat.voice import Recognise, Voices
from dengta.channels.wechat.waiting import Push, Waiting
from dengta.channels.wechat.wire import Fields
from dengta.clock import real_time
from dengta.conversation.accounts import Account, Accounts
from dengta.conversation.messages import Received
from dengta.conversation.pace import TooManyMessages
from dengta.conversation.records import ConversationClosedError
from dengta.database import DatabaseUnavailable, stubbornly
from dengta.official_account import OfficialAccount
from dengta.stores import Stores
from dengta.tasks import Chores, is_set_within

log = logging.getLogger(__name__)

CHANNEL = "wechat"
MARGIN = timedelta(seconds=0.5)  # for a passive reply to be claimed after the last moment of waiting
AFTER_PASSIVE = timedelta(seconds=0.5)  # what is sent sooner by API could overtake the reply inside WeChat
RETRY_COMES = timedelta(seconds=3)  # WeChat delivers a push again at once when its connection breaks
STOP_SECONDS = 5.0
INTRODUCTIONS = 4  # at once: who somebody is can wait while many write
_SAID = (messages.Message, messages.Subscribe, messages.Click)
_TAKEN_UP = (messages.KfSessionCreated, messages.KfSessionSwitched)

Answer = Union[Piece, ToAgents, str, None]


class Service:
    """Receives, waits and sends for one account; see `serve`."""

    def __init__(
        self,
        account: OfficialAccount,
        stores: Stores,
        assistant: Assistant,
        patience: Patience,
        recognise: Optional[Recognise],
        http: aiohttp.ClientSession,
    ) -> None:
        engine, vault = stores.engine, stores.vault
        self._appid = account.appid
        self._transfers = account.handoff == "transfer"
        self._assistant = assistant
        self._patience = patience
        self._accounts = Accounts(engine, vault)
        self._quota = Quota(engine, real_time)
        self._agents = Agents(engine, vault)
        self._outbox = Outbox(engine, vault, CHANNEL, OWNER if self._transfers else None)
        self._api = WeChatApi(account.api, account.appid, account.secret, Tokens(engine, vault), http)
        self._receiving = Receiving(
            assistant.messages, self._outbox, Voices(self._api, recognise), RatingWords(engine, vault)
        )
        self._waiting = Waiting(assistant.feed, self._outbox, patience, self._show_typing)
        line = OfficialLine(self._api, self._agents, account.kf_account, self._unfollowed)
        self._postman = Postman(line, self._outbox, self._quota, self._accounts)
        self._sender = Sender(self._outbox, self._postman)
        self._backlog = Backlog(Inbox(engine, vault), self._bring)
        self._notices = RateLimit(1, 10.0)
        self._introductions = asyncio.Semaphore(INTRODUCTIONS)
        self._chores = Chores()

    def start(self) -> None:
        """Begin to send, and to bring what other processes have left."""
        self._sender.start()
        self._backlog.start()

    async def stop(self) -> None:
        """End what is under way."""
        await asyncio.gather(self._sender.stop(STOP_SECONDS), self._backlog.stop(STOP_SECONDS))
        await self._chores.stop(STOP_SECONDS)

    async def answer(self, incoming: Incoming, fields: Fields, arrived: float) -> Answer:
        """Store what was pushed and return what it is answered with, None for nothing.

        `arrived` is a moment of `time.monotonic`. When this returns, or is cancelled after it was stored, the push need
        not be delivered again.

        Raises:
            DatabaseUnavailable: it may not have been stored.
        """
        outcome = await self._brought(Pushed(incoming.dedupe_key, incoming.sender, fields), arrived)
        return await self._waiting.answer(outcome, arrived) if isinstance(outcome, Push) else outcome

    @asynccontextmanager
    async def bringing(self, piece: Piece) -> AsyncIterator[str]:
        """Give the text of a passive reply to the block that writes it: it has arrived if the block does not raise."""
        try:
            yield with_more(piece) if piece.more and await self._is_last(piece) else piece.content
        except BaseException:
            self._chores.begin(self._outbox.give_back(piece, RETRY_COMES))
            raise
        self._chores.begin(stubbornly(lambda: self._outbox.confirm(piece, AFTER_PASSIVE)))

    async def _brought(self, pushed: Pushed, arrived: float) -> Outcome:
        """Store a push and wait until it is in its conversation; None if that takes too long."""
        request = asyncio.Event()
        self._patience.begin(request)
        try:
            taken = await self._backlog.take(pushed)
            with taken.awaited_by(request, arrived):
                while not taken.is_brought and (left := self._patience.left(arrived)) > 0:
                    request.clear()
                    await is_set_within(request, left)
            return taken.outcome
        finally:
            self._patience.end(request)

    async def _bring(self, taken: Taken) -> Outcome:
        """Do what a push asks for; what leads to no answer, such as an event, leads to None."""
        incoming = read(taken.pushed.fields, self._appid)
        if isinstance(incoming, messages.Unsubscribe):
            await self._unfollowed(incoming.sender)
        elif isinstance(incoming, _SAID):
            return await self._converse(incoming, taken)
        elif isinstance(incoming, (*_TAKEN_UP, messages.KfSessionClosed)):
            talk = (await self._meet(incoming)).conversation_id
            await (self._agents.took_up(talk) if isinstance(incoming, _TAKEN_UP) else self._agents.done(talk))
        elif isinstance(incoming, messages.UnknownEvent):
            log.info("an event of an unknown kind was left alone: %s", incoming.kind)
        return None

    async def _converse(self, incoming: Incoming, taken: Taken) -> Outcome:
        known = await self._meet(incoming)
        talk = known.conversation_id
        if self._transfers and isinstance(incoming, messages.Message):
            await self._agents.expire(talk)
        heard = await self._receiving.hear(talk, incoming)
        if heard is None:
            return None
        reserved = self._reserved(taken)
        try:
            received = await self._store(known, incoming, heard, reserved)
        except TooManyMessages:
            return self._too_fast(talk)
        except ConversationClosedError:  # since it was looked up
            return await self._converse(incoming, taken)
        is_message = isinstance(incoming, messages.Message)
        push = Push(talk, incoming.dedupe_key, incoming.sender, is_message, received.awaits_turn, reserved)
        if not taken.requests:
            await self._waiting.give_up(push)
            if received.duplicate:
                await self._outbox.give_up_repeated(talk, push.key)
        return push

    def _reserved(self, taken: Taken) -> Optional[datetime]:
        """Return until when the requests that wait for a push may take its answer, None if there are none."""
        if not taken.requests:
            return None
        left = max(self._patience.left(arrived) for arrived in taken.requests.values())
        return real_time() + timedelta(seconds=max(0.0, left)) + MARGIN

    async def _store(
        self, known: Account, incoming: Incoming, heard: Heard, reserved: Optional[datetime]
    ) -> Received:
        now, talk = real_time(), known.conversation_id

        def alongside(session: Session) -> None:
            self._outbox.expect(session, talk, known.id, now, reserved)
            grant(session, known.id, heard.grant, incoming.sent_at or now)
            if heard.note is not None:
                heard.note(session)

        received = await self._assistant.turns.receive(
            talk, incoming.dedupe_key, heard.body, heard.answers, alongside
        )
        is_first = received.seq == 1 and not received.duplicate
        if is_first or isinstance(incoming, messages.Subscribe):
            self._chores.begin(self._unite(known, incoming.sender))
        return received

    def _too_fast(self, conversation_id: str) -> Optional[str]:
        with suppress(RefusedError):
            self._notices.use(conversation_id)
            return str(sentences()["rate_limited"])
        return None

    async def _is_last(self, piece: Piece) -> bool:
        try:
            return self._postman.passive_only or await self._quota.room(piece.account_id) == 0
        except DatabaseUnavailable:
            return False

    async def _meet(self, incoming: Incoming) -> Account:
        return await self._accounts.meet(CHANNEL, self._name(incoming.sender), incoming.sender)

    async def _unfollowed(self, openid: str) -> None:
        account_id = await self._accounts.left(CHANNEL, self._name(openid))
        if account_id is not None:
            await self._outbox.forget_account(account_id)

    async def _unite(self, known: Account, openid: str) -> None:
        async with self._introductions:
            user = await self._api.user_info(openid)
        if isinstance(user, User) and user.unionid:
            await self._accounts.unite(known, user.unionid)

    def _show_typing(self, openid: str) -> None:
        if not self._postman.passive_only:
            self._chores.begin(self._typing(openid))

    async def _typing(self, openid: str) -> None:
        await self._api.typing(openid, True)

    def _name(self, openid: str) -> str:
        return f"{self._appid}:{openid}"


@asynccontextmanager
async def serve(
    account: OfficialAccount,
    stores: Stores,
    assistant: Assistant,
    patience: Patience,
    recognise: Optional[Recognise],
) -> AsyncIterator[Service]:
    """Run the service of an account for the block, in the event loop of the server."""
    async with aiohttp.ClientSession() as http:
        service = Service(account, stores, assistant, patience, recognise, http)
        service.start()
        try:
            yield service
        finally:
            await service.stop()
