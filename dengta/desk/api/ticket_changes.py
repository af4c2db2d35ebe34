"""What is done with tickets: every change names the version the agent saw, and is refused if there is a newer one."""
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Optional, TypeVar

from msgspec import Meta, Struct

from dengta.desk import talks, tickets
from dengta.desk.api.serving import check_words
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.handoff.tickets.errors import (
    ExtensionRefusedError,
    InvalidTicketError,
    RemediesMissingError,
    TicketChangedError,
    TransitionRefusedError,
)
from dengta.handoff.tickets.models import Change, Search, Summary

T = TypeVar("T")

Id = Annotated[str, Meta(min_length=1, max_length=32)]
Words = Annotated[str, Meta(max_length=4000)]
Seqs = Annotated[list[Annotated[int, Meta(ge=1)]], Meta(max_length=50)]


class Moving(Struct, forbid_unknown_fields=True):
    """Another state, and why."""

    version: int
    to: Id
    why: Words = ""


class Answering(Struct, forbid_unknown_fields=True):
    """What the customer was answered, and the remedies the answer names."""

    version: int
    reply: Words
    remedies: list[Id] = []
    why: Words = ""


class Closing(Struct, forbid_unknown_fields=True):
    """How it ended, and why."""

    version: int
    outcome: Id
    why: Words


class Assigning(Struct, forbid_unknown_fields=True):
    """Which group has it, and who of it, if anybody yet."""

    version: int
    group: Id
    owner_id: Optional[Id] = None
    why: Words = ""


class RegulatorDate(Struct, forbid_unknown_fields=True):
    """The last day in a regulator's forwarding sheet, and which sheet that is."""

    version: int
    day: date
    why: Words


class Extending(Struct, forbid_unknown_fields=True):
    """More days for the answer, why, and the evidence of the approval."""

    version: int
    days: int
    why: Words
    approval: Words


class Evidence(Struct, forbid_unknown_fields=True):
    """Messages of a conversation."""

    version: int
    conversation_id: Annotated[str, Meta(min_length=1, max_length=64)]
    seqs: Seqs
    why: Words = ""


async def move(call: Call) -> Any:
    """Move a ticket to another state."""
    given: Moving = call.body
    return await _changed(call, lambda change: call.desk.tickets.move(change, given.to))


async def answer(call: Call) -> Any:
    """Answer the customer.

    Raises:
        RefusedError: `draft_refused`, with what is wrong with the reply.
    """
    given: Answering = call.body
    check_words(call, given.reply)
    return await _changed(call, lambda change: call.desk.tickets.answer(change, given.reply, given.remedies))


async def close(call: Call) -> Any:
    """Close a ticket."""
    given: Closing = call.body
    return await _changed(call, lambda change: call.desk.tickets.close(change, given.outcome))


async def assign(call: Call) -> Any:
    """Give a ticket to a group, and to one agent of it or to nobody yet."""
    given: Assigning = call.body
    if (owner_id := given.owner_id) is not None:
        if not await call.desk.database.read(lambda session: tickets.may_have(session, owner_id, given.group)):
            raise RefusedError("invalid_request", detail="Expected an agent of the group")
    return await _changed(call, lambda change: call.desk.tickets.assign(change, owner_id, given.group))


async def extend(call: Call) -> Any:
    """Approve more days for the answer; the rules say which roles may."""
    given: Extending = call.body
    role = call.agent.role
    return await _changed(call, lambda change: call.desk.tickets.extend(change, given.days, role, given.approval))


async def set_regulator_date(call: Call) -> Any:
    """Type in the date a regulator set."""
    given: RegulatorDate = call.body
    role = call.agent.role
    return await _changed(call, lambda change: call.desk.tickets.set_regulator_date(change, given.day, role))


async def add_evidence(call: Call) -> Any:
    """Note messages of a conversation that concerns the agent as evidence."""
    given: Evidence = call.body
    talk = await call.desk.database.read(lambda session: talks.find(session, given.conversation_id))
    if talk is None or not talk.concerns(call.agent):
        raise RefusedError("not_in_group")
    return await _changed(call, lambda change: call.desk.tickets.add_evidence(change, talk.id, given.seqs))


async def concerning(call: Call) -> Summary:
    """Return the ticket named in the path.

    Raises:
        RefusedError: `not_found`; `not_in_group`, it is neither the agent's own nor with a group of theirs.
    """
    found = await call.desk.tickets.find(Search(ticket_no=call.request.path_params["ticket_no"]), 1)
    if not found:
        raise RefusedError("not_found")
    if not tickets.concerns(found[0], call.agent):
        raise RefusedError("not_in_group")
    return found[0]


async def done(call: Call, work: Callable[[], Awaitable[T]]) -> T:
    """Carry out a change of a ticket and wake the streams.

    Raises:
        RefusedError: it was refused; beside the code stands what would be needed.
    """
    try:
        done = await work()
    except TicketChangedError as error:
        raise RefusedError("ticket_changed", version=error.version) from None
    except TransitionRefusedError as error:
        raise RefusedError("ticket_state", present=error.present, to=error.to) from None
    except RemediesMissingError as error:
        raise RefusedError("remedies_missing", remedies=error.remedies) from None
    except ExtensionRefusedError as error:
        raise RefusedError("extension_refused", reason=error.reason) from None
    except InvalidTicketError as error:
        raise RefusedError("invalid_request", detail=f"{error.field}: {error.problem}") from None
    call.desk.events.changed(None)
    return done


async def _changed(call: Call, change: Callable[[Change], Awaitable[int]]) -> dict[str, int]:
    summary = await concerning(call)
    seen = Change(summary.ticket_no, call.body.version, call.agent.id, call.body.why)
    return {"version": await done(call, lambda: change(seen))}
