"""Early settlement: which note, the quote, the yes, and the one payment."""
from decimal import Decimal
from typing import Any, Optional

import pytest

from actions.repayment.settlement import (
    ActionAskSettlementFormLoanNo,
    ActionAskSettlementFormSettlementConfirmed,
    ActionSettle,
    ActionStartSettlement,
)
from dengta import clock
from dengta.backends.loan import LoanNote, LoanStatus
from dengta.backends.outcomes import Denied, NotFound, Unavailable
from dengta.dialogue.wording import money
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Persona, Verified
from tests.actions.stage import Said, entity, goes_to, loan, run, slot_values, tracker
from tests.backends.books import found

FORM = "settlement_form"


async def open_notes(persona: Persona) -> list[LoanNote]:
    return [note for note in found(await runtime().backends.loan.notes(persona.customer_id)) if note.status.is_open]


async def quoted(persona: Persona, loan_no: str) -> Decimal:
    return found(await runtime().backends.repayment.quote_settlement(persona.customer_id, loan_no, clock.today())).total


async def settle(persona: Persona, loan_no: Optional[str], total: Any, confirmed: Any = True) -> tuple[list[Any], Said]:
    slots = {"loan_no": loan_no, "settlement_total": total and str(total), "settlement_confirmed": confirmed}
    return await run(ActionSettle(), tracker(persona.talk, intent="affirm", slots=slots))


async def test_a_single_note_is_quoted_at_once(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    events, said = await run(ActionStartSettlement(), tracker(persona.talk, text="提前还清要多少钱"))
    assert goes_to(events) == FORM
    assert slot_values(events)["loan_no"] == note.loan_no
    assert said.text == ""


async def test_of_several_notes_none_is_taken_silently(verified: Verified) -> None:
    persona = await verified("three_notes")
    events, _ = await run(ActionStartSettlement(), tracker(persona.talk, text="我要提前结清"))
    assert goes_to(events) == FORM
    assert slot_values(events)["loan_no"] is None
    notes = await open_notes(persona)
    _, said = await run(ActionAskSettlementFormLoanNo(), tracker(persona.talk, form=FORM))
    for position, note in enumerate(notes, start=1):
        assert f"{position}. {note.product_name}" in said.text
        assert money(note.outstanding_principal) in said.text
    assert [b["payload"] for b in said.buttons if "order_no" in b["payload"]] == [
        f'/request_early_settlement{{"order_no": "{note.loan_no}"}}' for note in notes
    ]


async def test_a_note_named_at_once_is_not_asked_for(verified: Verified) -> None:
    persona = await verified("three_notes")
    notes = await open_notes(persona)
    for asked, note in (
        (tracker(persona.talk, text="结清第二笔"), notes[1]),
        (tracker(persona.talk, text="结清安心分期", entities=[entity("product", "灯塔安心分期")]), notes[1]),
        (tracker(persona.talk, text="结清", entities=[loan(notes[2].loan_no)]), notes[2]),
    ):
        events, _ = await run(ActionStartSettlement(), asked)
        assert slot_values(events)["loan_no"] == note.loan_no


async def test_an_unknown_or_foreign_note_opens_nothing(verified: Verified) -> None:
    persona, other = await verified("two_notes"), await verified("current")
    (foreign,) = await open_notes(other)
    for number in ("JD000000000000", foreign.loan_no):
        events, said = await run(ActionStartSettlement(), tracker(persona.talk, entities=[loan(number)]))
        assert said.responses == ("utter_note_unknown",)
        assert goes_to(events) is None
        assert len(said.buttons) == 2


async def test_who_owes_nothing_is_told_so(verified: Verified) -> None:
    persona = await verified("settled")
    events, said = await run(ActionStartSettlement(), tracker(persona.talk))
    assert said.responses == ("utter_bill_none",)
    assert goes_to(events) is None


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_the_quote_states_every_part_the_card_and_the_annual_rate(verified: Verified, tone: str) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    quote = found(await runtime().backends.repayment.quote_settlement(persona.customer_id, note.loan_no, clock.today()))
    events, said = await run(
        ActionAskSettlementFormSettlementConfirmed(),
        tracker(persona.talk, form=FORM, slots={"loan_no": note.loan_no, "tone": tone}),
    )
    for amount in (quote.total, quote.principal, quote.interest, quote.penalty, quote.fee):
        assert f"{money(amount)} 元" in said.text
    assert quote.total == quote.principal + quote.interest + quote.penalty + quote.fee
    assert "年化利率" in said.text and "14.40%" in said.text and "工商银行尾号 8801" in said.text
    assert said.titles[:2] == ["确认结清", "先不办了"]
    assert slot_values(events)["settlement_total"] == str(quote.total)


@pytest.mark.parametrize(("key", "response"), [
    ("paid_not_posted", "utter_settlement_denied_processing"), ("under_review", "utter_settlement_denied_in_review"),
])  # fmt: skip
async def test_a_note_that_cannot_be_settled_now_says_why_and_leaves_the_form(
    verified: Verified, key: str, response: str
) -> None:
    persona = await verified(key)
    (note,) = await open_notes(persona)
    events, said = await run(
        ActionAskSettlementFormSettlementConfirmed(), tracker(persona.talk, form=FORM, slots={"loan_no": note.loan_no})
    )
    assert said.responses == (response,)
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    assert slot_values(events)["loan_no"] is None


async def test_a_note_settled_meanwhile_is_said_to_be_settled(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    await settle(persona, note.loan_no, await quoted(persona, note.loan_no))
    events, said = await run(
        ActionAskSettlementFormSettlementConfirmed(), tracker(persona.talk, form=FORM, slots={"loan_no": note.loan_no})
    )
    assert said.responses == ("utter_settlement_denied_already_settled",)
    assert {"event": "active_loop", "timestamp": None, "name": None} in events


async def test_a_quote_over_midnight_is_not_met_with_silence(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    backend_says("repayment", quote_settlement=Denied("date_passed"))
    _, said = await run(
        ActionAskSettlementFormSettlementConfirmed(), tracker(persona.talk, form=FORM, slots={"loan_no": note.loan_no})
    )
    assert said.responses == ("utter_system_unavailable",)


async def test_a_yes_settles_for_exactly_the_sum_confirmed(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    total = await quoted(persona, note.loan_no)
    events, said = await settle(persona, note.loan_no, total)
    assert said.responses == ("utter_settlement_done",)
    assert money(total) in said.text and note.loan_no[-4:] in said.text
    assert {slot_values(events)[name] for name in ("loan_no", "settlement_total", "settlement_confirmed")} == {None}
    (after,) = found(await runtime().backends.loan.notes(persona.customer_id))
    assert after.status is LoanStatus.EARLY_SETTLED


async def test_the_same_yes_twice_pays_once(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    total = await quoted(persona, note.loan_no)
    before = len(found(await runtime().backends.repayment.repayments(persona.customer_id)))
    first = await settle(persona, note.loan_no, total)
    again = await settle(persona, note.loan_no, total)
    assert first[1].text == again[1].text
    assert len(found(await runtime().backends.repayment.repayments(persona.customer_id))) == before + 1


async def test_a_changed_sum_is_quoted_again_and_nothing_is_paid(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    events, said = await settle(persona, note.loan_no, Decimal("1.00"))
    assert said.responses == ("utter_settlement_denied_amount_changed",)
    assert goes_to(events) == FORM
    assert slot_values(events) | {"topic": None} == {
        "topic": None, "loan_no": note.loan_no, "settlement_total": None, "settlement_confirmed": None,
    }  # fmt: skip
    assert (await open_notes(persona))[0].status is LoanStatus.CURRENT


async def test_a_note_settled_in_another_conversation_is_not_paid_twice(verified: Verified) -> None:
    here, there = await verified("current"), await verified("current")
    (note,) = await open_notes(here)
    total = await quoted(here, note.loan_no)
    await settle(there, note.loan_no, total)
    _, said = await settle(here, note.loan_no, total)
    assert said.responses == ("utter_settlement_denied_already_settled",)


@pytest.mark.parametrize(("outcome", "response"), [
    (Denied("processing"), "utter_settlement_denied_processing"),
    (Denied("in_review"), "utter_settlement_denied_in_review"),
    (Denied("already_settled"), "utter_settlement_denied_already_settled"),
    (Denied("idempotency_key_reused"), "utter_change_unconfirmed"),
    (NotFound(), "utter_change_unconfirmed"),
    (Unavailable("timeout"), "utter_change_unconfirmed"),
])  # fmt: skip
async def test_every_refusal_says_what_is_true(
    verified: Verified, backend_says: BackendSays, outcome: Any, response: str
) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    backend_says("repayment", settle=outcome)
    _, said = await settle(persona, note.loan_no, Decimal("8000.00"))
    assert said.responses == (response,)


async def test_a_no_changes_nothing(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    _, said = await settle(persona, note.loan_no, await quoted(persona, note.loan_no), confirmed=False)
    assert said.responses == ("utter_settlement_cancelled",)
    assert (await open_notes(persona))[0].status is LoanStatus.CURRENT


async def test_a_form_that_was_left_pays_nothing_and_says_nothing(verified: Verified) -> None:
    persona = await verified("current")
    events, said = await settle(persona, None, None, confirmed=None)
    assert said.responses == ()
    assert goes_to(events) is None
