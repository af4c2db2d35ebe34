"""Actions about the customer's own records: verified first, an outage told as an outage."""
import logging
from abc import ABC, abstractmethod
from inspect import isabstract
from typing import TypeVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from dengta.backends.outcomes import Found, Outcome, Unavailable
from dengta.conversation.identity import Known, Locked
from dengta.database import DatabaseUnavailable
from dengta.dialogue.names import IDENTITY_FORM, SLOT_GOAL
from dengta.dialogue.turn import Turn
from dengta.runtime import runtime

T = TypeVar("T")
log = logging.getLogger(__name__)


class Outage(Exception):
    """A backend did not answer; `cause` carries no customer data."""


def value(outcome: Outcome[T]) -> T:
    """Return what a call found; anything else is an outage, so it is never spoken as "you have none".

    Raises:
        Outage: the backend was unavailable, or contradicts what it said before.
    """
    if isinstance(outcome, Found):
        return outcome.value
    raise Outage(outcome.cause if isinstance(outcome, Unavailable) else type(outcome).__name__)


class GuardedAction(Action, ABC):
    """An action that tells the customer when a system it needs is down."""

    when_down = "utter_system_unavailable"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Answer the latest message."""
        return await self.guarded(Turn(dispatcher, tracker, domain))

    async def guarded(self, turn: Turn) -> list[EventType]:
        """Answer, or say that the system is temporarily unavailable and offer a person."""
        try:
            return await self.respond(turn)
        except (Outage, DatabaseUnavailable) as error:
            log.warning("%s: %s (%s)", self.name(), type(error).__name__, error)
            turn.say(self.when_down)
            return []

    @abstractmethod
    async def respond(self, turn: Turn) -> list[EventType]:
        """Answer a turn and return its events."""


class CustomerAction(GuardedAction, ABC):
    """An action that reads or changes the records of the customer this conversation is bound to."""

    changes_records = False
    introduction = "utter_identity_needed"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Answer a verified customer; otherwise start verification and come back here afterwards."""
        standing = await runtime().identity.standing(turn.conversation_id)
        if isinstance(standing, Locked):
            turn.say("utter_identity_locked", until=turn.wording.moment(standing.until))
            return []
        if not isinstance(standing, Known):
            return self._verify_first(turn, self.introduction)
        if self.changes_records and not standing.fresh:
            return self._verify_first(turn, "utter_identity_again")
        if await _asks_for_someone_else(turn, standing.customer_id):
            turn.say("utter_own_records_only")
            return []
        return [turn.about(self.name()), *await self.answer(turn, standing.customer_id)]

    @abstractmethod
    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Answer from this customer's records."""

    def _verify_first(self, turn: Turn, introduction: str) -> list[EventType]:
        turn.say(introduction)
        message = {key: turn.message.get(key) for key in ("text", "intent", "entities")}
        goal = {"action": self.name(), "message": message}
        return [SlotSet(SLOT_GOAL, goal), FollowupAction(IDENTITY_FORM)]


def guarded_action(name: str) -> GuardedAction:
    """Return the action of that name; a name no action has is a StopIteration."""
    concrete = (kind for kind in _descendants(GuardedAction) if not isabstract(kind))
    return next(action for kind in concrete if (action := kind()).name() == name)


def _descendants(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return children + [grandchild for child in children for grandchild in _descendants(child)]


async def _asks_for_someone_else(turn: Turn, customer_id: str) -> bool:
    phones = turn.entities("phone")
    if not phones:
        return False
    customer = value(await runtime().backends.customer.get(customer_id))
    return any(phone != customer.phone for phone in phones)
