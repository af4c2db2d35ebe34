"""Asking for a person: recorded once, and promised by a moment at which people work."""
import asyncio
from datetime import datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import handoff
from dengta.database import DatabaseUnavailable, reading
from dengta.handoff.requests import HandoffRequests, ServiceHours

HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))
MORNING = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment in November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (at(22, 9), at(22, 11)),
        (at(22, 10, 30), at(22, 12, 30)),
        (at(22, 18, 59), at(22, 20, 59)),
        (at(22, 19), at(23, 9)),  # the promise ends when people leave, so it holds from the next opening
        (at(22, 20, 30), at(23, 9)),
        (at(22, 21), at(23, 11)),
        (at(22, 23, 59), at(23, 11)),
        (at(23, 0), at(23, 11)),
        (at(23, 8, 59), at(23, 11)),
        (at(30, 22), datetime(2026, 12, 1, 11, 0, tzinfo=SHANGHAI)),
    ],
)
def test_the_deadline_is_moved_into_service_hours(asked: datetime, promised: datetime) -> None:
    assert HOURS.deadline(asked) == promised


def test_a_day_long_promise_made_in_the_morning_ends_the_next_morning() -> None:
    assert ServiceHours(time(9), time(21), timedelta(hours=24)).deadline(MORNING) == at(23, 10)


MINUTES = st.integers(min_value=0, max_value=24 * 60 - 1)


@st.composite
def service_hours(draw: st.DrawFn) -> ServiceHours:
    opens, closes = draw(MINUTES), draw(MINUTES)
    assume(opens < closes)
    promise = timedelta(hours=draw(st.integers(min_value=1, max_value=168)))
    return ServiceHours(time(opens // 60, opens % 60), time(closes // 60, closes % 60), promise)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))


@given(hours=service_hours(), moment=MOMENTS)
def test_the_deadline_lies_in_service_hours_and_the_promise_fits_before_it(
    hours: ServiceHours, moment: datetime
) -> None:
    deadline = hours.deadline(moment)
    assert hours.is_open(deadline)
    assert deadline >= moment + hours.promise
    assert deadline <= moment + hours.promise + timedelta(days=2)


@given(hours=service_hours(), moment=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_asks_later_is_never_promised_an_earlier_answer(
    hours: ServiceHours, moment: datetime, later: timedelta
) -> None:
    assert hours.deadline(moment) <= hours.deadline(moment + later)


@pytest.fixture
def requests(engine: Engine) -> HandoffRequests:
    return HandoffRequests(engine, HOURS, lambda: MORNING)


async def test_a_request_is_recorded_with_who_asked_and_why(
    engine: Engine, log: MessageLog, requests: HandoffRequests
) -> None:
    talk = await log.open_conversation("web")
    made = await requests.add(talk, "C0008", "request_human")
    with reading(engine) as session:
        row = session.execute(select(handoff)).one()
    assert (row.ticket_no, row.conversation_id, row.customer_id) == (made.ticket_no, talk, "C0008")
    assert (row.reason, row.state) == ("request_human", "waiting")
    assert (row.created_at, row.callback_by) == (made.created_at, made.callback_by) == (MORNING, at(22, 12))
    assert not made.repeated


async def test_asking_again_returns_the_first_request(log: MessageLog, engine: Engine) -> None:
    clock = [MORNING]
    requests = HandoffRequests(engine, HOURS, lambda: clock[0])
    talk = await log.open_conversation("web")
    first = await requests.add(talk, None, "request_human")
    clock[0] += timedelta(hours=1)
    again = await requests.add(talk, "C0008", "file_complaint")
    assert again.repeated
    assert (again.ticket_no, again.created_at, again.callback_by) == (first.ticket_no, MORNING, first.callback_by)


async def test_every_conversation_has_its_own_request(log: MessageLog, requests: HandoffRequests) -> None:
    made = [await requests.add(await log.open_conversation("web"), None, "request_human") for _ in range(3)]
    assert len({request.ticket_no for request in made}) == 3
    assert not any(request.repeated for request in made)


async def test_asking_many_times_at_once_makes_one_request(log: MessageLog, requests: HandoffRequests) -> None:
    talk = await log.open_conversation("web")
    made = await asyncio.gather(*(requests.add(talk, None, "request_human") for _ in range(8)))
    assert len({request.ticket_no for request in made}) == 1
    assert [request.repeated for request in made].count(False) == 1


async def test_an_outage_is_told_as_an_outage(engine: Engine, requests: HandoffRequests) -> None:
    with engine.execution_options(dengta_writes=True).begin() as connection:
        connection.execute(text("DROP TABLE handoff"))
    with pytest.raises(DatabaseUnavailable):
        await requests.add("talk", None, "request_human")
