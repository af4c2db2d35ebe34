"""After verification: what the customer had asked for, and what they had asked for in another conversation."""
from datetime import datetime
from typing import Any

from rasa_sdk.events import ActionExecuted, EventType, FollowupAction, SlotSet, UserUttered

from dengta.conversation.identity import Known, Locked
from dengta.dialogue.customer_action import GuardedAction, guarded_action
from dengta.dialogue.earlier import asked_earlier, spoken_moment
from dengta.dialogue.names import SLOT_EARLIER, SLOT_GOAL, SLOT_ONE_TIME_CODE, SLOT_PHONE
from dengta.dialogue.readings import reading_title
from dengta.dialogue.turn import Turn
from dengta.runtime import runtime

_OFFER = "action_offer_earlier"
# Their answers offer something themselves, and a yes belongs to that.
_WITH_AN_OFFER = {"action_query_overdue", "action_report_repayment_missing"}


class ActionResumeGoal(GuardedAction):
    """After verification: answers what the customer had asked for."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_resume_goal"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Run the remembered action on the remembered message, or say why nothing could be verified."""
        cleared = [SlotSet(name, None) for name in (SLOT_GOAL, SLOT_PHONE, SLOT_ONE_TIME_CODE)]
        standing = await runtime().identity.standing(turn.conversation_id)
        if isinstance(standing, Locked):
            turn.say("utter_identity_locked", until=turn.wording.moment(standing.until))
            return cleared
        goal = turn.tracker.get_slot(SLOT_GOAL)
        if not goal:
            return cleared
        resumed = turn.resumed(goal["message"])
        events = [*cleared, *await guarded_action(goal["action"]).guarded(resumed)]
        busy = goal["action"] in _WITH_AN_OFFER or any(event["event"] == "followup" for event in events)
        if busy or not isinstance(standing, Known):
            return events
        earlier = await asked_earlier(resumed, standing.customer_id)
        return [*events, SlotSet(SLOT_EARLIER, earlier), FollowupAction(_OFFER)] if earlier else events


class ActionOfferEarlier(GuardedAction):
    """Tells once what the customer asked elsewhere, by its title only, and asks whether to go on with it."""

    def name(self) -> str:
        """Name in the domain."""
        return _OFFER

    async def respond(self, turn: Turn) -> list[EventType]:
        """Offer to go on with the question `action_resume_goal` found."""
        earlier = turn.tracker.get_slot(SLOT_EARLIER)
        title = str(reading_title(earlier["reading"]))
        turn.say(
            "utter_earlier",
            when=spoken_moment(turn.wording, datetime.fromisoformat(earlier["at"])),
            where=turn.wording.phrase(f"utter_on_{earlier['channel']}"),
            title=title,
            buttons=[
                {"title": title, "payload": f"/{earlier['reading']}"},
                {"title": turn.wording.phrase("utter_part_decline"), "payload": "/deny"},
            ],
        )
        return []


class ActionTakeUpEarlier(GuardedAction):
    """A yes to that offer."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_take_up_earlier"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Go on as if the button had been clicked."""
        reading = turn.tracker.get_slot(SLOT_EARLIER)["reading"]
        intent = {"name": reading, "confidence": 1.0}
        understood: dict[str, Any] = {"text": reading_title(reading), "intent": intent, "entities": []}
        return [ActionExecuted("action_listen"), UserUttered(reading_title(reading), understood)]
