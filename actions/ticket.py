"""Complaints, reports and requests that become tickets, and how far they are."""
from typing import Optional

from rasa_sdk.events import EventType

from dengta.dialogue.customer_action import CustomerAction
from dengta.dialogue.names import ENTITY_CHOICE, INTENT_QUERY_TICKET
from dengta.dialogue.turn import Button, Turn
from dengta.handoff.tickets import telling
from dengta.handoff.tickets.rules import Kind, is_ticket_no, rules
from dengta.runtime import runtime

_SHOWN = 3
_KEPT = 100


class ActionTicket(CustomerAction):
    """Tells how far the customer's tickets are, or leads to a new one.

    Buttons choose what it is about: first the kind, then the cause, as `kind` and `kind.cause`. Then the channel is
    told that a ticket is wanted; it is opened, and the customer told, when the answer is stored:
    `dengta/handoff/reception.py`.
    """

    def name(self) -> str:
        """Name in the domain."""
        return "action_ticket"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Ask for the cause, or open a ticket that may be a stranger's; all else is for verified customers."""
        kind, cause = _choice(turn)
        if kind is None or (cause is not None and not kind.strangers):
            return await super().respond(turn)
        if cause is None:
            turn.say("utter_ticket_cause", buttons=_causes(kind), title=kind.title)
        else:
            _want(turn, kind, cause)
        return []

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Open the ticket the customer was verified for, or tell how far theirs are."""
        kind, cause = _choice(turn)
        if kind is not None and cause is not None:
            _want(turn, kind, cause)
        else:
            await _tell(turn, customer_id)
        return []


def _choice(turn: Turn) -> tuple[Optional[Kind], Optional[str]]:
    kind, _, cause = str(turn.entity(ENTITY_CHOICE) or "").partition(".")
    return rules().kinds.get(kind), cause or None


def _causes(kind: Kind) -> list[Button]:
    return [
        {"title": kind.causes[cause], "payload": f'/{INTENT_QUERY_TICKET}{{"{ENTITY_CHOICE}": "{kind.id}.{cause}"}}'}
        for cause in kind.chat
    ]


def _want(turn: Turn, kind: Kind, cause: str) -> None:
    turn.show({"type": "ticket", "kind": kind.id, "cause": cause, "tone": turn.tone})


async def _tell(turn: Turn, customer_id: str) -> None:
    tickets = runtime().tickets
    await tickets.recognise(turn.conversation_id, customer_id)
    theirs = await tickets.for_customer(customer_id, _KEPT)
    number = next((each for each in turn.entities("order_no") if is_ticket_no(each)), None)
    wanted = [each for each in theirs if number in (None, each.ticket_no)]
    if number is not None and not wanted:
        turn.say("utter_ticket_unknown", number=number)
    elif not wanted:
        turn.say("utter_ticket_none")
    else:
        progress = "\n".join(telling.progress(each, turn.tone) for each in wanted[:_SHOWN])
        turn.say("utter_ticket_progress", progress=progress)
