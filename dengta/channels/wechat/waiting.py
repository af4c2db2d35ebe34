"""Waiting with a push until its answer can go back with it."""
import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Union

from dengta.channels.wechat.claims import Claim, NotYet, OnTheWay, ToAgents
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.patience import Patience
from dengta.channels.wechat.pieces import Piece
from dengta.conversation.feed import Feed, Listener
from dengta.database import DatabaseUnavailable
from dengta.tasks import is_set_within

log = logging.getLogger(__name__)

TYPING_AFTER = 1.5  # seconds
LOOK_AGAIN = 0.2


@dataclass(frozen=True)
class Push:
    """A stored message or event.

    `is_message` if a customer wrote it. `arrived` is a moment of `time.monotonic`, `until` the moment before which the
    sender leaves the conversation alone for its sake.
    """

    conversation_id: str
    key: str
    sender: str
    is_message: bool
    arrived: float
    until: datetime


class Waiting:
    """Finds what a push is answered with; a request that is cancelled takes nothing with it but its own wait."""

    def __init__(
        self, feed: Feed, outbox: Outbox, patience: Patience, show_typing: Callable[[str], object]
    ) -> None:
        """`show_typing` is told the openid of whoever waits for more than `TYPING_AFTER` seconds; it must not block."""
        self._feed = feed
        self._outbox = outbox
        self._patience = patience
        self._show_typing = show_typing

    async def answer(self, push: Push, listener: Listener, awaits_turn: bool) -> Union[Piece, ToAgents, None]:
        """Return what a push is answered with, None if there is nothing (yet).

        `listener` was joined before the message was stored, so that nothing is missed; if it `awaits_turn` there is
        nothing before the first news.
        """
        typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._show_typing, push.sender)
        self._patience.begin(listener.news)
        try:
            return await self._claim(push, listener, awaits_turn)
        except DatabaseUnavailable as error:
            log.warning("an answer could not be looked up: %s", error.cause)
            return None
        finally:
            self._patience.end(listener.news)
            typing.cancel()

    async def _claim(self, push: Push, listener: Listener, awaits_turn: bool) -> Union[Piece, ToAgents, None]:
        claim: Claim = NotYet()
        begun = False
        while True:
            listener.news.clear()
            typing = self._feed.typing(push.conversation_id)
            is_news_of_beginning = typing and not begun
            if not (awaits_turn or is_news_of_beginning):
                claim = await self._outbox.claim_passive(push.conversation_id, push.key, push.is_message)
                if not isinstance(claim, (NotYet, OnTheWay)):
                    return claim
            awaits_turn, begun = False, begun or typing
            left = self._patience.left(push.arrived)
            if listener.closed or left <= 0:
                await self._outbox.give_up(push.conversation_id, push.until)
                return None
            await is_set_within(listener.news, min(left, LOOK_AGAIN) if isinstance(claim, OnTheWay) else left)
