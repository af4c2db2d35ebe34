"""Waiting with a request until the answer to its push can go back with it."""
import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Optional, Union

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
    """A message or event that is in its conversation.

    `is_message` if a customer wrote it; `awaits_turn` if the bot is to answer it. Until `reserved` the sender leaves
    the conversation alone, so that the answer can go back with a request.
    """

    conversation_id: str
    key: str
    sender: str
    is_message: bool
    awaits_turn: bool
    reserved: Optional[datetime]


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

    async def answer(self, push: Push, arrived: float) -> Union[Piece, ToAgents, None]:
        """Return what a push that arrived at a moment of `time.monotonic` is answered with, None for nothing (yet)."""
        listener = self._feed.join(push.conversation_id)
        typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._show_typing, push.sender)
        self._patience.begin(listener.news)
        try:
            return await self._claim(push, listener, arrived)
        except DatabaseUnavailable as error:
            log.warning("an answer could not be looked up: %s", error.cause)
            return None
        finally:
            self._patience.end(listener.news)
            typing.cancel()
            self._feed.leave(listener)

    async def give_up(self, push: Push) -> None:
        """Let the sender bring the answer of a push that no request waits for."""
        if push.reserved is not None:
            await self._outbox.give_up(push.conversation_id, push.reserved)

    async def _claim(self, push: Push, listener: Listener, arrived: float) -> Union[Piece, ToAgents, None]:
        claim: Claim = NotYet()
        awaits_turn, begun = push.awaits_turn, False
        while True:
            listener.news.clear()
            typing = self._feed.typing(push.conversation_id)
            is_news_of_beginning = typing and not begun
            if not (awaits_turn or is_news_of_beginning):
                claim = await self._outbox.claim_passive(push.conversation_id, push.key, push.is_message)
                if not isinstance(claim, (NotYet, OnTheWay)):
                    return claim
            awaits_turn, begun = False, begun or typing
            left = self._patience.left(arrived)
            if listener.closed or left <= 0:
                await self.give_up(push)
                return None
            await is_set_within(listener.news, min(left, LOOK_AGAIN) if isinstance(claim, OnTheWay) else left)
