"""Tickets: found, read, and opened from a conversation. What people wrote in them is masked like everything else."""
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Optional

import msgspec
from msgspec import Meta, Struct

from dengta import clock
from dengta.desk import tickets
from dengta.desk.api.ticket_changes import Id, Seqs, Words, concerning, done
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.reach import reached
from dengta.handoff.rules import rules as handoff_rules
from dengta.handoff.tickets.models import NewTicket, Search
from dengta.handoff.tickets.rules import rules

PAGE = 30  # tickets


class Listing(Struct, forbid_unknown_fields=True):
    """Which tickets an agent wants to see; all that is given must be true.

    `scope`: the agent's own, those of their groups that nobody has, or all that concern them. `state` is one,
    `unfinished` or `any`. `passed`: so many percent of the time until the next deadline. `number`: a part of it.
    """

    scope: Literal["mine", "free", "all"] = "mine"
    group: Optional[str] = None
    kind: Optional[str] = None
    state: str = "unfinished"
    passed: Optional[Literal[50, 80, 100]] = None
    number: Optional[Annotated[str, Meta(min_length=1, max_length=32)]] = None
    page: Annotated[int, Meta(ge=1, le=10_000)] = 1


class Opening(Struct, forbid_unknown_fields=True):
    """A ticket about a conversation; repeated with the same `client_key` it is opened once.

    `authorisation`, of an agent who complains for the customer, says who that is and by what paper.
    """

    client_key: Annotated[str, Meta(min_length=8, max_length=40)]
    kind: Id
    cause: Id
    description: Words
    evidence: Seqs = []
    authorisation: Optional[Words] = None


async def choices(call: Call) -> Any:
    """Return the kinds with their causes, states and remedies, how tickets may end, the groups, and who works there."""
    return {
        "kinds": [
            {
                "id": kind.id,
                "title": kind.title,
                "group": kind.group,
                "causes": kind.causes,
                "flow": kind.flow,
                "remedies": sorted(kind.remedies),
            }
            for kind in rules().kinds.values()
        ],
        "outcomes": rules().outcomes,
        "remedies": rules().remedies,
        "groups": [{"id": group.id, "name": group.name} for group in handoff_rules().groups.values()],
        "people": await call.desk.database.read(tickets.people),
    }


async def listed(call: Call) -> Any:
    """Return a page of tickets, those due first at the top, and how many there are on all pages."""
    try:
        wanted = msgspec.convert(dict(call.request.query_params), Listing, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedError("invalid_request", detail=str(error)) from None
    search = _search(call, wanted)
    found = await call.desk.tickets.find(search, PAGE, (wanted.page - 1) * PAGE)
    return {"tickets": found, "total": await call.desk.tickets.count(search), "page_size": PAGE, "now": clock.now()}


async def pressing(call: Call) -> Any:
    """Count what is late and what soon will be: of the agent's own tickets, and of all that concern them."""
    mine = await call.desk.tickets.pressing(Search(owner_id=call.agent.id))
    theirs = await call.desk.tickets.pressing(Search(groups=tickets.reach(call.agent)))
    return {
        scope: {"late": sum(each.late for each in counted), "soon": sum(each.soon for each in counted)}
        for scope, counted in (("mine", mine.values()), ("all", theirs.values()))
    }


async def show(call: Call) -> Any:
    """Return everything about a ticket."""
    summary = await concerning(call)
    ticket = await call.desk.tickets.get(summary.ticket_no)
    return await tickets.shown(call.desk, ticket, call.agent, clock.now())


async def open_ticket(call: Call) -> Any:
    """Open a ticket about a conversation."""
    talk = await reached(call)
    given: Opening = call.body
    new = NewTicket(
        key=f"desk|{call.agent.id}|{given.client_key}",
        kind=given.kind,
        cause=given.cause,
        channel=talk.channel,
        description=given.description,
        by=call.agent.id,
        conversation_id=talk.id,
        customer_id=talk.customer_id,
        verified=talk.verified,
        evidence=given.evidence,
        authorisation=given.authorisation,
    )
    return await done(call, lambda: call.desk.tickets.open(new))


def _search(call: Call, wanted: Listing) -> Search:
    """Return what is looked for, in what concerns the agent.

    Raises:
        RefusedError: `not_in_group`.
    """
    if not call.agent.serves(wanted.group):
        raise RefusedError("not_in_group")
    search = Search(
        part=wanted.number.strip().upper() if wanted.number is not None else None,
        owner_id=call.agent.id if wanted.scope == "mine" else None,
        unowned=wanted.scope == "free",
        groups=tickets.reach(call.agent) if wanted.group is None else [wanted.group],
        kind=wanted.kind,
        states=_states(wanted.state),
        passed=(wanted.passed, clock.now()) if wanted.passed is not None else None,
    )
    mine_in_any_group = wanted.scope == "mine" and wanted.group is None
    return replace(search, groups=None) if mine_in_any_group else search


def _states(wanted: str) -> Sequence[str]:
    if wanted == "unfinished":
        return tickets.unfinished()
    return () if wanted == "any" else [wanted]
