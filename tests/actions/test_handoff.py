"""Asking for a person: what happens next, told with number and deadline."""
from typing import Callable

import pytest
from sqlalchemy import select

from actions.handoff import ActionRequestHuman
from dengta.conversation.tables import handoff
from dengta.database import connect, reading
from dengta.settings import settings
from tests.actions.conftest import Verified
from tests.actions.stage import run, tracker


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_a_request_is_recorded_and_told_with_number_and_deadline(verified: Verified, tone: str) -> None:
    persona = await verified("current")
    _, said = await run(ActionRequestHuman(), tracker(persona.talk, intent="request_human", slots={"tone": tone}))
    assert said.responses == ("utter_human_requested",)
    engine = connect(settings().database_url, 5.0)
    with reading(engine) as session:
        row = session.execute(select(handoff)).one()
    engine.dispose()
    assert row.ticket_no in said.text and "2026年11月22日 12:00" in said.text
    assert (row.conversation_id, row.customer_id, row.reason) == (persona.talk, persona.customer_id, "request_human")


async def test_nobody_needs_to_be_verified_to_reach_a_person(talk: str) -> None:
    _, said = await run(ActionRequestHuman(), tracker(talk, intent="report_fraud"))
    assert said.responses == ("utter_human_requested",)
    assert said.custom == ({"type": "handoff"},), "the channel may have agents of its own"


async def test_asking_again_gives_the_same_number(talk: str, move_clock: Callable[[str], None]) -> None:
    _, first = await run(ActionRequestHuman(), tracker(talk, intent="request_human"))
    move_clock("2026-11-22T11:30:00")
    _, again = await run(ActionRequestHuman(), tracker(talk, intent="request_human"))
    assert again.responses == ("utter_human_already_requested",)
    number = next(word for word in first.text.split("，") if "RG" in word).split("RG")[1][:12]
    assert f"RG{number}" in again.text
    assert "2026年11月22日 10:00" in again.text and "2026年11月22日 12:00" in again.text


async def test_outside_hours_the_truth_about_the_hours_is_told(talk: str, move_clock: Callable[[str], None]) -> None:
    move_clock("2026-11-22T22:30:00")
    _, said = await run(ActionRequestHuman(), tracker(talk, intent="request_human"))
    assert (said.responses, said.custom) == (("utter_human_requested_closed",), ())
    assert "09:00–21:00" in said.text and "2026年11月23日 11:00" in said.text
