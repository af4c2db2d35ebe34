"""Coupons: what the customer holds, and turning a redeem code into one."""
import hashlib
import re
from typing import Any, Union

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction
from rasa_sdk.types import DomainDict

from dengta import clock
from dengta.backends.codes import is_redeem_code
from dengta.backends.coupon import Coupon, CouponKind, CouponStatus, RedeemOffer
from dengta.backends.outcomes import Denied, Found, NotFound
from dengta.database import DatabaseUnavailable
from dengta.dialogue.confirmation import read_confirmation
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.names import REDEEM_FORM, SLOT_REDEEM_CODE, SLOT_REDEEM_CONFIRMED
from dengta.dialogue.turn import Turn
from dengta.dialogue.verified import verified_customer
from dengta.dialogue.wording import money
from dengta.runtime import runtime

_TOLD = ("already_redeemed", "code_expired", "not_for_you")
_LIKE_A_CODE = re.compile(r"[A-Z\d -]{4,20}")


class ActionQueryCoupons(CustomerAction):
    """Lists coupons: usable ones with their terms, the others with the reason."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_coupons"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """List what the customer holds on the business date."""
        coupons = value(await runtime().backends.coupon.coupons(customer_id))
        usable = [c for c in coupons if c.status is CouponStatus.USABLE]
        others = [c for c in coupons if c.status in (CouponStatus.UNQUALIFIED, CouponStatus.EXPIRED)]
        response = "utter_coupons" if usable else "utter_coupons_none_usable" if others else "utter_coupons_none"
        turn.say(
            response,
            as_of=turn.wording.date(clock.today()),
            count=len(usable),
            lines="\n".join(_coupon_line(turn, coupon) for coupon in [*usable, *others]),
        )
        return []


class ActionStartRedeem(CustomerAction):
    """Opens the redeem form, with the code if the message holds one."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_start_redeem"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Go on with the form; a code that waits for a yes stays until another one is named."""
        return [
            SlotSet(REQUESTED_SLOT, None),
            SlotSet(SLOT_REDEEM_CODE, _code_in(turn) or turn.tracker.get_slot(SLOT_REDEEM_CODE)),
            SlotSet(SLOT_REDEEM_CONFIRMED, None),
            FollowupAction(REDEEM_FORM),
        ]


class ValidateRedeemForm(FormValidationAction):
    """Checks the code before anything is asked to be confirmed."""

    def name(self) -> str:
        """Name Rasa derives from the form."""
        return "validate_redeem_form"

    async def extract_redeem_code(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the code typed; another code later on replaces the first."""
        turn = Turn(dispatcher, tracker, domain)
        if code := _code_in(turn):
            return {SLOT_REDEEM_CODE: code, SLOT_REDEEM_CONFIRMED: None}
        asked = tracker.get_slot(REQUESTED_SLOT) == SLOT_REDEEM_CODE
        typed = turn.text.strip().upper()
        return {SLOT_REDEEM_CODE: typed} if asked and _LIKE_A_CODE.fullmatch(typed) else {}

    async def validate_redeem_code(
        self, code: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Keep a code that can be redeemed; say what is wrong with any other."""
        turn = Turn(dispatcher, tracker, domain)
        if code is None:
            return {SLOT_REDEEM_CODE: None}
        problem = await _problem(turn, str(code))
        if problem is None:
            return {SLOT_REDEEM_CODE: code}
        turn.say(problem, code=code)
        return {SLOT_REDEEM_CODE: None}

    async def extract_redeem_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return a yes or no, unless the same message names another code."""
        turn = Turn(dispatcher, tracker, domain)
        return {} if _code_in(turn) else read_confirmation(turn, SLOT_REDEEM_CONFIRMED)


class ActionAskRedeemFormRedeemConfirmed(CustomerAction):
    """Says what the code gives and asks for a yes."""

    def name(self) -> str:
        """Name Rasa derives from form and slot."""
        return "action_ask_redeem_form_redeem_confirmed"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Repeat code, coupon, terms and last day."""
        code = turn.tracker.get_slot(SLOT_REDEEM_CODE)
        offer = value(await runtime().backends.coupon.preview_redeem(customer_id, code))
        turn.say(
            "utter_redeem_offer",
            code=offer.code,
            coupon=offer.coupon_name,
            benefit=_benefit(turn, offer),
            terms=_terms(turn, offer),
            valid_until=turn.wording.date(offer.valid_until),
        )
        return []


class ActionRedeem(CustomerAction):
    """Redeems the code after a yes."""

    changes_records = True
    when_down = "utter_change_unconfirmed"

    def name(self) -> str:
        """Name in the domain."""
        return "action_redeem"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Redeem once; a repetition of the same confirmed code changes nothing more."""
        code, confirmed = turn.tracker.get_slot(SLOT_REDEEM_CODE), turn.tracker.get_slot(SLOT_REDEEM_CONFIRMED)
        cleared = [SlotSet(SLOT_REDEEM_CODE, None), SlotSet(SLOT_REDEEM_CONFIRMED, None)]
        if confirmed is None:
            return cleared
        if not confirmed:
            turn.say("utter_redeem_cancelled")
            return cleared
        key = hashlib.sha256(f"redeem|{turn.conversation_id}|{code}".encode()).hexdigest()
        outcome = await runtime().backends.coupon.redeem(customer_id, code, key)
        if isinstance(outcome, Denied) and outcome.reason in _TOLD:
            turn.say(f"utter_redeem_denied_{outcome.reason}", code=code)
            return cleared
        coupon = value(outcome)
        turn.say(
            "utter_redeem_done",
            coupon=coupon.name,
            benefit=_benefit(turn, coupon),
            terms=_terms(turn, coupon),
            valid_until=turn.wording.date(coupon.valid_until),
        )
        return cleared


def _code_in(turn: Turn) -> str | None:
    return next((code for code in turn.entities("order_no") if str(code).startswith("LB")), None)


async def _problem(turn: Turn, code: str) -> str | None:
    """Return the response that says why a code cannot be redeemed, or None if it can."""
    if not is_redeem_code(code):
        return "utter_redeem_typo"
    try:
        customer_id = await verified_customer(turn)
    except DatabaseUnavailable:
        return "utter_system_unavailable"
    if customer_id is None:
        return "utter_identity_needed"
    outcome = await runtime().backends.coupon.preview_redeem(customer_id, code)
    if isinstance(outcome, Found):
        return None
    if isinstance(outcome, NotFound):
        return "utter_redeem_unknown"
    if isinstance(outcome, Denied) and outcome.reason in _TOLD:
        return f"utter_redeem_denied_{outcome.reason}"
    return "utter_system_unavailable"


def _coupon_line(turn: Turn, coupon: Coupon) -> str:
    reason = coupon.unqualified_reason
    return turn.wording.phrase(
        f"utter_coupon_line_{coupon.status.value}",
        coupon=coupon.name,
        benefit=_benefit(turn, coupon),
        terms=_terms(turn, coupon),
        valid_until=turn.wording.date(coupon.valid_until),
        reason=turn.wording.phrase(f"utter_unqualified_{reason}") if reason else "",
    )


def _benefit(turn: Turn, coupon: Union[Coupon, RedeemOffer]) -> str:
    amounts = {
        CouponKind.INTEREST_FREE_DAYS: f"{coupon.value:.0f}",
        CouponKind.INTEREST_DISCOUNT: f"{coupon.value:.0%}",
        CouponKind.CASH_OFF: money(coupon.value),
    }
    return turn.wording.phrase(f"utter_benefit_{coupon.kind.value}", value=amounts[coupon.kind])


def _terms(turn: Turn, coupon: Union[Coupon, RedeemOffer]) -> str:
    parts = []
    if coupon.min_amount:
        parts.append(turn.wording.phrase("utter_term_min_amount", amount=money(coupon.min_amount)))
    if coupon.min_periods > 1:
        parts.append(turn.wording.phrase("utter_term_min_periods", periods=coupon.min_periods))
    return turn.wording.phrase("utter_separator").join(parts) or turn.wording.phrase("utter_term_none")
