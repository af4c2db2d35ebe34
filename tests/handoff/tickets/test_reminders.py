"""Warnings of deadlines: at 50, 80 and 100 percent, each given once and seen at the desk."""
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from dengta.conversation import event_log
from dengta.database import reading, writing
from dengta.handoff.tickets import records, reminders
from dengta.handoff.tickets.models import Change, DueWarning
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault
from tests.handoff.tickets.conftest import RECEIVED, Clock, complaint, walk

Warn = Callable[[], list[tuple[str, int]]]


@pytest.fixture
def warn(engine: Engine, clock: Clock) -> Warn:
    """Give what is due by now; return goals and percents."""

    def give() -> list[tuple[str, int]]:
        with writing(engine) as session:
            return [(warning.goal, warning.percent) for warning in reminders.warn(session, clock.now)]

    return give


async def test_each_warning_is_given_once_on_its_day(tickets: Tickets, clock: Clock, engine: Engine) -> None:
    opened = await tickets.open(complaint(kind="certificate", cause="invoice", owner_id="kf2"))
    seen = []
    for hour in range(10 * 24):
        clock.now = RECEIVED + timedelta(hours=hour)
        with writing(engine) as session:
            seen += [(hour // 24, warning) for warning in reminders.warn(session, clock.now)]
    due_at = opened.ticket.due_at
    assert due_at is not None
    assert seen == [
        (day, DueWarning(opened.ticket.ticket_no, "certificate", "general", "kf2", "answered", due_at, percent))
        for day, percent in ((3, 50), (6, 80), (7, 100))
    ]


async def test_the_desk_sees_warnings_as_events(tickets: Tickets, clock: Clock, warn: Warn, engine: Engine) -> None:
    opened = await tickets.open(complaint(owner_id="kf2"))
    clock.day(1)
    warn()
    with reading(engine) as session:
        events = [(event.kind, event.data) for event in event_log.since(session, 0, 10)]
    number = opened.ticket.ticket_no
    theirs = {"ticket_no": number, "group": "escalated", "owner_id": "kf2"}
    due = {**theirs, "goal": "accepted", "percent": 100}
    assert events == [("ticket", {**theirs, "state": "open"}), ("deadline", due)]


async def test_after_a_long_time_it_is_only_told_how_bad_it_is(tickets: Tickets, clock: Clock, warn: Warn) -> None:
    await tickets.open(complaint())
    clock.day(13)
    assert sorted(warn()) == [("accepted", 100), ("answered", 80)]
    assert warn() == []


async def test_what_was_done_is_not_warned_of(tickets: Tickets, clock: Clock, warn: Warn) -> None:
    await walk(tickets, await tickets.open(complaint()), "accepted", "in_progress", "answered")
    clock.day(20)
    assert warn() == []


async def test_after_an_extension_the_warnings_are_those_of_the_new_deadline(
    tickets: Tickets, clock: Clock, warn: Warn
) -> None:
    opened = await tickets.open(complaint())
    version = await walk(tickets, opened, "accepted", "in_progress")
    clock.day(14)
    assert warn() == [("answered", 80)]
    await tickets.extend(Change(opened.ticket.ticket_no, version, "lead1", "案情复杂"), 30, "lead", "审批单")
    assert warn() == []
    percents = []
    for day in (15, 16, 24, 25, 30, 31):
        clock.day(day)
        percents += [(day, percent) for _, percent in warn()]
    assert percents == [(16, 50), (25, 80), (31, 100)]


def test_of_those_who_warn_at_once_only_one_gives_a_warning(engine: Engine, vault: Vault) -> None:
    with writing(engine) as session:
        for number in range(20):
            records.open_ticket(session, vault, complaint(key=f"talk-{number}"), RECEIVED)
    later = RECEIVED + timedelta(days=30)

    def ask(_: int) -> list[tuple[str, str]]:
        with writing(engine) as session:
            return [(warning.ticket_no, warning.goal) for warning in reminders.warn(session, later, 15)]

    with ThreadPoolExecutor(6) as threads:
        claimed = [each for batch in threads.map(ask, range(6)) for each in batch]
    with writing(engine) as session:
        claimed += [(warning.ticket_no, warning.goal) for warning in reminders.warn(session, later, 100)]
    assert len(claimed) == len(set(claimed)) == 40
