"""A ticket is opened once, with its clocks running and what people wrote sealed."""
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.database import DatabaseUnavailable, connect, reading, writing
from dengta.handoff.tickets import records
from dengta.handoff.tickets.clocks import last_moment
from dengta.handoff.tickets.errors import InvalidTicketError, TicketNotFoundError
from dengta.handoff.tickets.models import Evidence, Opened, Pressing, Search, Told
from dengta.handoff.tickets.tables import ticket, ticket_deadline, ticket_evidence, ticket_history
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault
from tests.handoff.tickets.conftest import HOURS, RECEIVED, Clock, complaint

TABLES = (ticket, ticket_deadline, ticket_history, ticket_evidence)


def end_of(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, 59, 999999, SHANGHAI)


def rows(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES]


async def test_a_complaint_keeps_everything_that_is_known(tickets: Tickets, talk: str) -> None:
    opened = await tickets.open(complaint(conversation_id=talk, evidence=[3, 1, 3], authorisation="李四，委托书原件"))
    number = opened.ticket.ticket_no
    kept = await tickets.get(number)
    assert number.startswith("TS26") and len(number) == 14
    assert opened == Opened(Told(number, "complaint", "open", end_of(12, 7)), repeated=False)
    assert (kept.complainant, kept.authorisation) == ("agent", "李四，委托书原件")
    assert kept.description == "多收了我一笔服务费"
    assert kept.verified and kept.answer is None and kept.outcome is None
    assert kept.evidence == (Evidence(talk, 1), Evidence(talk, 3))
    summary = kept.summary
    assert (summary.kind, summary.cause, summary.state, summary.version) == ("complaint", "fees", "open", 1)
    assert (summary.customer_id, summary.group, summary.owner_id) == ("C0008", "escalated", None)
    assert (summary.received_at, summary.due_at) == (RECEIVED, end_of(11, 22))
    assert [(d.goal, d.clock, d.clock_version, d.days, d.due_at, d.state) for d in kept.deadlines] == [
        ("accepted", "same_day", 1, 0, end_of(11, 22), "running"),
        ("answered", "complaint", 1, 15, end_of(12, 7), "running"),
    ]
    (entry,) = kept.history
    assert (entry.event, entry.by, entry.from_state, entry.to_state) == ("opened", "kf1", None, "open")


async def test_who_complains_themselves_needs_no_paper(tickets: Tickets) -> None:
    kept = await tickets.get((await tickets.open(complaint())).ticket.ticket_no)
    assert (kept.complainant, kept.authorisation) == ("self", None)


async def test_what_people_wrote_is_not_in_the_tables(tickets: Tickets, engine: Engine) -> None:
    await tickets.open(complaint(authorisation="李四"))
    with reading(engine) as session:
        written = str(session.execute(select(ticket)).all() + session.execute(select(ticket_history)).all())
    assert "服务费" not in written and "李四" not in written


async def test_every_kind_has_its_clocks(tickets: Tickets) -> None:
    illegality = datetime(2027, 1, 21, 23, 59, 59, 999999, SHANGHAI)
    for kind, cause, due in (
        ("abuse", "insult", [end_of(11, 22), end_of(12, 7)]),
        ("illegality", "fees", [end_of(12, 7), illegality]),
        ("fraud", "transfer", [end_of(11, 22), end_of(11, 29)]),
        ("hardship", "illness", [end_of(11, 22), end_of(11, 29)]),
        ("certificate", "settlement", [end_of(11, 29)]),
        ("credit_dispute", "overdue", [end_of(11, 22), end_of(12, 12)]),
        ("callback", "closed", [datetime(2026, 11, 22, 12, 30, tzinfo=SHANGHAI)]),
    ):
        opened = await tickets.open(complaint(key=kind, kind=kind, cause=cause))
        kept = await tickets.get(opened.ticket.ticket_no)
        assert [deadline.due_at for deadline in kept.deadlines] == due, kind


async def test_a_call_back_is_promised_inside_service_hours(tickets: Tickets, clock: Clock) -> None:
    clock.now = RECEIVED.replace(hour=22)
    opened = await tickets.open(complaint(kind="callback", cause="closed"))
    assert opened.ticket.due_at == HOURS.deadline(clock.now) == datetime(2026, 11, 23, 11, 0, tzinfo=SHANGHAI)


async def test_what_came_by_letter_runs_from_the_day_it_came(tickets: Tickets, clock: Clock) -> None:
    opened = await tickets.open(complaint(received_at=RECEIVED - timedelta(days=3)))
    assert opened.ticket.due_at == end_of(12, 4)


async def test_a_regulators_own_date_is_kept_and_not_told(tickets: Tickets) -> None:
    opened = await tickets.open(complaint(channel="regulator", regulator_due=date(2026, 11, 30)))
    kept = await tickets.get(opened.ticket.ticket_no)
    assert [(d.clock, d.due_at) for d in kept.deadlines][-1] == ("regulator", end_of(11, 30))
    assert opened.ticket.due_at == end_of(12, 7)


async def test_a_report_to_the_regulator_is_told_no_date(tickets: Tickets) -> None:
    opened = await tickets.open(complaint(kind="illegality", cause="sales"))
    assert opened.ticket.due_at is None


async def test_the_same_key_finds_the_same_ticket(tickets: Tickets, clock: Clock, engine: Engine) -> None:
    first = await tickets.open(complaint())
    clock.day(5)
    again = await tickets.open(complaint(description="又来了", regulator_due=date(2026, 11, 22)))
    assert again == Opened(first.ticket, repeated=True)
    assert rows(engine) == [1, 2, 1, 0]


async def test_other_transactions_open_a_ticket_or_nothing(engine: Engine, vault: Vault) -> None:
    with pytest.raises(ZeroDivisionError):
        with writing(engine) as session:
            records.open_ticket(session, vault, complaint(), RECEIVED)
            raise ZeroDivisionError
    assert rows(engine) == [0, 0, 0, 0]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "praise"}, "kind: unknown"),
    ({"cause": "weather"}, "cause: unknown"),
    ({"group": "nowhere"}, "group: unknown"),
    ({"description": " \n"}, "description: missing"),
    ({"description": "一" * 5001}, "description: too_long"),
    ({"authorisation": ""}, "authorisation: missing"),
    ({"conversation_id": "nowhere"}, "conversation_id: unknown"),
    ({"evidence": [1]}, "evidence: not_allowed"),
    ({"received_at": RECEIVED + timedelta(minutes=1)}, "received_at: not_allowed"),
    ({"callback_by": RECEIVED}, "callback_by: not_allowed"),
    ({"regulator_due": date(2026, 11, 21)}, "regulator_due: in_the_past"),
]


async def test_bad_input_is_refused_and_nothing_stored(tickets: Tickets, engine: Engine) -> None:
    for details, problem in BAD:
        with pytest.raises(InvalidTicketError, match=problem):
            await tickets.open(complaint(**details))
    assert rows(engine) == [0, 0, 0, 0]


async def test_evidence_must_be_a_message_of_the_conversation(tickets: Tickets, engine: Engine, talk: str) -> None:
    with pytest.raises(InvalidTicketError):
        await tickets.open(complaint(conversation_id=talk, evidence=[1, 4]))
    assert rows(engine) == [0, 0, 0, 0]


def test_the_same_key_at_once_opens_one_ticket(engine: Engine, vault: Vault) -> None:
    def open_it(_: int) -> Opened:
        with writing(engine) as session:
            return records.open_ticket(session, vault, complaint(), RECEIVED)

    with ThreadPoolExecutor(6) as threads:
        opened = list(threads.map(open_it, range(6)))
    assert len({each.ticket.ticket_no for each in opened}) == 1
    assert [each.repeated for each in opened].count(False) == 1
    assert rows(engine) == [1, 2, 1, 0]


def test_a_number_drawn_twice_at_once_is_given_once(
    engine: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = chain(repeat(7, 6), range(100, 200))
    monkeypatch.setattr("dengta.handoff.tickets.records.secrets.randbelow", lambda _below: next(draws))

    def open_it(number: int) -> str:
        with writing(engine) as session:
            return records.open_ticket(session, vault, complaint(key=f"talk-{number}"), RECEIVED).ticket.ticket_no

    with ThreadPoolExecutor(6) as threads:
        numbers = list(threads.map(open_it, range(6)))
    assert len(set(numbers)) == 6
    assert "TS260000000007" in numbers


async def test_tickets_are_found_by_whose_they_are_and_when_they_are_due(
    tickets: Tickets, clock: Clock, talk: str
) -> None:
    late = await tickets.open(complaint(key="a", kind="certificate", cause="settlement", owner_id="kf2"))
    soon = await tickets.open(complaint(key="b", conversation_id=talk))
    other = await tickets.open(complaint(key="c", customer_id="C0014", group="complex"))
    numbers = {each.ticket.ticket_no: name for name, each in (("late", late), ("soon", soon), ("other", other))}

    async def found(**search: Any) -> list[str]:
        return [numbers[each.ticket_no] for each in await tickets.find(Search(**search))]

    assert await found(customer_id="C0008") == ["soon", "late"]
    assert await found(ticket_no=late.ticket.ticket_no) == ["late"]
    assert await found(conversation_id=talk) == ["soon"]
    assert await found(owner_id="kf2") == ["late"]
    assert await found(groups=["complex"], kind="complaint", states=["open", "accepted"]) == ["other"]
    assert await found(groups=[]) == await found(states=["closed"]) == []
    assert await found(groups=["complex", "general"], unowned=True) == ["other"]
    assert await found(part=late.ticket.ticket_no[-6:]) == ["late"]
    assert await found(part="%") == []
    assert sorted(await found(passed=(100, RECEIVED + timedelta(days=1)))) == ["other", "soon"]


async def test_what_is_late_or_soon_will_be_is_counted_by_the_clock_that_ends_first(
    tickets: Tickets, clock: Clock
) -> None:
    for key, kind, cause, group in (
        ("a", "certificate", "settlement", "general"),
        ("b", "complaint", "fees", "escalated"),
        ("c", "credit_dispute", "overdue", "general"),
    ):
        await tickets.open(complaint(key=key, kind=kind, cause=cause, group=group))
    assert await tickets.pressing(Search()) == {}
    clock.now = RECEIVED.replace(hour=22)
    assert await tickets.pressing(Search()) == {"escalated": Pressing(0, 1), "general": Pressing(0, 1)}
    clock.day(6)
    assert await tickets.pressing(Search()) == {"escalated": Pressing(1, 0), "general": Pressing(1, 1)}
    assert await tickets.pressing(Search(groups=["escalated"])) == {"escalated": Pressing(1, 0)}
    for percent, kinds in ((50, 3), (80, 3), (100, 2)):
        found = await tickets.find(Search(passed=(percent, clock.now)), limit=2)
        rest = await tickets.find(Search(passed=(percent, clock.now)), limit=2, offset=2)
        assert len(found) + len(rest) == await tickets.count(Search(passed=(percent, clock.now))) == kinds
    first = (await tickets.find(Search(kind="complaint")))[0]
    assert (first.due_goal, first.due_since, first.due_at) == ("accepted", RECEIVED, last_moment(RECEIVED, 0))


async def test_a_customer_is_told_of_their_own_tickets_only(tickets: Tickets, clock: Clock) -> None:
    first = await tickets.open(complaint(key="a"))
    await tickets.open(complaint(key="b", customer_id="C0014"))
    clock.day(1)
    second = await tickets.open(complaint(key="c"))
    assert await tickets.for_customer("C0008") == (second.ticket, first.ticket)
    assert await tickets.for_customer("C9999") == ()


async def test_a_number_nobody_was_given_is_no_ticket(tickets: Tickets) -> None:
    with pytest.raises(TicketNotFoundError):
        await tickets.get("TS260000000000")


async def test_an_outage_is_no_empty_list(vault: Vault, clock: Clock) -> None:
    tickets = Tickets(connect("postgresql://nobody@127.0.0.1:1/none", 2.0), vault, HOURS, clock)
    with pytest.raises(DatabaseUnavailable):
        await tickets.for_customer("C0008")
