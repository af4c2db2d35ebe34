"""How loan notes and instalments are put into words and buttons."""
import json
from typing import Any, Optional, Sequence, Union

from dengta import clock
from dengta.backends.loan import Instalment, LoanNote
from dengta.dialogue.customer_action import value
from dengta.dialogue.matching import Match, One, Several, Unknown, match_note
from dengta.dialogue.turn import Button, Turn
from dengta.dialogue.wording import money, percent
from dengta.runtime import runtime


async def open_notes(customer_id: str) -> tuple[LoanNote, ...]:
    """Return the customer's notes on which something is owed, in the order customers see them.

    Raises:
        Outage: the loan backend did not answer.
    """
    notes = value(await runtime().backends.loan.notes(customer_id))
    return tuple(note for note in notes if note.status.is_open)


def note_meant(turn: Turn, notes: Sequence[LoanNote], remembered: str = "") -> Match:
    """Return which of the notes the message means; `remembered` is the loan number talked about last."""
    return match_note(
        notes,
        turn.reference,
        loan_numbers=turn.entities("order_no"),
        products=turn.entities("product"),
        tails=turn.entities("card_tail"),
        remembered=remembered,
    )


async def notes_asked_about(
    turn: Turn, customer_id: str, intent: str, remembered: str = ""
) -> Optional[tuple[Sequence[LoanNote], Union[One, Several]]]:
    """Return the open notes and which of them the message means; None once the customer was told there is none.

    A loan number that is not the customer's is answered with buttons that ask `intent` about each note.

    Raises:
        Outage: the loan backend did not answer.
    """
    notes = await open_notes(customer_id)
    if not notes:
        turn.say("utter_bill_none", as_of=turn.wording.date(clock.today()))
        return None
    match = note_meant(turn, notes, remembered)
    if isinstance(match, Unknown):
        turn.say("utter_note_unknown", buttons=note_buttons(turn, notes, intent))
        return None
    return notes, match


def note_values(turn: Turn, note: LoanNote) -> dict[str, Any]:
    """Return what responses may say of a note."""
    return {
        "product": note.product_name,
        "loan_no": note.loan_no,
        "loan_tail": note.loan_no[-4:],
        "principal": money(note.principal),
        "outstanding_principal": money(note.outstanding_principal),
        "rate": percent(note.annualised_cost),
        "periods": note.periods,
        "paid_periods": note.paid_periods,
        "start_date": turn.wording.date(note.start_date),
        "bank": note.repayment_bank,
        "card_tail": note.repayment_card_tail,
        "as_of": turn.wording.date(clock.today()),
    }


def instalment_values(turn: Turn, instalment: Instalment) -> dict[str, Any]:
    """Return what responses may say of an instalment."""
    return {
        "period": instalment.period,
        "due": money(instalment.due),
        "outstanding": money(instalment.outstanding),
        "paid": money(instalment.paid),
        "due_date": turn.wording.date(instalment.due_date),
        "overdue_days": instalment.overdue_days,
        "breakdown": breakdown(turn, instalment),
    }


def breakdown(turn: Turn, instalment: Instalment) -> str:
    """Return the parts of an instalment that are not zero."""
    amounts = {name: getattr(instalment, name) for name in ("principal", "interest", "fee", "penalty", "paid")}
    parts = [turn.wording.phrase(f"utter_part_{name}", amount=money(a)) for name, a in amounts.items() if a]
    return turn.wording.phrase("utter_separator").join(parts)


def note_buttons(
    turn: Turn, notes: Sequence[LoanNote], intent: str, without: Optional[LoanNote] = None
) -> list[Button]:
    """Return one button per note, each asking the same question about that note only."""
    return [
        {
            "title": turn.wording.phrase("utter_button_note", position=position, product=note.product_name),
            "payload": f"/{intent}{json.dumps({'order_no': note.loan_no})}",
        }
        for position, note in enumerate(notes, start=1)
        if note != without
    ]
