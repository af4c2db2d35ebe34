"""Who is handed over without asking, and where somebody waits: pure functions of the rules and of what was said."""
from collections.abc import Collection, Sequence
from typing import NamedTuple, Optional

from dengta.handoff.rules import Place, Rules

DISTRESS = "distress"
ANGER = "anger"
BOT_FAILED = "bot_failed"


class Heard(NamedTuple):
    """A message of the customer and what it was understood as, None if it was not."""

    text: str
    reading: Optional[str]


def is_distress(rules: Rules, text: str) -> bool:
    """Tell whether somebody writes that they may hurt themselves or others."""
    return _has(text, rules.distress)


def is_alarming(rules: Rules, heard: Heard) -> bool:
    """Tell whether `unasked` may find a reason with this message as the newest; it needs no other messages to tell."""
    return heard.reading in rules.unasked or _is_angry(rules, heard)


def unasked(rules: Rules, heard: Sequence[Heard]) -> Optional[str]:
    """Return why a person should come although nobody asked, None if none should; `heard` is in order, newest last."""
    if not heard:
        return None
    if heard[-1].reading in rules.unasked:
        return heard[-1].reading
    angry = [_is_angry(rules, each) for each in heard[-rules.anger.among :]]
    return ANGER if angry[-1] and sum(angry) >= rules.anger.times else None


def place(rules: Rules, reason: str, readings: Sequence[str], tags: Collection[str]) -> Place:
    """Return where a customer waits who is handed over for a `reason`.

    `readings` are what was understood before, newest first; `tags` what is known of the customer.
    """
    found = next((_placement(rules, cause) for cause in (reason, *readings) if _placement(rules, cause)), None)
    known = [rules.tags[tag] for tag in rules.tags if tag in tags]
    chosen = found or Place(
        next((tag.group for tag in known if tag.group is not None), rules.otherwise.group), rules.otherwise.priority
    )
    return Place(
        chosen.group, min([chosen.priority, *(tag.priority for tag in known if tag.priority is not None)])
    )


def _placement(rules: Rules, cause: str) -> Optional[Place]:
    return next((place for causes, place in rules.placements if cause in causes), None)


def _is_angry(rules: Rules, heard: Heard) -> bool:
    return heard.reading in rules.anger.readings or _has(heard.text, rules.anger.words)


def _has(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
