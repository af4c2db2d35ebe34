"""Tickets in chat: asked for in two clicks, opened by the channel, and told of only to their customer."""
from typing import Any

import pytest

from actions.ticket import ActionTicket
from dengta.handoff.tickets.models import NewTicket, Opened
from dengta.handoff.tickets.rules import rules
from dengta.runtime import runtime
from tests.actions.conftest import Verified
from tests.actions.stage import Said, entity, goes_to, run, slot_values, tracker


async def click(talk: str, choice: str, tone: str = "standard") -> tuple[list[Any], Said]:
    at = tracker(talk, intent="query_ticket", entities=[entity("choice", choice)], slots={"tone": tone})
    return await run(ActionTicket(), at)


async def ask(talk: str, *numbers: str, tone: str = "standard") -> Said:
    entities = [entity("order_no", number) for number in numbers]
    return (await run(ActionTicket(), tracker(talk, entities=entities, slots={"tone": tone})))[1]


async def opened(**details: Any) -> Opened:
    usual = {"key": "k1", "kind": "complaint", "cause": "fees", "channel": "web", "description": "多收费", "by": "kf1"}
    return await runtime().tickets.open(NewTicket(**{**usual, **details}))


CHAT = [kind.id for kind in rules().kinds.values() if kind.chat]


@pytest.mark.parametrize("tone", ["standard", "senior"])
@pytest.mark.parametrize("kind", CHAT)
async def test_the_cause_is_asked_for_before_anything_is_opened(talk: str, kind: str, tone: str) -> None:
    _, said = await click(talk, kind, tone)
    assert rules().kinds[kind].title in said.text
    assert said.titles == [rules().kinds[kind].causes[cause] for cause in rules().kinds[kind].chat]
    assert all(len(title) <= 10 for title in said.titles) and said.custom == ()
    assert said.buttons[0]["payload"] == f'/query_ticket{{"choice": "{kind}.{rules().kinds[kind].chat[0]}"}}'


@pytest.mark.parametrize("choice", ["complaint.fees", "abuse.third_party", "illegality.sales", "fraud.transfer"])
async def test_a_stranger_may_complain_and_report(talk: str, choice: str) -> None:
    _, said = await click(talk, choice, "senior")
    kind, cause = choice.split(".")
    assert said.custom == ({"type": "ticket", "kind": kind, "cause": cause, "tone": "senior"},)


@pytest.mark.parametrize("choice", ["hardship.illness", "certificate.settlement", "credit_dispute.overdue"])
async def test_what_is_about_ones_own_loans_needs_verification_and_goes_on_after_it(
    talk: str, verified: Verified, choice: str
) -> None:
    events, said = await click(talk, choice)
    assert (said.custom, goes_to(events)) == ((), "identity_form")
    assert slot_values(events)["goal"]["message"]["entities"][0]["value"] == choice
    _, said = await click((await verified("current")).talk, choice)
    assert [(custom["kind"], custom["cause"]) for custom in said.custom] == [tuple(choice.split("."))]


async def test_nobody_unverified_hears_of_a_ticket(talk: str) -> None:
    number = (await opened(conversation_id=talk)).ticket.ticket_no
    events, said = await run(ActionTicket(), tracker(talk, entities=[entity("order_no", number)]))
    assert goes_to(events) == "identity_form" and number not in said.text


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_the_customer_hears_how_far_their_tickets_are(verified: Verified, tone: str) -> None:
    persona = await verified("current")
    mine = await opened(customer_id=persona.customer_id, verified=True)
    other = await opened(key="k2", cause="service", customer_id=persona.customer_id, verified=True)
    said = await ask(persona.talk, tone=tone)
    assert mine.ticket.ticket_no in said.text and other.ticket.ticket_no in said.text
    assert "已登记，等待受理" in said.text and "2026年12月7日" in said.text
    only = await ask(persona.talk, mine.ticket.ticket_no, tone=tone)
    assert mine.ticket.ticket_no in only.text and other.ticket.ticket_no not in only.text


async def test_somebody_elses_number_is_as_unknown_as_one_that_does_not_exist(verified: Verified) -> None:
    persona = await verified("current")
    theirs = (await opened(customer_id="C9999", verified=True)).ticket.ticket_no
    for number in (theirs, "TS260000000000"):
        said = await ask(persona.talk, number)
        assert said.responses == ("utter_ticket_unknown",) and number in said.text


async def test_a_loan_number_beside_the_question_is_no_ticket_number(verified: Verified) -> None:
    assert (await ask((await verified("current")).talk, "JD235874577558")).responses == ("utter_ticket_none",)


async def test_what_was_complained_about_before_the_verification_is_found_after_it(verified: Verified) -> None:
    persona = await verified("current")
    before = await opened(conversation_id=persona.talk)
    assert before.ticket.ticket_no in (await ask(persona.talk)).text
    kept = await runtime().tickets.get(before.ticket.ticket_no)
    assert (kept.summary.customer_id, kept.verified) == (persona.customer_id, True)
