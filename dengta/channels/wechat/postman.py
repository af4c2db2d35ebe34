"""Brings one piece to one customer, and draws the conclusion from what the platform says about it."""
import asyncio
import json
import logging
import time
from datetime import timedelta
from typing import Optional, Protocol, Union

from dengta.channels.wechat import charts
from dengta.channels.wechat.claims import Errand
from dengta.channels.wechat.errors import (
    Busy,
    Doubtful,
    Failure,
    Gone,
    MediaGone,
    Misconfigured,
    Outcome,
    QuotaUsedUp,
    Refused,
    Sent,
    TooLong,
    Unreachable,
    WindowClosed,
)
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.pieces import IMAGE, TRANSFER, Piece
from dengta.channels.wechat.quota import Quota
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.splitting import LIMIT, cut, size
from dengta.conversation.accounts import Accounts
from dengta.database import stubbornly

log = logging.getLogger(__name__)

BUSY_REST = timedelta(seconds=10)
DOUBTFUL_REST = timedelta(seconds=2)
PASSIVE_ONLY_SECONDS = 60.0
_HALF = LIMIT // 2


class Line(Protocol):
    """How one platform is reached.

    `repeatable` tells that a piece sent twice is shown once; if it is not, a piece that may have arrived is sent again
    only once, and then kept for the customer's next action.
    """

    repeatable: bool

    async def text(self, piece: Piece, address: str, text: str) -> Outcome:
        """Send a text."""
        ...

    async def image(self, piece: Piece, address: str, media_id: str) -> Outcome:
        """Send a picture that was uploaded."""
        ...

    async def upload(self, png: bytes) -> Union[str, Failure]:
        """Upload a picture and return its media id."""
        ...

    async def transfer(self, piece: Piece, address: str) -> bool:
        """Give a customer to the platform's agents; False to try again later."""
        ...

    async def gone(self, address: str) -> None:
        """Note that nobody can be reached at an address any more."""
        ...


class Postman:
    """Sends pieces over one line. While the platform refuses every call there is `passive_only`."""

    def __init__(self, line: Line, outbox: Outbox, quota: Quota, accounts: Accounts) -> None:
        self._line = line
        self._outbox = outbox
        self._quota = quota
        self._accounts = accounts
        self._refused_until: Optional[float] = None

    @property
    def passive_only(self) -> bool:
        """Whether it is no use to call WeChat now."""
        return self._refused_until is not None and time.monotonic() < self._refused_until

    async def bring(self, errand: Errand) -> None:
        """Send a piece, or keep it for later, or give it up.

        Raises:
            DatabaseUnavailable: nothing was sent; the claim runs out.
        """
        piece = errand.piece
        address = await self._accounts.address(piece.account_id)
        if address is None:
            await self._outbox.forget(piece)
        elif piece.kind == TRANSFER:
            done = await self._line.transfer(piece, address)
            await stubbornly(lambda: self._outbox.forget(piece) if done else self._outbox.give_back(piece, BUSY_REST))
        else:
            await self._send(errand, address, await self._quota.room(piece.account_id))

    async def _send(self, errand: Errand, address: str, room: int) -> None:
        piece = errand.piece
        if room == 0:
            return await self._outbox.park(errand)
        if piece.kind == IMAGE and room == 1 and piece.more:
            return await self._outbox.forget(piece)
        if piece.kind == IMAGE:
            outcome = await self._picture(piece, address)
            if isinstance(outcome, MediaGone):
                outcome = await self._picture(piece, address)
        else:
            outcome = await self._line.text(piece, address, with_more(piece) if room == 1 else piece.content)
        await stubbornly(lambda: self._conclude(errand, address, outcome))

    async def _picture(self, piece: Piece, address: str) -> Outcome:
        chart = charts.read(json.loads(piece.content))
        if chart is None:
            return Refused(0)
        media_id = await self._line.upload(await asyncio.to_thread(charts.draw, chart))
        return await self._line.image(piece, address, media_id) if isinstance(media_id, str) else media_id

    async def _conclude(self, errand: Errand, address: str, outcome: Outcome) -> None:
        piece = errand.piece
        self._note_refusals(outcome)
        if isinstance(outcome, (Sent, Doubtful)):
            await self._quota.take(piece.account_id)
        if isinstance(outcome, Sent):
            await self._outbox.confirm(piece)
        elif isinstance(outcome, Doubtful) and piece.doubts and not self._line.repeatable:
            await self._outbox.park(errand, doubtful=True)
        elif isinstance(outcome, Doubtful):
            await self._outbox.give_back(piece, DOUBTFUL_REST, doubtful=True)
        elif isinstance(outcome, (Busy, Unreachable)):
            await self._outbox.give_back(piece, BUSY_REST)
        elif isinstance(outcome, Misconfigured):
            await self._outbox.give_back(piece)
        elif isinstance(outcome, (WindowClosed, QuotaUsedUp)):
            await self._outbox.park(errand, used_up=True)
        elif isinstance(outcome, TooLong) and size(piece.content) > _HALF:
            await self._outbox.split(piece, cut(piece.content, size(piece.content) // 2))
        elif isinstance(outcome, Gone):
            await self._outbox.forget(piece)
            await self._line.gone(address)
        else:
            log.warning("a message was given up: %s", outcome)
            await self._outbox.forget(piece)

    def _note_refusals(self, outcome: Outcome) -> None:
        if isinstance(outcome, Misconfigured):
            if self._refused_until is None:
                log.error("WeChat refuses every call (errcode %d): answering only passively", outcome.code)
            self._refused_until = time.monotonic() + PASSIVE_ONLY_SECONDS
        elif isinstance(outcome, Sent) and self._refused_until is not None:
            log.info("WeChat takes messages again")
            self._refused_until = None


def with_more(piece: Piece) -> str:
    """Return a text with the line that says how to get the rest, if there is a rest."""
    return f"{piece.content}\n\n{sentences()['more']}" if piece.more else piece.content
