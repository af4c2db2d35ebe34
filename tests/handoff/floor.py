"""The people's side of an installation, with a clock of the test's own."""
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.engine import Engine, Row

from dengta.conversation import bindings, records
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import conversation
from dengta.database import reading, writing
from dengta.handoff.moves import Moves
from dengta.handoff.queue import Queue
from dengta.handoff.rules import Place, rules
from dengta.privacy.vault import Vault

HIGH, NORMAL = 1, 2


class Floor:
    """The people's side of an installation: its queue, and shortcuts to what a test sees of it."""

    def __init__(self, engine: Engine, vault: Vault, log: MessageLog) -> None:
        self.engine, self.vault, self.log = engine, vault, log
        self.moves = Moves(vault, rules())
        self.time = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)
        self.queue = Queue(engine, vault, rules(), lambda: self.time)

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.time += timedelta(**passed)

    async def comes(self, agent: str, *groups: str, capacity: int = 3) -> None:
        """Let somebody sit down at the desk."""
        await self.queue.presence(agent, "online", capacity, groups or ("general",))

    async def waits(
        self, group: str = "general", priority: int = NORMAL, tone: str = "standard", reason: str = "request_human"
    ) -> tuple[str, int]:
        """Let a customer wait for a person; return conversation and epoch."""
        talk = await self.log.open_conversation("web")
        await self.log.receive(talk, "c1", {"text": "转人工"})
        with writing(self.engine) as session:
            row = records.locked(session, talk)
            assert row is not None
            self.moves.queue(session, row, Place(group, priority), reason, tone, self.time)
        return talk, self.owner(talk).owner_epoch

    async def helped(self, agent: str, *groups: str) -> tuple[str, int]:
        """Let somebody come and take a customer; return conversation and epoch."""
        await self.comes(agent, *groups)
        talk, epoch = await self.waits((groups or ("general",))[0])
        return talk, await self.queue.take(talk, agent, epoch)

    def knows(self, talk: str, customer_id: str) -> None:
        """Let a customer have been verified in a conversation."""
        with writing(self.engine) as session:
            bindings.bind(session, records.locked(session, talk), customer_id, 1, self.time)

    def owner(self, talk: str) -> Any:
        """Return the conversation's row."""
        with reading(self.engine) as session:
            return session.execute(select(conversation).where(conversation.c.id == talk)).one()

    def rows(self, table: Any) -> list[Row]:
        """Return all rows of a table in order."""
        with reading(self.engine) as session:
            return list(session.execute(select(table).order_by(*table.primary_key)))

    async def said(self, talk: str, author: Optional[str] = None) -> list[str]:
        """Return what the customer sees, or only what one kind of author said."""
        return [m.text for m in await self.log.since(talk, 0) if author in (None, m.author)]
