"""How pieces reach the customers of 微信客服, and what a refusal for the state of their session means."""
import json
import logging
from typing import Optional, Union

from dengta.channels.wechat.errors import (
    Busy,
    Doubtful,
    Failure,
    Outcome,
    Refused,
    Sent,
    Unreachable,
    WindowClosed,
    WrongState,
)
from dengta.channels.wechat.kf.api import Customer, KfApi, State
from dengta.channels.wechat.kf.sessions import Sessions
from dengta.channels.wechat.pieces import CLICKS, Piece

log = logging.getLogger(__name__)

_WITH_PEOPLE = (State.QUEUED, State.SERVICER)


class KfLine:
    """The line to all customers of a corporation. The uid of a piece is its msgid: sent again, it is shown once."""

    repeatable = True

    def __init__(self, api: KfApi, sessions: Sessions, servicer: Optional[str]) -> None:
        """`servicer` is the userid of the agent who gets customers; without one they go to the queue."""
        self._api = api
        self._sessions = sessions
        self._servicer = servicer

    async def text(self, piece: Piece, address: str, text: str) -> Outcome:
        """Send a text, or the menu that a piece is."""
        customer = Customer.at(address)
        await self._begin(piece.conversation_id, customer)
        if piece.kind == CLICKS:
            menu = json.loads(piece.content)
            outcome = await self._api.send_menu(customer, menu["head"], menu["items"], piece.uid)
        else:
            outcome = await self._api.send_text(customer, text, piece.uid)
        return await self._explained(piece.conversation_id, customer, outcome)

    async def image(self, piece: Piece, address: str, media_id: str) -> Outcome:
        """Send a picture that was uploaded."""
        customer = Customer.at(address)
        outcome = await self._api.send_image(customer, media_id, piece.uid)
        return await self._explained(piece.conversation_id, customer, outcome)

    async def upload(self, png: bytes) -> Union[str, Failure]:
        """Upload a picture."""
        return await self._api.upload_image(png)

    async def transfer(self, piece: Piece, address: str) -> bool:
        """Give a customer to WeCom's agents, or back to the bot if they cannot take one; False to try again later."""
        customer = Customer.at(address)
        outcome = await self._move(customer)
        if isinstance(outcome, Sent) or await self._api.state(customer) in _WITH_PEOPLE:
            return True
        if isinstance(outcome, (Busy, Unreachable, Doubtful)):
            return False
        log.error("WeCom's agents did not take a customer over: %s", outcome)
        await self._sessions.done(piece.conversation_id)
        return True

    async def gone(self, address: str) -> None:
        """Do nothing: customers of 微信客服 follow nobody."""

    async def _move(self, customer: Customer) -> Outcome:
        if self._servicer is not None:
            outcome = await self._api.move(customer, State.SERVICER, self._servicer)
            if not isinstance(outcome, WrongState):
                return outcome
            log.warning("the agent who gets customers is not at work: they go to the queue")
        return await self._api.move(customer, State.QUEUED)

    async def _begin(self, conversation_id: str, customer: Customer) -> None:
        """Tell WeCom, once in a session, that the bot serves; messages are taken without that too."""
        if await self._sessions.has_begun(conversation_id):
            return
        state: Union[State, Outcome] = await self._api.state(customer)
        if state is State.NEW:
            state = await self._api.move(customer, State.ASSISTANT)
        if state is State.ASSISTANT or isinstance(state, Sent):
            await self._sessions.begin(conversation_id)

    async def _explained(self, conversation_id: str, customer: Customer, outcome: Outcome) -> Outcome:
        """Say what a refusal for the state of the session means."""
        if not isinstance(outcome, WrongState):
            return outcome
        state = await self._api.state(customer)
        if state in _WITH_PEOPLE:
            await self._sessions.taken(conversation_id)
            return Refused(outcome.code)
        if state is State.ENDED:
            await self._sessions.done(conversation_id)
            return WindowClosed(outcome.code)
        return Busy(outcome.code)
