"""What tickets look like to those who open, read and change them."""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Optional

SETTLED = ("answered", "closed")  # states in which nothing is owed to the customer any more


@dataclass(frozen=True)
class NewTicket:
    """What is known when a ticket is opened; the same `key` (96 characters) never opens a second one.

    `kind` and `cause` are ids of `tickets.yml`, `by` is an agent's id or `bot`. `verified` tells whether the customer's
    identity was; `authorisation`, of an agent who complains for the customer, says who that is and by what paper.
    `evidence` are message numbers of the conversation. `group` is the kind's own unless given, `received_at` now unless
    it came earlier, as by letter. `callback_by` is the moment promised to who is to be called back, and only to them;
    `regulator_due` the last day in a regulator's forwarding sheet.
    """

    key: str
    kind: str
    cause: str
    channel: str
    description: str
    by: str
    conversation_id: Optional[str] = None
    customer_id: Optional[str] = None
    verified: bool = False
    authorisation: Optional[str] = None
    evidence: Sequence[int] = ()
    group: Optional[str] = None
    owner_id: Optional[str] = None
    received_at: Optional[datetime] = None
    callback_by: Optional[datetime] = None
    regulator_due: Optional[date] = None


@dataclass(frozen=True)
class Answer:
    """What a customer is answered, and the ids of the remedies that the answer names."""

    reply: str
    remedies: Collection[str]


@dataclass(frozen=True)
class Told:
    """What a customer may be told of their ticket; `due_at` is None if no date may be.

    `answer` is the newest one, for who proved to be that customer, unless the ticket was opened again since.
    """

    ticket_no: str
    kind: str
    state: str
    due_at: Optional[datetime]
    answer: Optional[Answer] = None


@dataclass(frozen=True)
class Opened:
    """A ticket that was opened, or `repeated`: opened before under the same key."""

    ticket: Told
    repeated: bool


@dataclass(frozen=True)
class Change:
    """Who (an agent's id or `bot`) changes which ticket, as they last saw it, and why."""

    ticket_no: str
    version: int
    by: str
    why: str = ""


@dataclass(frozen=True)
class Deadline:
    """By when a ticket must reach the state `goal`, by which clock; `days` since receipt if it counts days.

    `state` is `running`, `met` or `dropped`, the last two since `ended_at`.
    """

    number: int
    goal: str
    clock: str
    clock_version: int
    days: Optional[int]
    starts_at: datetime
    due_at: datetime
    state: str
    ended_at: Optional[datetime]

    def is_missed(self, now: datetime) -> bool:
        """Tell whether the goal was reached too late, or has not been by now and should have."""
        return self.state != "dropped" and (self.ended_at or now) > self.due_at


@dataclass(frozen=True)
class Entry:
    """One change of a ticket: its `event`, who, when, from which state to which.

    `detail` holds ids, codes and dates, `texts` what people wrote: `why`, `reply`, `approval`.
    """

    version: int
    at: datetime
    by: str
    event: str
    from_state: Optional[str]
    to_state: str
    detail: Mapping[str, Any]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Summary:
    """A ticket in a list, without what anybody wrote.

    `due_at` is its next deadline, by which it must reach the state `due_goal`, by a clock that began at `due_since`;
    all three are None if none is running.
    """

    ticket_no: str
    kind: str
    cause: str
    state: str
    version: int
    channel: str
    conversation_id: Optional[str]
    customer_id: Optional[str]
    group: str
    owner_id: Optional[str]
    received_at: datetime
    due_goal: Optional[str]
    due_since: Optional[datetime]
    due_at: Optional[datetime]


@dataclass(frozen=True)
class Evidence:
    """A message of a conversation that belongs to a ticket."""

    conversation_id: str
    seq: int


@dataclass(frozen=True)
class Ticket:
    """All there is about a ticket. `complainant` is `self` or `agent`, the latter with an `authorisation`."""

    summary: Summary
    verified: bool
    complainant: str
    authorisation: Optional[str]
    description: str
    outcome: Optional[str]
    evidence: Sequence[Evidence]
    deadlines: Sequence[Deadline]
    history: Sequence[Entry]

    @property
    def answer(self) -> Optional[Entry]:
        """The newest answer: `texts["reply"]` and `detail["remedies"]`."""
        return next((entry for entry in reversed(self.history) if entry.event == "answered"), None)

    @property
    def approvals(self) -> Sequence[Entry]:
        """The extensions with who approved them and on what evidence."""
        return [entry for entry in self.history if entry.event == "extended"]


@dataclass(frozen=True)
class Search:
    """Which tickets to find: all that is given must be true. `groups` and `states` are any of these.

    `part` is a part of the number. `unowned` tickets are with a group and nobody of it. `passed` means that by a
    moment so many percent of the time until the next deadline have passed; at 100 it is missed.
    """

    ticket_no: Optional[str] = None
    part: Optional[str] = None
    customer_id: Optional[str] = None
    conversation_id: Optional[str] = None
    owner_id: Optional[str] = None
    unowned: bool = False
    groups: Optional[Collection[str]] = None
    kind: Optional[str] = None
    states: Sequence[str] = ()
    passed: Optional[tuple[int, datetime]] = None


@dataclass(frozen=True)
class Pressing:
    """How many tickets are `late`, and how many are `soon`: not late, but most of their time has passed."""

    late: int
    soon: int


@dataclass(frozen=True)
class DueWarning:
    """A deadline of which `percent` of the time has passed; at 100 it is missed."""

    ticket_no: str
    kind: str
    group: str
    owner_id: Optional[str]
    goal: str
    due_at: datetime
    percent: int
