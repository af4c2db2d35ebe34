"""The one clock of the project: Asia/Shanghai, and it can be frozen for demos and tests."""
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from dengta.settings import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment as an aware datetime in Asia/Shanghai."""
    frozen = settings().demo_now
    return frozen if frozen is not None else datetime.now(SHANGHAI)


def real_time() -> datetime:
    """Return the present moment in UTC, also in a demo whose clock is frozen: for leases, waiting and absence."""
    return datetime.now(timezone.utc)


def today() -> date:
    """Return the present business date in Asia/Shanghai."""
    return now().date()
