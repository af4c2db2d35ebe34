"""Handing over to a person."""
from rasa_sdk.events import EventType

from dengta import clock
from dengta.conversation.identity import Known
from dengta.dialogue.customer_action import GuardedAction
from dengta.dialogue.names import CHOICE_ERASE, ENTITY_CHOICE, INTENT_PRIVACY
from dengta.dialogue.turn import Turn
from dengta.runtime import runtime


class ActionRequestHuman(GuardedAction):
    """Records the wish for a person and says what happens next."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_request_human"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Record the request once; tell its number, the deadline, and that the bot goes on helping meanwhile.

        While people are at work the channel is told too: WeChat may have agents of its own.
        """
        standing = await runtime().identity.standing(turn.conversation_id)
        customer_id = standing.customer_id if isinstance(standing, Known) else None
        reason = INTENT_PRIVACY if turn.entity(ENTITY_CHOICE) == CHOICE_ERASE else turn.intent
        request = await runtime().handoffs.add(turn.conversation_id, customer_id, reason)
        open_now = runtime().hours.is_open(clock.now())
        if request.repeated:
            response = "utter_human_already_requested"
        elif open_now:
            response = "utter_human_requested"
        else:
            response = "utter_human_requested_closed"
        turn.say(
            response,
            ticket_no=request.ticket_no,
            created_at=turn.wording.moment(request.created_at),
            callback_by=turn.wording.moment(request.callback_by),
            opens=f"{runtime().hours.opens:%H:%M}",
            closes=f"{runtime().hours.closes:%H:%M}",
        )
        if open_now:
            turn.show({"type": "handoff"})
        return []
