"""Summaries of stored conversations, for whoever takes one over and for the wrap-up."""
import asyncio
from typing import Optional

from sqlalchemy.engine import Engine

from dengta.backends.customer import CustomerBackend
from dengta.conversation.bodies import Bodies
from dengta.database import Transactions
from dengta.handoff.summary import record
from dengta.handoff.summary.models import Summary
from dengta.handoff.summary.rules import rules
from dengta.handoff.summary.sections import Sections
from dengta.privacy.vault import Vault


class Summaries:
    """Makes summaries; nothing is stored, so each tells how things stand now."""

    def __init__(self, engine: Engine, vault: Vault, customers: CustomerBackend) -> None:
        """Read the rules; a rule of `summary.yml` that is incomplete is a KeyError."""
        self._database = Transactions(engine)
        self._bodies = Bodies(vault)
        self._customers = customers
        self._rules = rules()

    async def of(self, conversation_id: str) -> Optional[Summary]:
        """Summarise a conversation, None if there is no such one; personal data is masked.

        Raises:
            DatabaseUnavailable: no answer within 5 seconds.
            Unreadable: a message was changed, or its key is gone.
        """
        found = await self._database.read(
            lambda session: record.read(session, self._bodies, self._rules, conversation_id)
        )
        if found is None:
            return None
        customer = await self._customers.get(found.customer_id) if found.customer_id is not None else None
        sections = await asyncio.to_thread(lambda: Sections(self._rules, found, customer).all())
        levels = [line.level for section in sections for line in section.lines if line.level is not None]
        return Summary(conversation_id, found.last_seq, min(levels, default=None), sections)
