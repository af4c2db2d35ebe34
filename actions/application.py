"""Applications and payouts."""
from typing import Any

from rasa_sdk.events import EventType

from dengta import clock
from dengta.backends.application import Application, Disbursement
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money
from dengta.runtime import runtime


class ActionQueryApplicationStatus(CustomerAction):
    """Says how far the latest application has come."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_application_status"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """State the latest application's state with its dates, or that there is none."""
        applications = value(await runtime().backends.application.applications(customer_id))
        as_of = turn.wording.date(clock.today())
        if not applications:
            turn.say("utter_application_none", as_of=as_of)
            return []
        latest = applications[0]
        turn.say(f"utter_application_{latest.status.value}", as_of=as_of, **_application_values(turn, latest))
        return []


class ActionQueryDisbursement(CustomerAction):
    """Says where the money of the latest payout is."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_disbursement"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """State the latest payout's state, account and time, or that there is none."""
        payouts = value(await runtime().backends.application.disbursements(customer_id))
        as_of = turn.wording.date(clock.today())
        if not payouts:
            turn.say("utter_disbursement_none", as_of=as_of)
            return []
        latest = payouts[0]
        turn.say(f"utter_disbursement_{latest.status.value}", as_of=as_of, **_payout_values(turn, latest))
        return []


def _application_values(turn: Turn, application: Application) -> dict[str, Any]:
    wording = turn.wording
    return {
        "application_no": application.application_no,
        "product": application.product_name,
        "amount": money(application.amount),
        "periods": str(application.periods),
        "submitted_at": wording.moment(application.submitted_at),
        "expected_by": wording.moment(application.expected_by) if application.expected_by else "",
        "decided_at": wording.moment(application.decided_at) if application.decided_at else "",
        "reason": wording.phrase(f"utter_rejection_{application.rejection_reason}")
        if application.rejection_reason
        else "",
        "reapply_after": wording.date(application.reapply_after) if application.reapply_after else "",
    }


def _payout_values(turn: Turn, payout: Disbursement) -> dict[str, Any]:
    wording = turn.wording
    return {
        "amount": money(payout.amount),
        "bank": payout.bank,
        "card_tail": payout.card_tail,
        "submitted_at": wording.moment(payout.submitted_at),
        "expected_by": wording.moment(payout.expected_by) if payout.expected_by else "",
        "completed_at": wording.moment(payout.completed_at) if payout.completed_at else "",
        "reason": wording.phrase(f"utter_payout_{payout.failure_reason}") if payout.failure_reason else "",
    }
