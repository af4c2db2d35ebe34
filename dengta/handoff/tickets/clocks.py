"""When a ticket is due, and when to warn of it: calendar days of Asia/Shanghai, without a pause."""
from datetime import date, datetime, time, timedelta
from typing import Optional

from dengta.clock import SHANGHAI

WARNINGS = (50, 80, 100)  # percent of the time between receipt and deadline
SOON = 80  # percent from which a ticket counts as nearly due


def last_moment(received_at: datetime, days: int) -> datetime:
    """Return the end of the last day, `days` calendar days after the day of receipt, which itself does not count."""
    return end_of(received_at.astimezone(SHANGHAI).date() + timedelta(days=days))


def end_of(day: date) -> datetime:
    """Return the last moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time.max, SHANGHAI)


def warned_by(starts_at: datetime, due_at: datetime, now: datetime) -> int:
    """Return the highest of `WARNINGS` that has been reached, 0 if none."""
    return max((percent for percent in WARNINGS if now >= _moment(starts_at, due_at, percent)), default=0)


def next_warning(starts_at: datetime, due_at: datetime, warned: int) -> Optional[datetime]:
    """Return when to warn after the warning of `warned` percent, None after the last."""
    later = [percent for percent in WARNINGS if percent > warned]
    return _moment(starts_at, due_at, later[0]) if later else None


def _moment(starts_at: datetime, due_at: datetime, percent: int) -> datetime:
    return starts_at + (due_at - starts_at) * percent / 100
