"""Tickets go the way of their kind, one change after the other, and nothing is forgotten."""
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.conversation import event_log
from dengta.database import reading, writing
from dengta.handoff.tickets import changes, lookup, records
from dengta.handoff.tickets.errors import (
    ExtensionRefusedError,
    InvalidTicketError,
    RemediesMissingError,
    TicketChangedError,
    TicketError,
    TicketNotFoundError,
    TransitionRefusedError,
)
from dengta.handoff.tickets.models import Change, Evidence
from dengta.handoff.tickets.rules import rules
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault
from tests.handoff.tickets.conftest import RECEIVED, REMEDIES, Clock, complaint, walk


def end_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, 999999, SHANGHAI)


@pytest.fixture
async def number(tickets: Tickets) -> str:
    """A complaint that was accepted and is being worked on by kf1: version 4."""
    opened = await tickets.open(complaint())
    version = await walk(tickets, opened, "accepted", "in_progress")
    await tickets.assign(Change(opened.ticket.ticket_no, version, "kf1"), "kf1", "escalated")
    return opened.ticket.ticket_no


async def test_a_complaint_from_receipt_to_its_end(tickets: Tickets, clock: Clock) -> None:
    opened = await tickets.open(complaint())
    clock.now += timedelta(hours=1)
    version = await walk(tickets, opened, "accepted", "in_progress", "waiting_customer", "in_progress", "answered")
    clock.day(3)
    change = Change(opened.ticket.ticket_no, version, "kf1", "客户表示认可")
    await tickets.close(change, "settled")
    kept = await tickets.get(opened.ticket.ticket_no)
    assert [(entry.event, entry.to_state) for entry in kept.history] == [
        ("opened", "open"),
        ("moved", "accepted"),
        ("moved", "in_progress"),
        ("moved", "waiting_customer"),
        ("moved", "in_progress"),
        ("answered", "answered"),
        ("closed", "closed"),
    ]
    assert [entry.version for entry in kept.history] == [1, 2, 3, 4, 5, 6, 7]
    assert (kept.history[-1].at, kept.history[-1].by, kept.history[-1].texts) == (
        clock.now, "kf1", {"why": "客户表示认可"}
    )  # fmt: skip
    assert kept.answer is not None
    assert kept.answer.texts["reply"] == "经核实，费用已退回。"
    assert kept.answer.detail == {"remedies": sorted(REMEDIES)}
    assert kept.outcome == "settled"
    assert [(d.state, d.ended_at, d.is_missed(clock.now)) for d in kept.deadlines] == [
        ("met", RECEIVED + timedelta(hours=1), False),
        ("met", RECEIVED + timedelta(hours=1), False),
    ]
    assert kept.summary.due_at is None


async def test_a_step_the_kind_does_not_know_changes_nothing(tickets: Tickets) -> None:
    opened = await tickets.open(complaint())
    before = await tickets.get(opened.ticket.ticket_no)
    for to in ("in_progress", "waiting_customer", "answered", "reopened", "open", "lost"):
        with pytest.raises(TransitionRefusedError) as refused:
            await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1", "试试"), to)
        assert (refused.value.present, refused.value.to) == ("open", to)
    assert await tickets.get(opened.ticket.ticket_no) == before


async def test_a_ticket_is_not_answered_without_words_nor_closed_without_a_reason(
    tickets: Tickets, number: str
) -> None:
    change = Change(number, 4, "kf1", "")
    for attempt in (
        tickets.move(change, "answered"),
        tickets.move(change, "closed"),
        tickets.move(change, "waiting_customer"),
        tickets.assign(Change(number, 4, "kf1", "长" * 5001), "kf2", "escalated"),
        tickets.answer(change, "  ", REMEDIES),
        tickets.answer(change, "回" * 5001, REMEDIES),
        tickets.answer(change, "已退回", [*REMEDIES, "prayer"]),
        tickets.close(change, "withdrawn"),
        tickets.close(Change(number, 4, "kf1", "客户认可"), "settled"),  # nobody gave an answer
    ):
        with pytest.raises(InvalidTicketError):
            await attempt
    assert (await tickets.get(number)).summary.version == 4


async def test_the_answer_to_a_complaint_names_the_remedies(tickets: Tickets, number: str) -> None:
    with pytest.raises(RemediesMissingError) as refused:
        await tickets.answer(Change(number, 4, "kf1"), "已退回", ["review", "litigation"])
    assert refused.value.remedies == ("arbitration", "mediation")
    assert (await tickets.get(number)).summary.state == "in_progress"


async def test_a_withdrawn_complaint_ends_without_an_answer(tickets: Tickets, number: str, clock: Clock) -> None:
    await tickets.close(Change(number, 4, "kf1", "客户撤回"), "withdrawn")
    kept = await tickets.get(number)
    assert (kept.summary.state, kept.outcome, kept.answer) == ("closed", "withdrawn", None)
    assert [deadline.state for deadline in kept.deadlines] == ["met", "dropped"]
    assert not any(deadline.is_missed(clock.now + timedelta(days=90)) for deadline in kept.deadlines)


async def test_a_ticket_opened_again_gets_a_new_clock_and_keeps_the_old_answer(tickets: Tickets, clock: Clock) -> None:
    opened = await tickets.open(complaint())
    version = await walk(tickets, opened, "accepted", "in_progress", "answered", "closed")
    clock.day(20)
    await tickets.move(Change(opened.ticket.ticket_no, version, "kf2", "客户不认可"), "reopened")
    kept = await tickets.get(opened.ticket.ticket_no)
    assert (kept.summary.state, kept.outcome, kept.summary.due_at) == ("reopened", None, end_of(2026, 12, 19))
    assert kept.answer is not None
    assert [(told.state, told.due_at) for told in await tickets.for_customer("C0008")] == [
        ("reopened", end_of(2026, 12, 19))
    ]


async def test_an_answer_that_comes_too_late_is_seen_to(tickets: Tickets, number: str, clock: Clock) -> None:
    clock.day(16)
    assert [deadline.is_missed(clock.now) for deadline in (await tickets.get(number)).deadlines] == [False, True]
    await tickets.answer(Change(number, 4, "kf1"), "已退回", REMEDIES)
    kept = await tickets.get(number)
    assert [(deadline.state, deadline.is_missed(clock.now)) for deadline in kept.deadlines] == [
        ("met", False),
        ("met", True),
    ]


async def test_waiting_for_the_customer_stops_no_clock(tickets: Tickets, number: str) -> None:
    await tickets.move(Change(number, 4, "kf1", "请补充截图"), "waiting_customer")
    assert (await tickets.get(number)).summary.due_at == end_of(2026, 12, 7)


async def test_a_ticket_is_handed_on(tickets: Tickets, number: str) -> None:
    with pytest.raises(InvalidTicketError):
        await tickets.assign(Change(number, 4, "kf1"), "kf2", "nowhere")
    await tickets.assign(Change(number, 4, "kf1", "涉及征信"), None, "credit_report")
    kept = await tickets.get(number)
    assert (kept.summary.owner_id, kept.summary.group) == (None, "credit_report")
    assert kept.history[-1].detail == {"owner_id": None, "group": "credit_report"}


async def test_who_is_verified_later_is_told_of_their_ticket_from_then_on(tickets: Tickets) -> None:
    opened = await tickets.open(complaint(customer_id=None, verified=False))
    assert await tickets.for_customer("C0008") == ()
    await tickets.identify(Change(opened.ticket.ticket_no, 1, "kf1", "验证码核实"), "C0008")
    assert await tickets.for_customer("C0008") == (opened.ticket,)
    with pytest.raises(InvalidTicketError):
        await tickets.identify(Change(opened.ticket.ticket_no, 2, "kf1"), "C0014")
    kept = await tickets.get(opened.ticket.ticket_no)
    assert (kept.summary.customer_id, kept.verified, kept.summary.version) == ("C0008", True, 2)


async def test_evidence_is_added_once(tickets: Tickets, number: str, talk: str) -> None:
    version = await tickets.add_evidence(Change(number, 4, "kf1"), talk, [2, 1])
    await tickets.add_evidence(Change(number, version, "kf1"), talk, [2, 3])
    kept = await tickets.get(number)
    assert kept.evidence == tuple(Evidence(talk, seq) for seq in (1, 2, 3))
    for seqs in ([], [9], [1, 9]):
        with pytest.raises(InvalidTicketError):
            await tickets.add_evidence(Change(number, version + 1, "kf1"), talk, seqs)


async def test_an_extension_is_approved_step_by_step(tickets: Tickets, number: str, clock: Clock) -> None:
    clock.day(14)
    version = await tickets.extend(Change(number, 4, "lead1", "案情复杂"), 30, "lead", "审批单 2026-118")
    clock.day(29)
    await tickets.extend(Change(number, version, "boss", "等第三方材料"), 60, "admin", "审批单 2026-131")
    kept = await tickets.get(number)
    assert kept.summary.due_at == end_of(2027, 1, 21)
    assert [(entry.by, entry.detail["role"], entry.detail["due"], entry.texts) for entry in kept.approvals] == [
        ("lead1", "lead", "2026-12-22", {"why": "案情复杂", "approval": "审批单 2026-118"}),
        ("boss", "admin", "2027-01-21", {"why": "等第三方材料", "approval": "审批单 2026-131"}),
    ]
    assert kept.approvals[0].detail["due_before"] == "2026-12-07"


async def test_an_extension_that_is_not_due_is_refused(tickets: Tickets, number: str, clock: Clock) -> None:
    before = await tickets.get(number)
    for days, by, role, on_day, reason in (
        (60, "boss", "admin", 1, "out_of_order"),
        (45, "boss", "admin", 1, "not_extendable"),
        (15, "boss", "admin", 1, "not_extendable"),
        (90, "boss", "admin", 1, "not_extendable"),
        (30, "kf2", "agent", 1, "not_approver"),
        (30, "kf1", "lead", 1, "own_ticket"),
        (30, "boss", "admin", 16, "too_late"),
    ):
        clock.day(on_day)
        with pytest.raises(ExtensionRefusedError, match=reason):
            await tickets.extend(Change(number, 4, by, "案情复杂"), days, role, "审批单")
    assert await tickets.get(number) == before


async def test_an_extension_needs_its_reason_and_its_evidence(tickets: Tickets, number: str) -> None:
    for why, approval in (("", "审批单"), ("案情复杂", "")):
        with pytest.raises(InvalidTicketError):
            await tickets.extend(Change(number, 4, "boss", why), 30, "admin", approval)


async def test_only_complaints_are_extended(tickets: Tickets) -> None:
    opened = await tickets.open(complaint(kind="credit_dispute", cause="overdue"))
    with pytest.raises(ExtensionRefusedError):
        await tickets.extend(Change(opened.ticket.ticket_no, 1, "boss", "案情复杂"), 30, "admin", "审批单")


async def test_a_new_version_of_a_rule_counts_for_new_tickets(
    tickets: Tickets, number: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rules().clock("complaint")
    second = replace(first, version=2, days=10, extensions=())
    monkeypatch.setitem(rules().clocks, "complaint", (first, second))
    assert (await tickets.open(complaint(key="new"))).ticket.due_at == end_of(2026, 12, 2)
    await tickets.extend(Change(number, 4, "lead1", "案情复杂"), 30, "lead", "审批单")
    kept = await tickets.get(number)
    assert (kept.summary.due_at, kept.deadlines[-1].clock_version) == (end_of(2026, 12, 22), 1)


async def test_a_regulators_date_is_typed_in_and_moved_back_only_by_a_lead(
    tickets: Tickets, number: str, clock: Clock
) -> None:
    def sheet(version: int, why: str = "转办单 88") -> Change:
        return Change(number, version, "kf1", why)

    await tickets.set_regulator_date(sheet(4), date(2026, 11, 30), "agent")
    assert (await tickets.get(number)).summary.due_at == end_of(2026, 11, 30)
    with pytest.raises(ExtensionRefusedError):
        await tickets.set_regulator_date(sheet(5), date(2026, 12, 1), "agent")
    await tickets.set_regulator_date(sheet(5), date(2026, 11, 28), "agent")
    await tickets.set_regulator_date(sheet(6), date(2026, 12, 3), "lead")
    kept = await tickets.get(number)
    assert [(d.clock, d.due_at) for d in kept.deadlines if d.clock == "regulator"] == [
        ("regulator", end_of(2026, 12, 3))
    ]
    with pytest.raises(InvalidTicketError):
        await tickets.set_regulator_date(sheet(7), date(2026, 11, 21), "lead")
    with pytest.raises(InvalidTicketError):
        await tickets.set_regulator_date(sheet(7, why=""), date(2026, 12, 1), "lead")


async def test_the_desk_hears_of_every_change_and_of_no_refused_one(
    tickets: Tickets, talk: str, engine: Engine
) -> None:
    opened = await tickets.open(complaint(conversation_id=talk))
    await walk(tickets, opened, "accepted", "in_progress")
    await tickets.open(complaint(conversation_id=talk))
    with pytest.raises(TicketChangedError):
        await walk(tickets, opened, "accepted")
    await tickets.assign(Change(opened.ticket.ticket_no, 3, "kf1"), "kf2", "complex")
    with reading(engine) as session:
        heard = [event for event in event_log.since(session, 0, 100) if event.kind == "ticket"]
    about = {"ticket_no": opened.ticket.ticket_no, "group": "escalated", "owner_id": None}
    before = {"was_with": ["escalated", None]}
    assert [(event.conversation_id, event.data) for event in heard] == [
        (talk, {**about, "state": "open"}),
        (talk, {**about, **before, "state": "accepted"}),
        (talk, {**about, **before, "state": "in_progress"}),
        (talk, {**about, **before, "state": "in_progress", "group": "complex", "owner_id": "kf2"}),
    ]


async def test_who_saw_an_older_version_overwrites_nothing(tickets: Tickets, number: str) -> None:
    before = await tickets.get(number)
    with pytest.raises(TicketChangedError) as refused:
        await tickets.answer(Change(number, 3, "kf2"), "请放心", REMEDIES)
    assert refused.value.version == 4
    assert await tickets.get(number) == before
    with pytest.raises(TicketNotFoundError):
        await tickets.move(Change("TS260000000000", 1, "kf1"), "accepted")


def test_of_two_agents_who_change_a_ticket_at_once_one_is_told(engine: Engine, vault: Vault) -> None:
    with writing(engine) as session:
        ticket_no = records.open_ticket(session, vault, complaint(), RECEIVED).ticket.ticket_no

    def accept(agent: str) -> Optional[str]:
        try:
            with writing(engine) as session:
                changes.move(session, vault, Change(ticket_no, 1, agent), "accepted", RECEIVED)
        except TicketChangedError:
            return None
        return agent

    with ThreadPoolExecutor(6) as threads:
        winners = [agent for agent in threads.map(accept, [f"kf{n}" for n in range(6)]) if agent]
    with reading(engine) as session:
        kept = lookup.get(session, vault, ticket_no)
    assert winners == [kept.history[-1].by]
    assert (kept.summary.version, len(kept.history)) == (2, 2)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accepted", "in_progress", "waiting_customer", "reopened", "answer", "close", "extend"]),
        st.sampled_from([30, 60]),
        st.sampled_from(["agent", "lead", "admin"]),
        st.integers(min_value=0, max_value=12),
    ),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, kind=st.sampled_from(["complaint", "abuse", "illegality", "certificate"]))
def test_whatever_is_tried_no_deadline_gets_shorter_nor_any_answer_takes_more_than_sixty_days(
    engine: Engine, vault: Vault, steps: list[tuple[str, int, str, int]], kind: str
) -> None:
    now = RECEIVED
    with writing(engine) as session:
        new = complaint(key=secrets.token_hex(16), kind=kind, cause="other")
        ticket_no = records.open_ticket(session, vault, new, now).ticket.ticket_no
        before = lookup.get(session, vault, ticket_no)
    for step, days, role, passed in steps:
        now += timedelta(days=passed)
        change = Change(ticket_no, before.summary.version, "kf1", "因为")
        with writing(engine) as session:
            try:
                if step == "answer":
                    changes.answer(session, vault, change, "答复", REMEDIES, now)
                elif step == "close":
                    changes.close(session, vault, change, "withdrawn", now)
                elif step == "extend":
                    changes.extend(session, vault, change, days, role, "审批单", now)
                else:
                    changes.move(session, vault, change, step, now)
            except TicketError:
                assert lookup.get(session, vault, ticket_no) == before, "refused, and changed all the same"
            after = lookup.get(session, vault, ticket_no)
        for old, new_one in zip(before.deadlines, after.deadlines):
            assert new_one.due_at >= old.due_at
            assert new_one.due_at <= end_of(2027, 1, 21) or new_one.starts_at > RECEIVED
        assert [entry.version for entry in after.history] == list(range(1, after.summary.version + 1))
        before = after
