"""Arrears and repayment records."""
from rasa_sdk.events import EventType

from dengta import clock
from dengta.backends import bills
from dengta.backends.loan import Instalment
from dengta.backends.repayment import Repayment, RepaymentStatus
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.notes import instalment_values, note_values, open_notes
from dengta.dialogue.payments import on_their_way, periods, say_on_their_way
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money
from dengta.runtime import runtime

RECORDS_SHOWN = 5


class ActionQueryOverdue(CustomerAction):
    """Says whether and how far the customer is in arrears."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_overdue"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """List every overdue instalment with its penalty interest and the sum that settles the arrears."""
        late: list[Instalment] = []
        lines: list[str] = []
        for note in await open_notes(customer_id):
            schedule = value(await runtime().backends.loan.schedule(customer_id, note.loan_no))
            overdue = bills.overdue(schedule)
            late += overdue
            lines += [
                turn.wording.phrase(
                    "utter_overdue_line", **note_values(turn, note), **instalment_values(turn, instalment)
                )
                for instalment in overdue
            ]
        as_of = turn.wording.date(clock.today())
        if late:
            paid_already = await on_their_way(customer_id, periods(late))
            turn.say("utter_overdue", as_of=as_of, lines="\n".join(lines), total=money(bills.owed(late)))
            say_on_their_way(turn, paid_already)
        else:
            turn.say("utter_overdue_none", as_of=as_of)
        return []


class ActionQueryRepaymentRecord(CustomerAction):
    """Lists what was paid lately and how many periods are done."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_repayment_record"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """List the latest repayments, newest first, and the progress of every open note."""
        repayments = value(await runtime().backends.repayment.repayments(customer_id))
        notes = {note.loan_no: note for note in value(await runtime().backends.loan.notes(customer_id))}
        if not repayments:
            turn.say("utter_records_none", as_of=turn.wording.date(clock.today()))
            return []
        lines = [
            repayment_line(turn, repayment, notes[repayment.loan_no].product_name)
            for repayment in repayments[:RECORDS_SHOWN]
        ]
        progress = [
            turn.wording.phrase("utter_progress_line", **note_values(turn, note))
            for note in notes.values()
            if note.status.is_open
        ]
        turn.say(
            "utter_records",
            as_of=turn.wording.date(clock.today()),
            lines="\n".join(lines),
            progress="\n".join(progress) or turn.wording.phrase("utter_progress_done"),
        )
        return []


def repayment_line(turn: Turn, repayment: Repayment, product: str) -> str:
    """Return one repayment as a line."""
    response = "utter_record_line" if repayment.status is RepaymentStatus.POSTED else "utter_record_line_processing"
    if repayment.status is RepaymentStatus.REFUNDED:
        response = "utter_record_line_refunded"
    return turn.wording.phrase(
        response,
        paid_at=turn.wording.moment(repayment.paid_at),
        amount=money(repayment.amount),
        kind=turn.wording.phrase(f"utter_kind_{repayment.kind.value}"),
        product=product,
        period=turn.wording.phrase("utter_period", period=repayment.period) if repayment.period else "",
        bank=repayment.bank,
        card_tail=repayment.card_tail,
    )
