"""Clocks count calendar days in Shanghai, end with the last day, and warn on the way."""
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.clock import SHANGHAI
from dengta.handoff.tickets.clocks import WARNINGS, last_moment, next_warning, warned_by
from dengta.handoff.tickets.rules import rules

DAYS = st.integers(min_value=0, max_value=60)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("received", "days", "last_day"),
    [
        ("2026-11-22T00:00", 0, date(2026, 11, 22)),
        ("2026-11-22T23:59", 0, date(2026, 11, 22)),
        ("2026-11-22T10:30", 15, date(2026, 12, 7)),
        ("2026-11-30T10:30", 7, date(2026, 12, 7)),
        ("2026-12-31T23:59", 15, date(2027, 1, 15)),
        ("2027-12-20T09:00", 15, date(2028, 1, 4)),
        ("2028-02-14T09:00", 15, date(2028, 2, 29)),  # a leap year
        ("2027-02-14T09:00", 15, date(2027, 3, 1)),
        ("2028-01-31T09:00", 30, date(2028, 3, 1)),
        ("2027-12-31T09:00", 60, date(2028, 2, 29)),
    ],
)
def test_the_last_day(received: str, days: int, last_day: date) -> None:
    due = last_moment(datetime.fromisoformat(received).replace(tzinfo=SHANGHAI), days)
    assert (due.date(), due.time()) == (last_day, time.max)


def test_the_day_of_receipt_is_the_one_in_shanghai() -> None:
    evening_in_london = datetime(2026, 11, 22, 20, 0, tzinfo=timezone.utc)
    assert last_moment(evening_in_london, 0).date() == date(2026, 11, 23)


@given(received=MOMENTS, days=DAYS)
def test_there_are_whole_days_between_receipt_and_end_and_never_one_more(received: datetime, days: int) -> None:
    due = last_moment(received, days)
    assert timedelta(days=days) <= due - received < timedelta(days=days + 1)
    assert (due.date() - received.date()).days == days


@given(received=MOMENTS, days=DAYS, later=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_came_later_is_never_due_earlier(received: datetime, days: int, later: timedelta) -> None:
    assert last_moment(received, days) <= last_moment(received + later, days)


@given(received=MOMENTS)
def test_an_extension_never_shortens_and_none_goes_beyond_sixty_days(received: datetime) -> None:
    for versions in rules().clocks.values():
        for clock in versions:
            if clock.days is None:
                continue
            ends = [last_moment(received, days) for days in (clock.days, *(e.days for e in clock.extensions))]
            assert ends == sorted(set(ends))
            assert (ends[-1].date() - received.date()).days <= 60


@given(starts=MOMENTS, days=DAYS, passed=st.floats(min_value=0, max_value=1.5))
def test_every_warning_has_its_moment_in_order(starts: datetime, days: int, passed: float) -> None:
    due = last_moment(starts, days)
    now = starts + (due - starts) * passed
    warned = warned_by(starts, due, now)
    following = next_warning(starts, due, warned)
    assert warned in (0, *WARNINGS)
    assert following is None if warned == 100 else following is not None and now < following <= due
    assert (warned == 100) == (now >= due)
