"""Repayments put into words, above all those the books do not show yet, so that nobody pays twice."""
from typing import Any, Iterable

from dengta import clock
from dengta.backends.loan import Instalment
from dengta.backends.repayment import Repayment, RepaymentStatus
from dengta.dialogue.customer_action import value
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money
from dengta.runtime import runtime


async def on_their_way(customer_id: str, periods: Iterable[tuple[str, int]]) -> list[Repayment]:
    """Return the repayments of these (loan number, period) that were received and are not posted yet.

    Raises:
        Outage: the repayment backend did not answer.
    """
    asked = set(periods)
    repayments = value(await runtime().backends.repayment.repayments(customer_id))
    return [r for r in repayments if r.status is RepaymentStatus.PROCESSING and (r.loan_no, r.period) in asked]


def say_on_their_way(turn: Turn, repayments: Iterable[Repayment]) -> None:
    """Say that these payments arrived and when the books will show them."""
    for repayment in repayments:
        turn.say("utter_missing_processing", **repayment_values(turn, repayment))


def periods(instalments: Iterable[Instalment]) -> list[tuple[str, int]]:
    """Return what identifies instalments: loan number and period."""
    return [(instalment.loan_no, instalment.period) for instalment in instalments]


def repayment_values(turn: Turn, repayment: Repayment) -> dict[str, Any]:
    """Return what responses may say of a repayment."""
    return {
        "as_of": turn.wording.date(clock.today()),
        "paid_at": turn.wording.moment(repayment.paid_at),
        "amount": money(repayment.amount),
        "bank": repayment.bank,
        "card_tail": repayment.card_tail,
        "posts_by": turn.wording.moment(repayment.posts_by) if repayment.posts_by else "",
    }
