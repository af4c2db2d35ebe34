"""Credit limit."""
from typing import Any

from rasa_sdk.events import EventType

from dengta import clock
from dengta.backends.limit import CreditLimit, LimitStatus
from dengta.backends.outcomes import NotFound
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money, percent
from dengta.runtime import runtime


class ActionQueryCreditLimit(CustomerAction):
    """Says how much can be borrowed, and what changed when something did."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_credit_limit"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """State total, used and available with the date, or that there is no limit."""
        outcome = await runtime().backends.limit.limit(customer_id)
        as_of = turn.wording.date(clock.today())
        if isinstance(outcome, NotFound):
            turn.say("utter_limit_none", as_of=as_of)
            return []
        limit = value(outcome)
        used_up = limit.status is LimitStatus.ACTIVE and limit.available < limit.single_min
        response = "utter_limit_used_up" if used_up else f"utter_limit_{limit.status.value}"
        turn.say(response, as_of=as_of, **_values(turn, limit))
        return []


def _values(turn: Turn, limit: CreditLimit) -> dict[str, Any]:
    return {
        "product": limit.product_name,
        "total": money(limit.total),
        "used": money(limit.used),
        "available": money(limit.available),
        "single_min": money(limit.single_min),
        "single_max": money(min(limit.single_max, limit.available)),
        "rate": percent(limit.annual_rate),
        "valid_until": turn.wording.date(limit.valid_until),
        "previous_total": money(limit.previous_total) if limit.previous_total is not None else "",
        "changed_on": turn.wording.date(limit.changed_on) if limit.changed_on else "",
        "reason": turn.wording.phrase(f"utter_limit_reason_{limit.change_reason}") if limit.change_reason else "",
    }
