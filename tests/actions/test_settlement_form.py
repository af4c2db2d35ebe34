"""The settlement form: which note is meant, corrections after the quote, and what counts as a yes."""
from typing import Any, Optional

import pytest

from actions.repayment.settlement import ValidateSettlementForm
from dengta.backends.loan import LoanNote
from dengta.backends.outcomes import Unavailable
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Persona, Verified
from tests.actions.stage import Entity, Said, entity, loan, run, slot_values, tracker
from tests.backends.books import found

FORM = "settlement_form"


async def open_notes(persona: Persona) -> list[LoanNote]:
    return [note for note in found(await runtime().backends.loan.notes(persona.customer_id)) if note.status.is_open]


async def validate(
    persona: Persona,
    text: str = "",
    *,
    intent: str = "",
    entities: tuple[Entity, ...] = (),
    chosen: Optional[str] = None,
) -> tuple[dict[str, Any], Said]:
    """Let the form read a message; return the slots it set and what it said."""
    asked = "settlement_confirmed" if chosen else "loan_no"
    at = tracker(
        persona.talk, text=text, intent=intent, entities=entities, form=FORM, asked=asked, slots={"loan_no": chosen}
    )
    events, said = await run(ValidateSettlementForm(), at)
    return slot_values(events), said


async def test_a_choice_is_read_by_position_product_number_or_tail(verified: Verified) -> None:
    persona = await verified("three_notes")
    notes = await open_notes(persona)
    for text, entities, note in (
        ("第三笔", (), notes[2]),
        ("最后一笔", (), notes[2]),
        ("安心分期那个", (entity("product", "灯塔安心分期"),), notes[1]),
        (f"尾号{notes[0].loan_no[-4:]}", (entity("card_tail", notes[0].loan_no[-4:]),), notes[0]),
        ("", (loan(notes[1].loan_no),), notes[1]),
    ):
        slots, said = await validate(persona, text, entities=entities)
        assert slots["loan_no"] == note.loan_no, text
        assert said.text == ""


async def test_a_choice_that_does_not_exist_is_asked_again(verified: Verified) -> None:
    persona = await verified("two_notes")
    slots, said = await validate(persona, "第五笔")
    assert said.responses == ("utter_note_unknown",)
    assert slots["loan_no"] is None


async def test_a_choice_that_fits_two_is_asked_again(verified: Verified) -> None:
    persona = await verified("two_notes")
    slots, _ = await validate(persona, "嗯我想想")
    assert slots.get("loan_no") is None


async def test_a_correction_after_the_quote_quotes_the_other_note(verified: Verified) -> None:
    persona = await verified("two_notes")
    first, second = await open_notes(persona)
    for text in ("不对，是第二笔", "不是第一笔，是第二笔", "另一笔", "不是这笔，是第二笔"):
        slots, _ = await validate(persona, text, intent="deny", chosen=first.loan_no)
        assert slots["loan_no"] == second.loan_no, text
        assert slots.get("settlement_confirmed") is None, text


async def test_a_wrong_correction_keeps_the_note_and_confirms_nothing(verified: Verified) -> None:
    persona = await verified("two_notes")
    first, _ = await open_notes(persona)
    slots, said = await validate(persona, "第九笔", intent="affirm", chosen=first.loan_no)
    assert said.responses == ("utter_note_unknown",)
    assert slots.get("loan_no") == first.loan_no
    assert slots.get("settlement_confirmed") is None


@pytest.mark.parametrize(("intent", "confirmed"), [("affirm", True), ("deny", False), ("query_bill", None), ("", None)])
async def test_only_a_yes_or_a_no_answers_the_quote(verified: Verified, intent: str, confirmed: Any) -> None:
    persona = await verified("two_notes")
    first, _ = await open_notes(persona)
    slots, _ = await validate(persona, "……", intent=intent, chosen=first.loan_no)
    assert slots.get("settlement_confirmed") is confirmed


async def test_an_outage_while_choosing_keeps_what_was_chosen(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("two_notes")
    first, _ = await open_notes(persona)
    backend_says("loan", notes=Unavailable("timeout"))
    slots, _ = await validate(persona, "不对，是第二笔", chosen=first.loan_no)
    assert slots.get("loan_no") == first.loan_no
    assert slots.get("settlement_confirmed") is None
