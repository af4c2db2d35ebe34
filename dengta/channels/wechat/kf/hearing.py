"""What entries of a kf account mean: messages are stored and answered, everything else changes the record.

Hearing an entry again, after a crash, changes nothing.
"""
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dengta.channels.wechat.errors import Sent
from dengta.channels.wechat.kf.api import Customer, KfApi
from dengta.channels.wechat.kf.entries import AgentSaid, Entered, Recalled, SendFailed, SessionChanged
from dengta.channels.wechat.kf.record import Record
from dengta.channels.wechat.kf.sessions import Sessions
from dengta.channels.wechat.messages import Incoming, Message, UnknownEvent
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.quota import grant
from dengta.channels.wechat.receiving import Receiving
from dengta.channels.wechat.rendering import compose
from dengta.channels.wechat.sentences import sentences
from dengta.clock import real_time
from dengta.conversation.accounts import Account, Accounts
from dengta.conversation.pace import TooManyMessages
from dengta.conversation.records import ConversationClosedError
from dengta.conversation.turns import Turns

log = logging.getLogger(__name__)

CHANNEL = "kf"
WELCOME_LASTS = timedelta(seconds=20)  # path/95122
_MSGID_LENGTH = 32


class Hearing:
    """Deals with entries one by one. Every call raises DatabaseUnavailable, after which the entry is heard again."""

    def __init__(
        self,
        api: KfApi,
        accounts: Accounts,
        outbox: Outbox,
        receiving: Receiving,
        turns: Turns,
        sessions: Sessions,
        record: Record,
        later: Callable[[Coroutine[Any, Any, None]], None],
        now: Callable[[], datetime],
    ) -> None:
        """`later` does something beside the reading; `now` tells the time WeCom lives in."""
        self._api = api
        self._accounts = accounts
        self._outbox = outbox
        self._receiving = receiving
        self._turns = turns
        self._sessions = sessions
        self._record = record
        self._later = later
        self._now = now

    async def hear(self, incoming: Incoming) -> None:
        """Deal with an entry."""
        try:
            await self._hear(incoming)
        except ConversationClosedError:  # it ended just now; whoever writes begins another one
            await self._hear(incoming)

    async def _hear(self, incoming: Incoming) -> None:
        if isinstance(incoming, Message):
            await self._said(incoming)
        elif isinstance(incoming, Entered):
            await self._entered(incoming)
        elif isinstance(incoming, AgentSaid):
            await self._record.agent_said(await self._talk(incoming), incoming)
        elif isinstance(incoming, SessionChanged):
            await self._record.session_changed(await self._talk(incoming), incoming)
        elif isinstance(incoming, SendFailed):
            log.warning("a message WeCom had taken did not arrive: fail_type %d", incoming.reason)
            await self._record.send_failed(await self._talk(incoming), incoming)
        elif isinstance(incoming, Recalled):
            await self._record.recalled(await self._talk(incoming), incoming)
        elif isinstance(incoming, UnknownEvent):
            log.info("an event of an unknown kind was left alone: %s", incoming.kind)

    async def _said(self, incoming: Message) -> None:
        known, sent_at = await self._meet(incoming), incoming.sent_at or self._now()
        talk = known.conversation_id
        heard = await self._receiving.hear(talk, incoming)
        if heard is None:
            return

        def alongside(session: Session) -> None:
            self._outbox.expect(session, talk, known.id, real_time())
            grant(session, known.id, "message", sent_at)
            self._sessions.wrote(session, talk, sent_at)
            if heard.note is not None:
                heard.note(session)

        try:
            await self._turns.receive(talk, incoming.dedupe_key, heard.body, heard.answers, alongside)
        except TooManyMessages:
            log.warning("a customer writes too fast: what they wrote was stored and not answered")
            await self._record.left_unanswered(talk, incoming.dedupe_key, heard.body)

    async def _entered(self, entered: Entered) -> None:
        sent_at = entered.sent_at or self._now()
        if entered.welcome_code and self._now() - sent_at < WELCOME_LASTS:
            await self._record.greeted(await self._talk(entered), entered.dedupe_key, sentences()["greeting"])
            self._later(self._greet(entered))

    async def _greet(self, entered: Entered) -> None:
        text = compose([sentences()["greeting"]]).text
        outcome = await self._api.answer_event(entered.welcome_code, text, entered.dedupe_key[:_MSGID_LENGTH])
        if not isinstance(outcome, Sent):
            log.info("a customer was not greeted: %s", outcome)

    async def _talk(self, incoming: Incoming) -> str:
        return (await self._meet(incoming)).conversation_id

    async def _meet(self, incoming: Incoming) -> Account:
        address = Customer(incoming.account, incoming.sender).address
        return await self._accounts.meet(CHANNEL, address, address)
