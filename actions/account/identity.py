"""Who is asking: phone and one-time code."""
import re
from typing import Any, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction
from rasa_sdk.types import DomainDict

from dengta.backends.customer import Customer
from dengta.backends.outcomes import Found, NotFound
from dengta.conversation.identity import CodeExpired, CodeNotSent, Known, Locked, TooManyCodes, WrongCode
from dengta.database import DatabaseUnavailable
from dengta.dialogue.customer_action import GuardedAction, value
from dengta.dialogue.names import INTENT_AFFIRM, SLOT_ONE_TIME_CODE, SLOT_PHONE
from dengta.dialogue.tone import load_tone
from dengta.dialogue.turn import Turn
from dengta.runtime import runtime

RESEND = "resend"
GIVEN = "given"
_RESEND = re.compile(r"重新?发|再发|重新获取|没收到|收不到|没有收到")
_CODE = re.compile(r"(?<!\d)(\d[\s-]?){4,8}(?!\d)")
_MOBILE = re.compile(r"1[3-9]\d{9}")


class ValidateIdentityForm(FormValidationAction):
    """Sends the code once a phone is given and checks the code; the database, not the slots, knows who is verified."""

    def name(self) -> str:
        """Name Rasa derives from the form."""
        return "validate_identity_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[str]:
        """Ask for nothing once verified or locked, and for the code only while one is on its way."""
        try:
            standing = await runtime().identity.standing(tracker.sender_id)
        except DatabaseUnavailable:
            return domain_slots
        if isinstance(standing, Locked) or (isinstance(standing, Known) and standing.fresh):
            return []
        return [SLOT_ONE_TIME_CODE] if isinstance(standing, Known) else [SLOT_PHONE, SLOT_ONE_TIME_CODE]

    async def extract_phone(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the digits typed where a phone was asked for, or a new phone where the code is."""
        turn = Turn(dispatcher, tracker, domain)
        if phone := turn.entity("phone"):
            return {SLOT_PHONE: phone}
        typed = re.sub(r"[\s-]", "", turn.text)
        asked = tracker.get_slot(REQUESTED_SLOT) == SLOT_PHONE
        return {SLOT_PHONE: typed} if asked and typed.isdigit() else {}

    async def validate_phone(
        self, phone: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Send a code to the phone; the slot only remembers that one was given."""
        turn = Turn(dispatcher, tracker, domain)
        if phone == GIVEN:
            return {SLOT_PHONE: GIVEN}
        if not _MOBILE.fullmatch(str(phone)):
            turn.say("utter_phone_malformed")
            return {SLOT_PHONE: None}
        outcome = await runtime().backends.customer.by_phone(str(phone))
        if not isinstance(outcome, (Found, NotFound)):
            turn.say("utter_system_unavailable")
            return {SLOT_PHONE: None}
        customer = outcome.value if isinstance(outcome, Found) else None
        try:
            sent = await _send_code(turn, str(phone), customer)
        except DatabaseUnavailable:
            turn.say("utter_system_unavailable")
            sent = False
        return {SLOT_PHONE: GIVEN if sent else None, SLOT_ONE_TIME_CODE: None}

    async def extract_one_time_code(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the code typed, or the wish for a new one."""
        turn = Turn(dispatcher, tracker, domain)
        if tracker.get_slot(REQUESTED_SLOT) != SLOT_ONE_TIME_CODE or turn.entity("phone"):
            return {}
        if _RESEND.search(turn.text) or turn.intent == INTENT_AFFIRM:
            return {SLOT_ONE_TIME_CODE: RESEND}
        match = _CODE.search(turn.text)
        return {SLOT_ONE_TIME_CODE: re.sub(r"\D", "", match[0])} if match else {}

    async def validate_one_time_code(
        self, code: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Check the code; say how many tries are left when it is wrong. Asking for it again tells of an outage.

        The right code also brings back the tone this customer chose, here or on another channel.
        """
        turn = Turn(dispatcher, tracker, domain)
        if code is None or code == GIVEN:
            return {SLOT_ONE_TIME_CODE: code}
        try:
            if code == RESEND:
                return await _resend(turn)
            result = await runtime().identity.check_code(turn.conversation_id, str(code))
        except DatabaseUnavailable:
            return {SLOT_ONE_TIME_CODE: None}
        if isinstance(result, Known):
            turn.say("utter_identity_verified")
            return {SLOT_ONE_TIME_CODE: GIVEN, **await load_tone(turn, result.customer_id)}
        if isinstance(result, WrongCode):
            turn.say("utter_code_wrong", remaining=result.remaining)
        elif isinstance(result, CodeExpired):
            turn.say("utter_code_expired")
            return {SLOT_ONE_TIME_CODE: None, SLOT_PHONE: None}
        return {SLOT_ONE_TIME_CODE: None}


class ActionAskIdentityFormOneTimeCode(GuardedAction):
    """Asks for the code; a customer known from before is sent one here."""

    def name(self) -> str:
        """Name Rasa derives from form and slot."""
        return "action_ask_identity_form_one_time_code"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Send a code if none is on its way, then ask for it."""
        identity = runtime().identity
        standing = await identity.standing(turn.conversation_id)
        if isinstance(standing, Known) and not await identity.pending(turn.conversation_id):
            customer = value(await runtime().backends.customer.get(standing.customer_id))
            await _send_code(turn, customer.phone, customer)
        turn.say("utter_ask_code")
        return []


async def _resend(turn: Turn) -> dict[str, Any]:
    """Send another code to a known customer; a stranger's phone is not kept, so it is asked for again."""
    standing = await runtime().identity.standing(turn.conversation_id)
    if not isinstance(standing, Known):
        turn.say("utter_phone_again")
        return {SLOT_PHONE: None, SLOT_ONE_TIME_CODE: None}
    outcome = await runtime().backends.customer.get(standing.customer_id)
    if isinstance(outcome, Found):
        await _send_code(turn, outcome.value.phone, outcome.value)
    else:
        turn.say("utter_system_unavailable")
    return {SLOT_ONE_TIME_CODE: None}


async def _send_code(turn: Turn, phone: str, customer: Optional[Customer]) -> bool:
    """Send a code and say so; tell an unregistered phone the same. Return whether a code can now be entered."""
    try:
        sent = await runtime().identity.send_code(
            turn.conversation_id, phone, customer.customer_id if customer else None
        )
    except CodeNotSent:
        turn.say("utter_system_unavailable")
        return False
    if isinstance(sent, TooManyCodes):
        turn.say("utter_code_too_many")
        return False
    if isinstance(sent, Locked):
        turn.say("utter_identity_locked", until=turn.wording.moment(sent.until))
        return False
    turn.say("utter_code_sent", phone=f"{phone[:3]}****{phone[-4:]}")
    return True
