"""The rules of tickets, read once per process from `data/handoff/tickets.yml`."""
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Optional

from dengta.data import read_data
from dengta.handoff.rules import rules as handoff_rules
from dengta.handoff.tickets.clocks import last_moment
from dengta.handoff.tickets.errors import InvalidTicketError

CALLBACK = "callback"  # the clock that ends at a moment promised by the service hours
REGULATOR = "regulator"  # the one that ends on a date typed in


@dataclass(frozen=True)
class Extension:
    """A deadline may be moved to `days` since receipt, if one of the roles `approvers` approves."""

    days: int
    approvers: Collection[str]


@dataclass(frozen=True)
class Clock:
    """How long something may take: calendar `days`, or None if a moment is promised or a date typed in.

    `told` if customers hear the date. `approvers` are the roles that may move a typed date back.
    """

    name: str
    version: int
    days: Optional[int]
    extensions: tuple[Extension, ...]
    approvers: Collection[str]
    told: bool
    source: str
    status: str

    def ends(self, starts_at: datetime, given: Optional[datetime] = None) -> datetime:
        """Return the end of the last day, or what was `given` to a clock that counts no days.

        Raises:
            ValueError: it counts no days and was given nothing.
        """
        if self.days is not None:
            return last_moment(starts_at, self.days)
        if given is None:
            raise ValueError(f"the clock {self.name} needs a moment")
        return given


@dataclass(frozen=True)
class Kind:
    """A kind of ticket.

    `flow` says which states follow which, `goals` by which clock a state must be reached, `reopened` is the clock of
    the answer to a ticket that was opened again. `remedies` are what an answer must name. `chat` are the causes the bot
    offers, to `strangers` also, or only to verified customers; a kind without any is not opened in chat.
    """

    id: str
    title: str
    prefix: str
    group: str
    flow: Mapping[str, Collection[str]]
    goals: Mapping[str, str]
    reopened: str
    remedies: frozenset[str]
    causes: Mapping[str, str]
    advice: Mapping[str, str]
    chat: Collection[str]
    strangers: bool

    @property
    def calls_back(self) -> bool:
        """Whether the customer was promised a moment rather than a day."""
        return CALLBACK in self.goals.values()


@dataclass(frozen=True)
class Rules:
    """Everything the file says; `outcomes` by `answered` and `unanswered`, `wording` as it is written."""

    kinds: Mapping[str, Kind]
    outcomes: Mapping[str, Mapping[str, str]]
    remedies: Mapping[str, str]
    wording: Mapping[str, Any]
    clocks: Mapping[str, tuple[Clock, ...]]

    def clock(self, name: str, version: Optional[int] = None) -> Clock:
        """Return a clock in the version a deadline began with, or the newest; one that is not there is a KeyError."""
        versions = {clock.version: clock for clock in self.clocks[name]}
        return versions[max(versions) if version is None else version]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules."""
    content = read_data("handoff/tickets")
    return Rules(
        kinds={id: _kind(id, entry, content["flows"]) for id, entry in content["kinds"].items()},
        outcomes=content["outcomes"],
        remedies=content["remedies"],
        wording=content["wording"],
        clocks={
            name: tuple(_clock(name, entry) for entry in versions) for name, versions in content["clocks"].items()
        },
    )


def is_ticket_no(number: str) -> bool:
    """Tell whether a number looks like a ticket's."""
    return any(number.startswith(kind.prefix) for kind in rules().kinds.values())


def check_group(group: str) -> None:
    """Refuse what is no skill group.

    Raises:
        InvalidTicketError.
    """
    if group not in handoff_rules().groups:
        raise InvalidTicketError("group", "unknown")


def _kind(id: str, entry: Mapping[str, Any], flows: Mapping[str, Any]) -> Kind:
    return Kind(
        id=id,
        title=entry["title"],
        prefix=entry["prefix"],
        group=entry["group"],
        flow=flows[entry["flow"]],
        goals=entry["goals"],
        reopened=entry["reopened"],
        remedies=frozenset(entry["remedies"]),
        causes=entry["causes"],
        advice=entry.get("advice", {}),
        chat=entry.get("chat", ()),
        strangers=entry.get("strangers", False),
    )


def _clock(name: str, entry: Mapping[str, Any]) -> Clock:
    return Clock(
        name=name,
        version=entry["version"],
        days=entry.get("days"),
        extensions=tuple(Extension(**extension) for extension in entry.get("extensions", ())),
        approvers=entry.get("approvers", ()),
        told=entry["told"],
        source=entry["source"],
        status=entry["status"],
    )
