"""A call back is promised by a moment at which people work, holidays included."""
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dengta.clock import SHANGHAI
from dengta.handoff.hours import ServiceHours, other_days
from dengta.handoff.sentences import hours_on

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


def test_a_sooner_promise_is_moved_into_service_hours_as_well() -> None:
    assert HOURS.deadline(MORNING, timedelta(hours=1)) == at(22, 11)
    assert HOURS.deadline(at(22, 23), timedelta(hours=1)) == at(23, 10)


def test_a_day_long_promise_made_in_the_morning_ends_the_next_morning() -> None:
    assert ServiceHours(time(9), time(21), timedelta(hours=24)).deadline(MORNING) == at(23, 10)


HOLIDAYS = ServiceHours(
    time(9), time(21), timedelta(hours=2), {date(2026, 11, 23): None, date(2026, 11, 24): (time(10), time(18))}
)


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (at(22, 20), at(24, 10)),
        (at(23, 12), at(24, 12)),
        (at(24, 9, 30), at(24, 12)),
        (at(24, 17), at(25, 9)),
        (at(24, 18), at(25, 11)),
    ],
)
def test_nobody_is_promised_a_call_on_a_holiday(asked: datetime, promised: datetime) -> None:
    assert HOLIDAYS.deadline(asked) == promised
    assert not HOLIDAYS.is_open(at(23, 12)) and not HOLIDAYS.is_open(at(24, 9, 30)) and HOLIDAYS.is_open(at(24, 10))


def test_the_hours_told_are_those_of_the_day() -> None:
    told = [hours_on(HOLIDAYS, date(2026, 11, day)) for day in (22, 23, 24)]
    assert told == ["每天 09:00–21:00", "今天休息，平日 09:00–21:00", "今天 10:00–18:00"]


def test_the_days_of_this_installation_are_those_of_the_official_notice() -> None:
    days = other_days()
    assert days[date(2026, 2, 17)] is None
    assert days[date(2026, 10, 1)] == (time(10), time(18))
    assert len(days) == 3 + 9 + 3 + 5 + 3 + 3 + 7  # 元旦 春节 清明 劳动节 端午 中秋 国庆


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
