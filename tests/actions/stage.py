"""Builders for tests of actions: a tracker, one run of an action, and what the customer gets to read."""
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from dengta.backends.outcomes import Outcome
from dengta.dialogue.names import SLOT_TONE, TONE_STANDARD
from dengta.dialogue.wording import Wording
from tests.project.texts import domain

Entity = Mapping[str, Any]


def entity(kind: str, value: Any) -> Entity:
    """Return an entity as NLU gives it."""
    return {"entity": kind, "value": value, "start": 0, "end": 0}


def loan(number: str) -> Entity:
    """Return a loan number, a redeem code or another number our own systems print."""
    return entity("order_no", number)


def tracker(
    conversation: str = "talk",
    *,
    text: str = "",
    intent: str = "",
    entities: Sequence[Entity] = (),
    slots: Optional[Mapping[str, Any]] = None,
    form: Optional[str] = None,
    asked: Optional[str] = None,
    events: Sequence[Mapping[str, Any]] = (),
) -> Tracker:
    """Return a tracker after a customer's message; `asked` is the slot the form waits for."""
    declared = {name: slot.get("initial_value") for name, slot in domain()["slots"].items()}
    return Tracker(
        sender_id=conversation,
        slots={**declared, "requested_slot": asked, **(slots or {})},
        latest_message={"text": text, "intent": {"name": intent}, "entities": [dict(each) for each in entities]},
        events=[dict(event) for event in events],
        paused=False,
        followup_action=None,
        active_loop={"name": form} if form else {},
        latest_action_name="action_listen",
    )


@dataclass(frozen=True)
class Said:
    """What one run of an action said: every response by name, with its words and button titles."""

    responses: tuple[str, ...]
    text: str
    buttons: tuple[Mapping[str, str], ...] = field(default=())
    custom: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def titles(self) -> list[str]:
        """Titles of the buttons in order."""
        return [button["title"] for button in self.buttons]


async def run(action: Action, at: Tracker) -> tuple[list[EventType], Said]:
    """Run an action; return its events and what the customer reads, rendered as Rasa renders it."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, at, domain())
    return events, rendered(dispatcher, at)


def rendered(dispatcher: CollectingDispatcher, at: Tracker) -> Said:
    """Put the collected messages into words; a value that a response needs and nobody gave is a KeyError."""
    tone = at.slots.get(SLOT_TONE) or TONE_STANDARD
    wording, lines, buttons = Wording(domain(), tone), [], []
    for message in dispatcher.messages:
        values = {k: v for k, v in message.items() if k not in _MESSAGE_KEYS}
        if message.get("response"):
            lines.append(wording.phrase(message["response"], **values))
            buttons += _own_buttons(message["response"], tone)
        elif message.get("text"):
            lines.append(message["text"])
        buttons += message.get("buttons") or []
    return Said(
        responses=tuple(message["response"] for message in dispatcher.messages if message.get("response")),
        text="\n".join(lines),
        buttons=tuple(buttons),
        custom=tuple(message["custom"] for message in dispatcher.messages if message.get("custom")),
    )


def slot_values(events: Sequence[EventType]) -> dict[str, Any]:
    """Return the slots as the events leave them."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def goes_to(events: Sequence[EventType]) -> Optional[str]:
    """Return the action or form the events ask for next."""
    return next((event["name"] for event in events if event["event"] == "followup"), None)


class Instead:
    """A backend that answers some calls with prepared outcomes and passes the others on."""

    def __init__(self, backend: Any, outcomes: Mapping[str, Outcome[Any]]) -> None:
        self._backend = backend
        self._outcomes = outcomes

    def __getattr__(self, name: str) -> Any:
        if name not in self._outcomes:
            return getattr(self._backend, name)

        async def answer(*_args: Any, **_named: Any) -> Outcome[Any]:
            return self._outcomes[name]

        return answer


_MESSAGE_KEYS = {"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"}


def _own_buttons(response: str, tone: str) -> list[Mapping[str, str]]:
    variations = domain()["responses"][response]
    fitting = [v for v in variations if any(c["value"] == tone for c in v.get("condition", ()))]
    return list((fitting or [v for v in variations if not v.get("condition")])[0].get("buttons", ()))
