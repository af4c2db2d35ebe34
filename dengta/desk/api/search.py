"""Finding the conversations of somebody who is on the phone, or of a ticket."""
import re
import unicodedata
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.backends.outcomes import Found, Unavailable
from dengta.conversation.accounts import PHONE_CHANNEL
from dengta.conversation.tables import account, handoff
from dengta.desk import talks
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.handoff.tickets import lookup
from dengta.handoff.tickets.models import Search as TicketSearch
from dengta.privacy import audit

_MOST = 50


class Search(Struct, forbid_unknown_fields=True):
    """What an agent looks for; numbers of phones go in the body, for addresses are logged by proxies."""

    by: Literal["ticket", "phone", "customer"]
    value: Annotated[str, Meta(min_length=1, max_length=64)]


async def find(call: Call) -> Any:
    """Return the conversations that concern the agent, and how many there are with other skill groups."""
    wanted: Search = call.body
    value = wanted.value.strip()
    if wanted.by == "ticket":
        ids = await call.desk.database.read(lambda session: _of_ticket(session, value.upper()))
    elif wanted.by == "phone":
        ids = await _of_phone(call, _digits(value))
    else:
        ids = await _of_customer(call, value, by="customer")
    found = await call.desk.database.read(lambda session: talks.by_id(session, ids))
    theirs = [found[each] for each in ids if each in found and found[each].concerns(call.agent)]
    return {"found": [talks.shown(talk) for talk in theirs], "elsewhere": len(found) - len(theirs)}


async def _of_phone(call: Call, phone: str) -> list[str]:
    key = call.desk.vault.index(f"account.{PHONE_CHANNEL}", phone)
    calls = await call.desk.database.read(lambda session: _of_account(session, key))
    known = await call.desk.backends.customer.by_phone(phone)
    if isinstance(known, Unavailable):
        raise RefusedError("unavailable")
    theirs = await _of_customer(call, known.value.customer_id, by="phone") if isinstance(known, Found) else []
    return list(dict.fromkeys([*theirs, *calls]))


async def _of_customer(call: Call, customer_id: str, by: str) -> list[str]:
    await call.desk.database.write(
        lambda session: audit.record(session, "searched", call.agent.id, f"customer {customer_id}", {"by": by})
    )
    parts = await call.desk.history.parts(customer_id, limit=_MOST)
    return list(dict.fromkeys(part.conversation_id for part in parts))


def _digits(typed: str) -> str:
    """Return a phone number as it is kept, however it was typed."""
    return re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", typed)).removeprefix("+86")


def _of_account(session: Session, key: str) -> list[str]:
    mine = select(account.c.conversation_id).where(account.c.channel == PHONE_CHANNEL, account.c.account_key == key)
    return list(session.execute(mine).scalars())


def _of_ticket(session: Session, ticket_no: str) -> list[str]:
    requests = session.execute(select(handoff.c.conversation_id).where(handoff.c.ticket_no == ticket_no)).scalars()
    tickets = lookup.find(session, TicketSearch(ticket_no=ticket_no), limit=1)
    return [*requests, *(ticket.conversation_id for ticket in tickets if ticket.conversation_id is not None)]
