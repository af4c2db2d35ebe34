"""Handing over to a person."""
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from dengta.dialogue.names import CHOICE_ERASE, ENTITY_CHOICE, INTENT_PRIVACY, INTENT_REQUEST_HUMAN
from dengta.dialogue.turn import Turn


class ActionRequestHuman(Action):
    """Says to the channel that a person is wanted, and why.

    What happens next is decided, and told, when the answer is stored: `dengta/handoff/reception.py`.
    """

    def name(self) -> str:
        """Name in the domain."""
        return "action_request_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Ask for a person, in the tone the customer is spoken to."""
        turn = Turn(dispatcher, tracker, domain)
        reason = INTENT_PRIVACY if turn.entity(ENTITY_CHOICE) == CHOICE_ERASE else INTENT_REQUEST_HUMAN
        turn.show({"type": "handoff", "reason": reason, "tone": turn.tone})
        return []
