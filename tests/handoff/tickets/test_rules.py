"""The rules in tickets.yml fit together, and what customers read of them may be said."""
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from dengta.clock import SHANGHAI
from dengta.handoff.tickets.models import Told
from dengta.handoff.tickets.rules import CALLBACK, REGULATOR, Kind, check_group, rules
from dengta.handoff.tickets.telling import extended, news, opened, progress
from tests.project.test_texts import FORBIDDEN, GUARDED, PROMISES

STATES = {"open", "accepted", "in_progress", "waiting_customer", "answered", "closed", "reopened"}
KINDS = sorted(rules().kinds)
TONES = ("standard", "senior")
DUE = datetime(2026, 12, 7, 23, 59, tzinfo=SHANGHAI)


def reached(kind: Kind, state: str) -> set[str]:
    """Return the states that can be reached from one."""
    found, fresh = set[str](), {state}
    while fresh:
        found |= fresh
        fresh = {to for each in fresh for to in kind.flow[each]} - found
    return found


def spoken() -> Iterator[str]:
    """Yield everything a customer can be told, of every kind, state and tone."""
    for name, kind in rules().kinds.items():
        for tone in TONES:
            for due_at in (None, DUE):
                ticket = Told(f"{kind.prefix}261234567890", name, "open", due_at)
                yield opened(ticket, tone)
                yield extended(ticket, tone)
                for state in reached(kind, "open"):
                    ticket = Told(ticket.ticket_no, name, state, due_at)
                    yield progress(ticket, tone)
                    if state != "open":
                        yield news(ticket, tone)


@pytest.mark.parametrize("name", KINDS)
def test_every_ticket_can_be_answered_and_closed_from_wherever_it_is(name: str) -> None:
    kind = rules().kinds[name]
    assert set(kind.flow) <= STATES
    for state in kind.flow:
        assert {"answered", "closed"} <= reached(kind, state)


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_names_exists(name: str) -> None:
    kind = rules().kinds[name]
    assert "answered" in kind.goals
    assert set(kind.goals) <= {"accepted", "answered"} & set(kind.flow)
    assert all(rules().clock(clock).days is not None or clock == CALLBACK for clock in kind.goals.values())
    assert rules().clock(kind.reopened).days is not None
    assert kind.remedies <= set(rules().remedies)
    assert "other" in kind.causes
    check_group(kind.group)


def test_every_kind_has_its_own_prefix() -> None:
    prefixes = [kind.prefix for kind in rules().kinds.values()]
    assert len(set(prefixes)) == len(prefixes)
    assert all(re.fullmatch(r"[A-Z]{2}", prefix) for prefix in prefixes)


def test_the_clocks_of_the_law_are_those_of_the_reference() -> None:
    complaint = rules().clock("complaint", 1)
    assert (complaint.days, [extension.days for extension in complaint.extensions]) == (15, [30, 60])
    assert [rules().clock(name, 1).days for name in ("illegality_acceptance", "illegality_opinion")] == [15, 60]
    assert rules().clock("credit_dispute", 1).days == 20
    assert rules().clock(REGULATOR).approvers


def test_a_deadline_that_was_not_read_as_law_is_told_only_where_it_is_ours_to_promise() -> None:
    told = {name for name in rules().clocks if rules().clock(name).told}
    assert told == {"seven_days", "complaint", "credit_dispute", "callback"}


def test_nothing_is_told_that_may_not_be_said() -> None:
    for text in spoken():
        assert not re.search(r"[{}]|\n\n", text)
        for what, pattern in FORBIDDEN.items():
            assert not re.search(pattern, text), what
        assert [part for part in re.split(r"[。\n]", text) if PROMISES.search(part) and not GUARDED.search(part)] == []


def sentences(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "standard":
                yield from sentences(inner)


def test_the_senior_wording_is_short_sentences() -> None:
    texts = [*sentences(rules().wording), *(kind.advice.get("senior", "") for kind in rules().kinds.values())]
    lines = [re.sub(r"\{\w+\}", "", line) for text in texts for line in re.split(r"[\n。]", text)]
    assert max(len(line) for line in lines) <= 20
