"""When people work: the hours of the settings, and the days that differ from them in `data/handoff/hours.yml`."""
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Mapping, Optional

from dengta.data import read_data
from dengta.settings import settings

Span = tuple[time, time]


@dataclass(frozen=True)
class ServiceHours:
    """When people work, in Asia/Shanghai, and within how many hours they `promise` to call back.

    On the days of `other` they work from and to other times, or not at all.
    """

    opens: time
    closes: time
    promise: timedelta
    other: Mapping[date, Optional[Span]] = field(default_factory=dict)

    def on(self, day: date) -> Optional[Span]:
        """Return from when to when people work on a day, None if they do not."""
        return self.other.get(day, (self.opens, self.closes))

    def is_open(self, moment: datetime) -> bool:
        """Tell whether people are at work."""
        span = self.on(moment.date())
        return span is not None and span[0] <= moment.time() < span[1]

    def deadline(self, moment: datetime, within: Optional[timedelta] = None) -> datetime:
        """Return the moment by which a request made at `moment` is answered, moved into service hours.

        That is `within` some time after people are at work, or within the promise that is given to all.
        """
        due = max(moment, self._next_opening(moment)) + (self.promise if within is None else within)
        return due if self.is_open(due) else self._next_opening(due)

    def _next_opening(self, moment: datetime) -> datetime:
        if self.is_open(moment):
            return moment
        day = moment.date()
        while True:
            span = self.on(day)
            if span is not None and (opening := datetime.combine(day, span[0], moment.tzinfo)) > moment:
                return opening
            day += timedelta(days=1)


def service_hours() -> ServiceHours:
    """Return the hours of this installation."""
    config = settings()
    promise = timedelta(hours=config.callback_hours)
    return ServiceHours(config.service_opens, config.service_closes, promise, other_days())


def other_days() -> dict[date, Optional[Span]]:
    """Return the days on which people work other hours than usual, or not at all (None)."""
    content = read_data("handoff/hours")
    return {**{day: _span(times) for day, times in content["shorter"].items()}, **dict.fromkeys(content["closed"])}


def _span(times: str) -> Span:
    opens, closes = (time.fromisoformat(each) for each in times.split("-"))
    return opens, closes
