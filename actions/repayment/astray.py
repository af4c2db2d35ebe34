"""Money that went astray: paid but not shown, taken twice, or not taken at all."""
from typing import Sequence

from rasa_sdk.events import EventType

from dengta import clock
from dengta.backends.loan import InstalmentStatus
from dengta.backends.repayment import DebitAttempt, RepaymentStatus
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.notes import open_notes
from dengta.dialogue.payments import on_their_way, repayment_values, say_on_their_way
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money
from dengta.runtime import runtime


class ActionReportRepaymentMissing(CustomerAction):
    """Compares what the customer says was paid with what was received."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_report_repayment_missing"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Say what the books show: money on its way, taken twice, given back or posted, or none at all."""
        repayments = value(await runtime().backends.repayment.repayments(customer_id))
        double = next((r for r in repayments if r.duplicate_of and r.status is not RepaymentStatus.REFUNDED), None)
        on_its_way = next((r for r in repayments if r.status is RepaymentStatus.PROCESSING), None)
        if on_its_way:
            turn.say("utter_missing_processing", **repayment_values(turn, on_its_way))
        elif double:
            first = next(r for r in repayments if r.repayment_no == double.duplicate_of)
            values = repayment_values(turn, double)
            turn.say("utter_missing_double", first_paid_at=turn.wording.moment(first.paid_at), **values)
        elif repayments:
            latest = repayments[0]
            refunded = latest.status is RepaymentStatus.REFUNDED
            turn.say("utter_missing_refunded" if refunded else "utter_missing_posted", **repayment_values(turn, latest))
        else:
            turn.say("utter_missing_none", as_of=turn.wording.date(clock.today()))
        return []


class ActionReportDebitFailure(CustomerAction):
    """Says why the last debit failed and what happens next."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_report_debit_failure"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Explain the latest failed debit of a period that is still owed, unless it was paid since."""
        attempts = value(await runtime().backends.repayment.debit_attempts(customer_id))
        failed = await _latest_unresolved(customer_id, attempts)
        if failed is None:
            turn.say("utter_debit_no_failure", as_of=turn.wording.date(clock.today()))
            return []
        if paid_since := await on_their_way(customer_id, [(failed.loan_no, failed.period)]):
            say_on_their_way(turn, paid_since)
            return []
        turn.say(
            "utter_debit_failed" if failed.next_attempt_at else "utter_debit_failed_last",
            attempted_at=turn.wording.moment(failed.attempted_at),
            amount=money(failed.amount),
            bank=failed.bank,
            card_tail=failed.card_tail,
            reason=turn.wording.phrase(f"utter_debit_reason_{failed.failure_reason}"),
            next_attempt=turn.wording.moment(failed.next_attempt_at) if failed.next_attempt_at else "",
        )
        return []


async def _latest_unresolved(customer_id: str, attempts: Sequence[DebitAttempt]) -> DebitAttempt | None:
    """Return the newest failed attempt for a period that is still owed; `attempts` are newest first."""
    owed = set()
    for note in await open_notes(customer_id):
        schedule = value(await runtime().backends.loan.schedule(customer_id, note.loan_no))
        owed |= {(i.loan_no, i.period) for i in schedule if i.status is not InstalmentStatus.PAID}
    return next((a for a in attempts if not a.succeeded and (a.loan_no, a.period) in owed), None)
