"""All tickets, for what runs on an event loop."""
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Optional

from sqlalchemy.engine import Engine

from dengta.database import Transactions
from dengta.handoff.hours import ServiceHours
from dengta.handoff.tickets import changes, lookup, records
from dengta.handoff.tickets.models import Change, NewTicket, Opened, Pressing, Search, Summary, Ticket, Told
from dengta.handoff.tickets.rules import rules
from dengta.privacy.vault import Vault


class Tickets:
    """Opens, reads and changes tickets, each call in one transaction.

    Every call raises DatabaseUnavailable when the database does not answer, and those that change a ticket what
    `changes.py` says; they return the new version.
    """

    def __init__(self, engine: Engine, vault: Vault, hours: ServiceHours, now: Callable[[], datetime]) -> None:
        self._database = Transactions(engine)
        self._vault = vault
        self._hours = hours
        self._now = now

    async def open(self, new: NewTicket) -> Opened:
        """Open a ticket, or find the one opened under the same key; a call-back is promised by the service hours.

        Raises:
            InvalidTicketError: something is missing, unknown or too long.
        """
        kind = rules().kinds.get(new.kind)
        if kind is not None and kind.calls_back and new.callback_by is None:
            new = replace(new, callback_by=self._hours.deadline(self._now()))
        return await self._database.write(lambda session: records.open_ticket(session, self._vault, new, self._now()))

    async def get(self, ticket_no: str) -> Ticket:
        """Return everything about a ticket.

        Raises:
            TicketNotFoundError: there is none of this number.
            Unreadable: something sealed was changed, or its key is gone.
        """
        return await self._database.read(lambda session: lookup.get(session, self._vault, ticket_no))

    async def find(self, search: Search, limit: int = 100, offset: int = 0) -> tuple[Summary, ...]:
        """Return up to `limit` tickets after the first `offset`, those due first at the top."""
        return await self._database.read(lambda session: lookup.find(session, search, limit, offset))

    async def count(self, search: Search) -> int:
        """Return how many tickets there are."""
        return await self._database.read(lambda session: lookup.count(session, search))

    async def pressing(self, search: Search) -> Mapping[str, Pressing]:
        """Count, by group, the tickets that are late or soon will be."""
        return await self._database.read(lambda session: lookup.pressing(session, search, self._now()))

    async def recognise(self, conversation_id: str, customer_id: str) -> None:
        """Give a customer who was verified the tickets they opened in the conversation before."""
        await self._database.write(
            lambda session: changes.recognise(session, self._vault, conversation_id, customer_id, self._now())
        )

    async def for_customer(self, customer_id: str, limit: int = 5) -> tuple[Told, ...]:
        """Return what a verified customer may be told of their newest tickets."""
        return await self._database.read(lambda session: lookup.told_to(session, self._vault, customer_id, limit))

    async def move(self, change: Change, to: str) -> int:
        """Move a ticket to another state; `answer` and `close` lead to the two that need more."""
        return await self._database.write(lambda session: changes.move(session, self._vault, change, to, self._now()))

    async def answer(self, change: Change, reply: str, remedies: Collection[str]) -> int:
        """Note the answer the customer was given and the remedies it names."""
        return await self._database.write(
            lambda session: changes.answer(session, self._vault, change, reply, remedies, self._now())
        )

    async def close(self, change: Change, outcome: str) -> int:
        """Close a ticket."""
        return await self._database.write(
            lambda session: changes.close(session, self._vault, change, outcome, self._now())
        )

    async def assign(self, change: Change, owner_id: Optional[str], group: str) -> int:
        """Give a ticket to a group, and to one agent of it or to nobody yet."""
        return await self._database.write(
            lambda session: changes.assign(session, self._vault, change, owner_id, group, self._now())
        )

    async def identify(self, change: Change, customer_id: str) -> int:
        """Note which customer the ticket belongs to, now that their identity was verified."""
        return await self._database.write(
            lambda session: changes.identify(session, self._vault, change, customer_id, self._now())
        )

    async def extend(self, change: Change, days: int, role: str, approval: str) -> int:
        """Approve, in a role, that the answer may take `days` since receipt; `approval` is the evidence."""
        return await self._database.write(
            lambda session: changes.extend(session, self._vault, change, days, role, approval, self._now())
        )

    async def set_regulator_date(self, change: Change, day: date, role: str) -> int:
        """Type in the last day of a regulator's forwarding sheet."""
        return await self._database.write(
            lambda session: changes.set_regulator_date(session, self._vault, change, day, role, self._now())
        )

    async def add_evidence(self, change: Change, conversation_id: str, seqs: Sequence[int]) -> int:
        """Note messages of a conversation as evidence."""
        return await self._database.write(
            lambda session: changes.add_evidence(session, self._vault, change, conversation_id, seqs, self._now())
        )
