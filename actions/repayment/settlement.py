"""Early settlement: quote, a confirmation that repeats the figures, and the payment itself."""
import hashlib
from decimal import Decimal
from typing import Any, TypeGuard, TypeVar

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction
from rasa_sdk.types import DomainDict

from dengta import clock
from dengta.backends.loan import LoanNote
from dengta.backends.outcomes import Denied, Outcome
from dengta.backends.repayment import SettlementQuote
from dengta.database import DatabaseUnavailable
from dengta.dialogue.confirmation import read_confirmation
from dengta.dialogue.customer_action import CustomerAction, Outage, value
from dengta.dialogue.matching import Match, One, Unknown
from dengta.dialogue.names import (
    SETTLEMENT_FORM,
    SLOT_LOAN_NO,
    SLOT_SETTLEMENT_CONFIRMED,
    SLOT_SETTLEMENT_TOTAL,
)
from dengta.dialogue.notes import note_buttons, note_meant, note_values, notes_asked_about, open_notes
from dengta.dialogue.turn import Turn
from dengta.dialogue.verified import verified_customer
from dengta.dialogue.wording import money
from dengta.runtime import runtime

T = TypeVar("T")
_TOLD = ("already_settled", "processing", "in_review")


class ActionStartSettlement(CustomerAction):
    """Opens the settlement form for the note meant, or lets it ask which one."""

    introduction = "utter_settlement_rules"

    def name(self) -> str:
        """Name in the domain."""
        return "action_start_settlement"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Say that nothing is owed, or go on with the form."""
        asked = await notes_asked_about(turn, customer_id, "request_early_settlement")
        if asked is None:
            return []
        _, match = asked
        loan_no = match.note.loan_no if isinstance(match, One) else None
        return [
            SlotSet(SLOT_LOAN_NO, loan_no),
            SlotSet(SLOT_SETTLEMENT_TOTAL, None),
            SlotSet(SLOT_SETTLEMENT_CONFIRMED, None),
            FollowupAction(SETTLEMENT_FORM),
        ]


class ActionAskSettlementFormLoanNo(CustomerAction):
    """Asks which note is to be settled."""

    def name(self) -> str:
        """Name Rasa derives from form and slot."""
        return "action_ask_settlement_form_loan_no"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """List the open notes with what is still owed on each."""
        notes = await open_notes(customer_id)
        lines = [
            turn.wording.phrase("utter_settlement_choice_line", position=position, **note_values(turn, note))
            for position, note in enumerate(notes, start=1)
        ]
        turn.say(
            "utter_settlement_which",
            buttons=note_buttons(turn, notes, "request_early_settlement"),
            lines="\n".join(lines),
        )
        return []


class ActionAskSettlementFormSettlementConfirmed(CustomerAction):
    """Quotes the settlement and asks for a yes."""

    def name(self) -> str:
        """Name Rasa derives from form and slot."""
        return "action_ask_settlement_form_settlement_confirmed"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """State every part of today's settlement sum; remember the sum the customer is asked to confirm."""
        loan_no = turn.tracker.get_slot(SLOT_LOAN_NO)
        note = await _note(customer_id, loan_no)
        outcome = await runtime().backends.repayment.quote_settlement(customer_id, loan_no, clock.today())
        if _is_told(outcome):
            turn.say(f"utter_settlement_denied_{outcome.reason}", **note_values(turn, note))
            return [SlotSet(SLOT_LOAN_NO, None), SlotSet(REQUESTED_SLOT, None), ActiveLoop(None)]
        quote = value(outcome)
        turn.say("utter_settlement_quote", **{**note_values(turn, note), **_quote_values(quote)})
        return [
            SlotSet(SLOT_SETTLEMENT_TOTAL, str(quote.total)),
            turn.about("action_start_settlement", loan_no),
        ]


class ValidateSettlementForm(FormValidationAction):
    """Reads which note is meant and whether the figures were confirmed; a correction quotes again."""

    def name(self) -> str:
        """Name Rasa derives from the form."""
        return "validate_settlement_form"

    async def extract_loan_no(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the loan number pointed at, also as a correction after the quote."""
        turn, chosen = Turn(dispatcher, tracker, domain), tracker.get_slot(SLOT_LOAN_NO)
        try:
            match = await _match(turn, chosen or "")
        except (Outage, DatabaseUnavailable):
            return {SLOT_LOAN_NO: chosen}
        if isinstance(match, Unknown):
            turn.say("utter_note_unknown")
            return {SLOT_LOAN_NO: chosen}
        if isinstance(match, One) and match.note.loan_no != chosen and (chosen is None or _points_at_a_note(turn)):
            return {SLOT_LOAN_NO: match.note.loan_no, SLOT_SETTLEMENT_CONFIRMED: None}
        return {}

    async def extract_settlement_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return a yes or no, unless the same message picks another note."""
        turn = Turn(dispatcher, tracker, domain)
        return {} if _points_at_a_note(turn) else read_confirmation(turn, SLOT_SETTLEMENT_CONFIRMED)


class ActionSettle(CustomerAction):
    """Pays the note off after a yes."""

    changes_records = True
    when_down = "utter_change_unconfirmed"

    def name(self) -> str:
        """Name in the domain."""
        return "action_settle"

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Settle for exactly the sum that was confirmed; a changed sum is quoted again instead."""
        slots = turn.tracker.slots
        loan_no, total = slots[SLOT_LOAN_NO], slots[SLOT_SETTLEMENT_TOTAL]
        cleared = [SlotSet(name, None) for name in (SLOT_LOAN_NO, SLOT_SETTLEMENT_TOTAL, SLOT_SETTLEMENT_CONFIRMED)]
        if slots[SLOT_SETTLEMENT_CONFIRMED] is None:
            return cleared
        if not slots[SLOT_SETTLEMENT_CONFIRMED]:
            turn.say("utter_settlement_cancelled")
            return cleared
        key = hashlib.sha256(f"settle|{turn.conversation_id}|{loan_no}|{total}".encode()).hexdigest()
        outcome = await runtime().backends.repayment.settle(customer_id, loan_no, Decimal(total), key)
        if isinstance(outcome, Denied) and outcome.reason == "amount_changed":
            turn.say("utter_settlement_denied_amount_changed")
            return [*cleared, SlotSet(SLOT_LOAN_NO, loan_no), FollowupAction(SETTLEMENT_FORM)]
        if _is_told(outcome):
            note = await _note(customer_id, loan_no)
            turn.say(f"utter_settlement_denied_{outcome.reason}", **note_values(turn, note))
            return cleared
        receipt = value(outcome)
        turn.say(
            "utter_settlement_done",
            total=money(receipt.total),
            settled_at=turn.wording.moment(receipt.settled_at),
            repayment_no=receipt.repayment_no,
            loan_tail=loan_no[-4:],
        )
        return cleared


def _is_told(outcome: Outcome[T]) -> TypeGuard[Denied]:
    """Tell whether a refusal has words of its own; any other one is a fault between systems, told as an outage."""
    return isinstance(outcome, Denied) and outcome.reason in _TOLD


async def _note(customer_id: str, loan_no: str) -> LoanNote:
    for note in value(await runtime().backends.loan.notes(customer_id)):
        if note.loan_no == loan_no:
            return note
    raise Outage("the note is gone")


async def _match(turn: Turn, chosen: str) -> Match:
    customer_id = await verified_customer(turn)
    notes = await open_notes(customer_id) if customer_id else ()
    return note_meant(turn, notes, remembered=chosen)


def _points_at_a_note(turn: Turn) -> bool:
    return bool(turn.reference) or any(turn.entities(kind) for kind in ("order_no", "product", "card_tail"))


def _quote_values(quote: SettlementQuote) -> dict[str, str]:
    amounts = {name: money(getattr(quote, name)) for name in ("principal", "interest", "penalty", "fee", "total")}
    return {**amounts, "saved_interest": money(quote.saved_interest), "bank": quote.bank, "card_tail": quote.card_tail}
