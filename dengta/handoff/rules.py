"""Skill groups and triage as `data/handoff/groups.yml` and `triage.yml` say, checked when they are read."""
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Mapping, Optional, Sequence

from dengta.data import read_data


class RulesError(Exception):
    """The rules of the hand-over contradict themselves; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Group:
    """A skill group; the groups of `fallback` help, in this order, while nobody of it is online."""

    id: str
    name: str
    fallback: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where somebody waits: the skill group, and a priority of which 0 is served first."""

    group: str
    priority: int


@dataclass(frozen=True)
class Tag:
    """Something known of a customer: `group` and `priority` are what it leads to, the rest who has it."""

    id: str
    name: str
    group: Optional[str]
    priority: Optional[int]
    tickets: frozenset[str]  # kinds
    open: bool
    regulator: bool
    overdue: Optional[int]  # days
    frozen: bool


@dataclass(frozen=True)
class Anger:
    """Anger rises when `times` of a customer's last `among` messages are angry, by their words or their reading."""

    words: tuple[str, ...]
    readings: frozenset[str]
    times: int
    among: int


@dataclass(frozen=True)
class Rules:
    """Everything that decides who is handed over, and to whom."""

    groups: Mapping[str, Group]
    placements: Sequence[tuple[frozenset[str], Place]]
    otherwise: Place
    returned: int  # priority of customers whose agent disappeared
    tags: Mapping[str, Tag]  # in the order of the file
    promises: Mapping[int, timedelta]  # within which a priority is called back, where it is sooner than for all
    unasked: frozenset[str]
    distress: tuple[str, ...]
    anger: Anger


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules of this installation.

    Raises:
        RulesError: a group or a priority is named that does not exist.
    """
    return build(read_data("handoff/groups"), read_data("handoff/triage"))


def build(groups: Mapping[str, Any], triage: Mapping[str, Any]) -> Rules:
    """Return the rules of two files.

    Raises:
        RulesError: a group or a priority is named that does not exist.
    """
    known = {each["id"]: Group(each["id"], each["name"], tuple(each["fallback"])) for each in groups["groups"]}
    priorities = triage["priorities"]

    def place(entry: Mapping[str, Any]) -> Place:
        return Place(_one_of(known, entry["group"]), priorities[_one_of(priorities, entry["priority"])])

    def tag(name: str, entry: Mapping[str, Any]) -> Tag:
        return Tag(
            id=name,
            name=entry["name"],
            group=_one_of(known, entry["group"]) if "group" in entry else None,
            priority=priorities[_one_of(priorities, entry["priority"])] if "priority" in entry else None,
            tickets=frozenset(entry.get("tickets", ())),
            open=entry.get("open", False),
            regulator=entry.get("regulator", False),
            overdue=entry.get("overdue"),
            frozen=entry.get("frozen", False),
        )

    for group in known.values():
        for other in group.fallback:
            _one_of(known, other)
    return Rules(
        groups=known,
        placements=[(frozenset(entry["causes"]), place(entry)) for entry in triage["placements"]],
        otherwise=place(triage["otherwise"]),
        returned=priorities[_one_of(priorities, "returned")],
        tags={name: tag(name, entry) for name, entry in triage["tags"].items()},
        promises={priorities[_one_of(priorities, name)]: timedelta(hours=n) for name, n in triage["promises"].items()},
        unasked=frozenset(triage["unasked"]),
        distress=tuple(triage["distress"]),
        anger=Anger(
            words=tuple(triage["anger"]["words"]),
            readings=frozenset(triage["anger"]["readings"]),
            times=triage["anger"]["times"],
            among=triage["anger"]["among"],
        ),
    )


def _one_of(known: Mapping[str, Any], name: str) -> str:
    if name not in known:
        raise RulesError(f"data/handoff: {name!r} is not one of {', '.join(known)}")
    return name
