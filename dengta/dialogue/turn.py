"""One turn of an action: what was said, what is remembered, and how to answer in the domain's words."""
from typing import Any, Mapping, Optional, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from dengta.dialogue.names import SLOT_TONE, SLOT_TOPIC, TONE_STANDARD
from dengta.dialogue.references import Reference, is_corrected, read_reference
from dengta.dialogue.wording import Wording

Button = dict[str, str]


class Turn:
    """The customer's message with its context. `message` stands in for the latest one when a goal is resumed."""

    def __init__(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
        message: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.domain = domain
        self.message: Mapping[str, Any] = tracker.latest_message if message is None else message
        self.tone: str = tracker.get_slot(SLOT_TONE) or TONE_STANDARD
        self.wording = Wording(domain, self.tone)

    def resumed(self, message: Mapping[str, Any]) -> "Turn":
        """Return this turn as if the customer had just written an earlier message."""
        return Turn(self.dispatcher, self.tracker, self.domain, message)

    @property
    def conversation_id(self) -> str:
        """The conversation, which the channel took from its own token."""
        return str(self.tracker.sender_id)

    @property
    def text(self) -> str:
        """What the customer wrote."""
        return self.message.get("text") or ""

    @property
    def intent(self) -> str:
        """The intent understood, `faq` for every retrieval intent."""
        return (self.message.get("intent") or {}).get("name") or ""

    @property
    def reference(self) -> Reference:
        """What the customer points at."""
        return read_reference(self.text)

    @property
    def topic(self) -> Mapping[str, Any]:
        """What the last answer was about: `action`, and where it applies `loan_no` and `period`."""
        return self.tracker.get_slot(SLOT_TOPIC) or {}

    def entities(self, kind: str) -> list[Any]:
        """Return the values of all entities of a kind in the message."""
        return [e["value"] for e in self.message.get("entities") or () if e["entity"] == kind]

    def entity(self, kind: str) -> Any:
        """Return the first value of a kind, or None."""
        return next(iter(self.entities(kind)), None)

    def entity_meant(self, kind: str) -> Any:
        """Return the first value of a kind, or the one it is corrected to (3期，哦不，6期), or None."""
        meant: Optional[Mapping[str, Any]] = None
        for entity in self.message.get("entities") or ():
            if entity["entity"] != kind:
                continue
            if meant is None or is_corrected(self.text, meant["start"], meant["end"], entity["start"]):
                meant = entity
        return meant["value"] if meant else None

    def say(self, response: str, buttons: Sequence[Button] = (), **values: Any) -> None:
        """Answer with a response of the domain; `buttons` are added to its own."""
        self.dispatcher.utter_message(response=response, buttons=list(buttons), **values)

    def show(self, custom: Mapping[str, Any]) -> None:
        """Send data for the channel's own display, such as a change of tone."""
        self.dispatcher.utter_message(json_message=dict(custom))

    def repeat(self, text: str, buttons: Sequence[Button]) -> None:
        """Say again what was said before."""
        self.dispatcher.utter_message(text=text, buttons=list(buttons))

    def about(self, action: str, loan_no: Optional[str] = None, period: Optional[int] = None) -> EventType:
        """Return the event that remembers what this answer was about, for a follow-up."""
        return SlotSet(SLOT_TOPIC, {"action": action, "loan_no": loan_no, "period": period})
