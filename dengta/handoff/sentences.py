"""What customers read while they are handed over, from `data/handoff/sentences.yml`, in the tone they chose."""
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Mapping

from dengta.clock import SHANGHAI
from dengta.conversation.messages import Body
from dengta.data import read_data
from dengta.handoff.hours import ServiceHours

_PUNCTUATION = " 。！!.~～，,"


def sentence(name: str, tone: str, **values: Any) -> Body:
    """Return a sentence as a message; a name or a value that is missing is a KeyError."""
    entry = _sentences()[name]
    text = entry.get(tone) or entry["standard"]
    buttons = [{"title": title, "payload": title} for title in entry.get("buttons", ())]
    return {"text": text.format(**values), "buttons": buttons}


def moment(at: datetime) -> str:
    """Return date and time of day in Asia/Shanghai, as customers read it."""
    local = at.astimezone(SHANGHAI)
    parts = {"year": local.year, "month": local.month, "day": local.day, "time": f"{local:%H:%M}"}
    return str(_sentences()["moment"].format(**parts))


def hours_on(hours: ServiceHours, day: date) -> str:
    """Return when people work: every day, or on this day if it is another one than usual."""
    usual = (hours.opens, hours.closes)
    span = hours.on(day)
    told = "hours_every_day" if span == usual else "hours_today" if span else "closed_today"
    opens, closes = span or usual
    return str(_sentences()[told].format(opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}"))


def cancels(body: Body) -> bool:
    """Tell whether somebody who waits says, by a click or in words, that they wait no longer."""
    return (body.get("payload") or body.get("text", "")).strip(_PUNCTUATION) in _sentences()["cancel"]


@lru_cache(maxsize=1)
def _sentences() -> Mapping[str, Any]:
    content: Mapping[str, Any] = read_data("handoff/sentences")
    return content
