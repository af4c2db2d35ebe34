"""The customer of a conversation: what the lender knows of them, what they said elsewhere, and what is masked."""
from collections.abc import Collection
from typing import Annotated, Any

from msgspec import Meta, Struct

from dengta.conversation.history import Part
from dengta.desk import customers, transcript
from dengta.desk.api.conversations import PAGE
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.reach import owned, reached
from dengta.handoff.rules import rules
from dengta.handoff.satisfaction import figures
from dengta.handoff.tags import of_record
from dengta.handoff.tickets import lookup
from dengta.handoff.tickets.models import Search
from dengta.privacy import audit

_EARLIER = 50  # parts of conversations
_TICKETS = 20


class Unmask(Struct, forbid_unknown_fields=True):
    """What an agent wants to see as it is, and why: messages by number, the customer's name and phone, or both."""

    reason: Annotated[str, Meta(min_length=4, max_length=200, pattern=r"\S")]
    seqs: Annotated[list[Annotated[int, Meta(ge=1)]], Meta(max_length=20)] = []
    customer: bool = False

    def __post_init__(self) -> None:
        """See that there is something to be shown."""
        if not self.seqs and not self.customer:
            raise ValueError("Expected seqs or customer")


async def overview(call: Call) -> Any:
    """Return what the lender knows of a customer, their tickets and tags; `verified` if they proved who they are here.

    Of somebody who is not known there are only the tickets of this conversation, and the tags that come from them.
    """
    talk = await reached(call)
    whose = Search(customer_id=talk.customer_id) if talk.customer_id else Search(conversation_id=talk.id)
    tickets = await call.desk.database.read(lambda session: lookup.find(session, whose, _TICKETS))
    known = await call.desk.database.read(lambda session: of_record(session, rules(), talk.id))
    shown = {"customer_id": talk.customer_id, "verified": talk.verified, "tickets": tickets, "tags": _named(known)}
    if talk.customer_id is None:
        return shown
    sections = await customers.overview(call.desk.backends, talk.customer_id)
    return {**shown, **sections, "tags": _named(known | customers.tags(rules(), sections))}


async def earlier(call: Call) -> Any:
    """Return the customer's parts of other conversations on all channels, and ratings that may become a complaint."""
    customer_id = (await reached(call)).customer_id
    if customer_id is None:
        return {"parts": [], "at_risk": []}
    at_risk = await call.desk.database.read(lambda session: figures.at_risk(session, customer_id))
    return {"parts": await _parts(call), "at_risk": at_risk}


async def earlier_messages(call: Call) -> Any:
    """Return the last messages of one of these parts, masked."""
    wanted = call.request.path_params["earlier_id"]
    found: dict[int, Any] = {}
    for part in await _parts(call):
        if part.conversation_id == wanted:
            first = max(part.first_seq, part.last_seq - PAGE + 1)
            said = await transcript.masked(call.desk, call.agent, wanted, first - 1, part.last_seq - first + 1)
            found.update({message["seq"]: message for message in said})
    if not found:
        raise RefusedError("not_found")
    return {"messages": [found[seq] for seq in sorted(found)]}


async def unmask(call: Call) -> Any:
    """Show what is masked, but no one-time codes, to who has the conversation; the reason goes on record first."""
    talk = await owned(call)
    wanted: Unmask = call.body
    detail = {"reason": wanted.reason, "seqs": wanted.seqs, "customer": wanted.customer}
    await call.desk.database.write(
        lambda session: audit.record(session, "unmasked", call.agent.id, f"conversation {talk.id}", detail)
    )
    read = {seq: await transcript.plain(call.desk, talk.id, seq) for seq in wanted.seqs}
    texts = {seq: text for seq, text in read.items() if text is not None}
    if not wanted.customer or talk.customer_id is None:
        return {"texts": texts, "customer": None}
    return {"texts": texts, "customer": await customers.contact(call.desk.backends, talk.customer_id)}


def _named(tags: Collection[str]) -> list[dict[str, str]]:
    return [{"id": tag.id, "name": tag.name} for tag in rules().tags.values() if tag.id in tags]


async def _parts(call: Call) -> list[Part]:
    talk = await reached(call)
    if talk.customer_id is None:
        return []
    parts = await call.desk.history.parts(talk.customer_id, limit=_EARLIER)
    return [part for part in parts if part.conversation_id != talk.id]
