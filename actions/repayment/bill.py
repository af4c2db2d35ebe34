"""What is owed and when: bills and due dates of one note or of all."""
import re
from typing import Any, Mapping, Optional, Sequence

from rasa_sdk.events import EventType

from dengta import clock
from dengta.backends import bills
from dengta.backends.loan import Instalment, InstalmentStatus, LoanNote
from dengta.dialogue.customer_action import CustomerAction, value
from dengta.dialogue.matching import One
from dengta.dialogue.notes import instalment_values, note_buttons, note_values, notes_asked_about
from dengta.dialogue.payments import on_their_way, periods, say_on_their_way
from dengta.dialogue.references import is_elliptical
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money
from dengta.runtime import runtime

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")


class ActionQueryBill(CustomerAction):
    """Says what is owed for a period, and why it is that much."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_bill"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Show one note's instalment, or all notes with a total when it is open which one is meant."""
        asked = await notes_asked_about(turn, customer_id, "query_bill", _remembered(turn).get("loan_no") or "")
        if asked is None:
            return []
        notes, match = asked
        if isinstance(match, One):
            return await self._one(turn, customer_id, notes, match.note)
        await self._all(turn, customer_id, notes)
        return []

    async def _one(
        self, turn: Turn, customer_id: str, notes: Sequence[LoanNote], note: LoanNote
    ) -> list[EventType]:
        schedule = value(await runtime().backends.loan.schedule(customer_id, note.loan_no))
        instalment = _meant(turn, schedule, note)
        if instalment is None:
            turn.say("utter_bill_no_such_period", **note_values(turn, note))
            return [turn.about(self.name(), note.loan_no)]
        others = [other for other in notes if other.loan_no != note.loan_no]
        paid_already = await on_their_way(customer_id, periods([instalment]))
        if not others:
            _say_if_month_is_clear(turn, [instalment])
        turn.say(
            _bill_response(turn, instalment),
            buttons=note_buttons(turn, notes, "query_bill", without=note) if others else [],
            **note_values(turn, note),
            **instalment_values(turn, instalment),
        )
        say_on_their_way(turn, paid_already)
        return [turn.about(self.name(), note.loan_no, instalment.period)]

    async def _all(self, turn: Turn, customer_id: str, notes: Sequence[LoanNote]) -> None:
        lines, shown = [], []
        for position, note in enumerate(notes, start=1):
            schedule = value(await runtime().backends.loan.schedule(customer_id, note.loan_no))
            instalment = _meant(turn, schedule, note)
            if instalment is None:
                continue
            shown.append(instalment)
            lines.append(_line(turn, position, note, instalment))
        if not lines:
            turn.say("utter_bill_no_such_period_anywhere", buttons=note_buttons(turn, notes, "query_bill"))
            return
        paid_already = await on_their_way(customer_id, periods(shown))
        _say_if_month_is_clear(turn, shown)
        turn.say(
            "utter_bill_list",
            buttons=note_buttons(turn, notes, "query_bill"),
            as_of=turn.wording.date(clock.today()),
            count=len(lines),
            lines="\n".join(lines),
            total=money(bills.owed(shown)),
        )
        say_on_their_way(turn, paid_already)


class ActionQueryDueDate(CustomerAction):
    """Says on which day each note is due next."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_query_due_date"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """List the next due date of the note meant, or of every open note."""
        asked = await notes_asked_about(turn, customer_id, "query_due_date", _remembered(turn).get("loan_no") or "")
        if asked is None:
            return []
        notes, match = asked
        chosen = [match.note] if isinstance(match, One) else notes
        lines = []
        for note in chosen:
            schedule = value(await runtime().backends.loan.schedule(customer_id, note.loan_no))
            instalment = _meant(turn, schedule, note)
            if instalment is not None:
                response = "utter_due_line_overdue" if instalment.overdue_days else "utter_due_line"
                lines.append(
                    turn.wording.phrase(
                        response,
                        position=notes.index(note) + 1,
                        **note_values(turn, note),
                        **instalment_values(turn, instalment),
                    )
                )
        if not lines:
            turn.say("utter_bill_no_such_period_anywhere", buttons=note_buttons(turn, notes, "query_due_date"))
            return []
        turn.say("utter_due_dates", as_of=turn.wording.date(clock.today()), lines="\n".join(lines))
        return [turn.about(self.name(), chosen[0].loan_no if len(chosen) == 1 else None)]


def _remembered(turn: Turn) -> Mapping[str, Any]:
    """Return the last topic if the message continues it; a full question about a month stands for itself."""
    reference = turn.reference
    continues = bool(reference) and not reference.by_month and reference.period_shift != 0
    return turn.topic if continues or reference.why or is_elliptical(turn.text) else {}


def _meant(turn: Turn, schedule: Sequence[Instalment], note: LoanNote) -> Optional[Instalment]:
    reference, current, topic = turn.reference, bills.current(schedule), _remembered(turn)
    shown = topic.get("period") if topic.get("loan_no") == note.loan_no else None
    if reference.period is not None:
        return bills.numbered(schedule, reference.period)
    if months := _months_ahead(turn):
        return bills.in_month(schedule, clock.today(), months)
    if reference.period_shift and current is not None:
        if reference.by_month and shown is None:
            return bills.in_month(schedule, clock.today(), reference.period_shift)
        return bills.numbered(schedule, (shown or current.period) + reference.period_shift)
    if reference.why and shown is not None:
        return bills.numbered(schedule, shown)
    return current


def _months_ahead(turn: Turn) -> int:
    """Return how far ahead of this month the month is whose bill the message names; 0 if it names none."""
    for day in turn.entities("date"):
        if named := _MONTH.fullmatch(day or ""):
            today = clock.today()
            return (int(named["year"]) - today.year) * 12 + int(named["month"]) - today.month
    return 0


def _say_if_month_is_clear(turn: Turn, instalments: Sequence[Instalment]) -> None:
    """Say so first when a question about this month is answered with instalments of a later one."""
    this_month = turn.reference.by_month and turn.reference.period_shift == 0
    if this_month and all(bills.is_after_month(instalment, clock.today()) for instalment in instalments):
        turn.say("utter_bill_month_clear")


def _bill_response(turn: Turn, instalment: Instalment) -> str:
    if turn.reference.why:
        return "utter_bill_why"
    if instalment.status is InstalmentStatus.PAID:
        return "utter_bill_paid"
    return "utter_bill_overdue" if instalment.status is InstalmentStatus.OVERDUE else "utter_bill_one"


def _line(turn: Turn, position: int, note: LoanNote, instalment: Instalment) -> str:
    response = {
        InstalmentStatus.OVERDUE: "utter_bill_line_overdue",
        InstalmentStatus.PAID: "utter_bill_line_paid",
        InstalmentStatus.PENDING: "utter_bill_line",
    }[instalment.status]
    values = {**note_values(turn, note), **instalment_values(turn, instalment)}
    return turn.wording.phrase(response, position=position, **values)
