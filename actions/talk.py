"""The conversation itself: asking back, following up, repeating, stopping, tone."""
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT
from rasa_sdk.types import DomainDict

from actions.handoff import ActionRequestHuman
from dengta.dialogue import names
from dengta.dialogue.customer_action import guarded_action
from dengta.dialogue.readings import reading_title
from dengta.dialogue.tone import keep_tone
from dengta.dialogue.turn import Button, Turn

ACTION_CLARIFY = "action_clarify"
ACTION_OUT_OF_SCOPE = "action_out_of_scope"
READINGS_OFFERED = 3
LEAST_CONFIDENCE_OFFERED = 0.02
FAILURES_BEFORE_PERSON = 2
_REPEAT_INTRO = "utter_repeat_intro"
_FORM_SLOTS = (
    names.SLOT_GOAL,
    names.SLOT_PHONE,
    names.SLOT_ONE_TIME_CODE,
    names.SLOT_LOAN_NO,
    names.SLOT_SETTLEMENT_TOTAL,
    names.SLOT_SETTLEMENT_CONFIRMED,
    names.SLOT_REDEEM_CODE,
    names.SLOT_REDEEM_CONFIRMED,
    names.SLOT_QUOTE_AMOUNT,
    names.SLOT_QUOTE_PERIOD,
)


class ActionClarify(Action):
    """Offers the best readings of a message that is not clear, and a person after two failures in a row."""

    def name(self) -> str:
        """Name in the domain."""
        return ACTION_CLARIFY

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Ask back with up to three readings as buttons."""
        turn = Turn(dispatcher, tracker, domain)
        if any(entity.get("impossible") for entity in turn.message.get("entities") or ()):
            turn.say("utter_date_impossible")
            return []
        both = _requests(turn.message)
        if both:
            turn.say("utter_clarify_both", buttons=_buttons(both))
            return []
        buttons = _buttons(_likely(turn))
        if failed_before(tracker) + 1 >= FAILURES_BEFORE_PERSON:
            others = [button for button in buttons if button["payload"] != f"/{names.INTENT_REQUEST_HUMAN}"]
            turn.say("utter_clarify_offer_person", buttons=others)
        elif buttons:
            turn.say("utter_clarify", buttons=buttons)
        else:
            turn.say("utter_clarify_nothing")
        return []


class ActionTakeOffer(Action):
    """A yes after not understanding: a person if one was offered, otherwise the question what it is about."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_take_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Hand over only after an offer."""
        if failed_before(tracker) >= FAILURES_BEFORE_PERSON:
            return await ActionRequestHuman().run(dispatcher, tracker, domain)
        Turn(dispatcher, tracker, domain).say("utter_go_on")
        return []


class ActionOutOfScope(Action):
    """Says plainly that something is not ours, and offers a person after two failures in a row."""

    def name(self) -> str:
        """Name in the domain."""
        return ACTION_OUT_OF_SCOPE

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Name what we can help with instead."""
        turn = Turn(dispatcher, tracker, domain)
        again = failed_before(tracker) + 1 >= FAILURES_BEFORE_PERSON
        turn.say("utter_out_of_scope_again" if again else "utter_out_of_scope")
        return []


class ActionFollowUp(Action):
    """Answers a message that only points at something (那下一期呢) with the action that answered last."""

    def name(self) -> str:
        """Name in the domain."""
        return names.ACTION_FOLLOW_UP

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Run the topic's action on this message."""
        turn = Turn(dispatcher, tracker, domain)
        return await guarded_action(turn.topic["action"]).guarded(turn)


class ActionRepeat(Action):
    """Says the last answer again."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Repeat what the bot said in its last turn and offer the simpler tone."""
        turn = Turn(dispatcher, tracker, domain)
        said = _last_answer(tracker)
        if not said:
            turn.say("utter_ask_capability")
            return []
        turn.say(_REPEAT_INTRO)
        for event in said:
            turn.repeat(event["text"], (event.get("data") or {}).get("buttons") or [])
        return []


class ActionStop(Action):
    """Leaves whatever was being arranged; nothing is changed."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Close the active form and forget its values."""
        stopped = bool((tracker.active_loop or {}).get("name"))
        Turn(dispatcher, tracker, domain).say("utter_stopped" if stopped else "utter_nothing_to_stop")
        return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), *(SlotSet(name, None) for name in _FORM_SLOTS)]


class ActionSwitchTone(Action):
    """Switches between the senior and the standard tone."""

    def name(self) -> str:
        """Name in the domain."""
        return names.ACTION_SWITCH_TONE

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Set the tone the customer asked for and tell the channel to show it; the rules say so in the new tone.

        A customer we know is spoken to like this everywhere from now on.
        """
        turn = Turn(dispatcher, tracker, domain)
        tone = names.TONE_SENIOR if turn.intent == "switch_senior_mode" else names.TONE_STANDARD
        turn.show({"type": "tone", "tone": tone})
        await keep_tone(turn, tone)
        return [SlotSet(names.SLOT_TONE, tone)]


def failed_before(tracker: Tracker) -> int:
    """Return how many turns right before this one ended in not understanding; asking which of two first is none."""
    failures, actions = 0, _actions_by_turn(tracker)
    for names_of_turn in reversed(actions[:-1]):
        if not {ACTION_CLARIFY, ACTION_OUT_OF_SCOPE} & names_of_turn:
            break
        failures += 1
    return failures


def _actions_by_turn(tracker: Tracker) -> list[set[str]]:
    turns: list[set[str]] = []
    understood_both = False
    for event in tracker.events:
        if event["event"] == "user":
            turns.append(set())
            understood_both = bool(_requests(event.get("parse_data") or {}))
        elif event["event"] == "action" and turns and not understood_both:
            turns[-1].add(event["name"])
    return turns


def _last_answer(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the bot's text events between the last two customer messages, without the words of a repetition."""
    said: list[dict[str, Any]] = []
    customers = 0
    for event in reversed(tracker.events):
        customers += event["event"] == "user"
        if customers == 2:
            break
        intro = (event.get("metadata") or {}).get("utter_action") == _REPEAT_INTRO
        if customers == 1 and event["event"] == "bot" and event.get("text") and not intro:
            said.append(event)
    return said[::-1]


def _requests(message: Mapping[str, Any]) -> list[str]:
    """Return the two ids of a message with two requests, or an empty list."""
    return (message.get("understanding") or {}).get("requests") or []


def _likely(turn: Turn) -> list[str]:
    if not any(character.isalnum() for character in turn.text):
        return []
    readings = (turn.message.get("understanding") or {}).get("readings") or []
    return [reading["id"] for reading in readings if reading["confidence"] >= LEAST_CONFIDENCE_OFFERED]


def _buttons(ids: list[str]) -> list[Button]:
    titled = [(name, reading_title(name)) for name in ids]
    return [{"title": title, "payload": f"/{name}"} for name, title in titled if title][:READINGS_OFFERED]
