"""The customer's earlier conversations on all channels, for the agents' desk and for what the bot knows.

A conversation counts as far as the customer was bound to it, and no further: what others said in it is left out.
"""
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import and_, case, func, select
from sqlalchemy.engine import Engine

from dengta.conversation.tables import binding, conversation, message
from dengta.database import reading, run

_THEIRS = and_(
    message.c.conversation_id == binding.c.conversation_id,
    message.c.seq >= binding.c.from_seq,
    (message.c.seq <= binding.c.until_seq) | binding.c.until_seq.is_(None),
)


@dataclass(frozen=True)
class Part:
    """The customer's messages `first_seq` to `last_seq` of one conversation.

    `reading` is what the last understood message was understood as, an id of the taxonomy. `position` orders parts by
    their last message, and pages through them.
    """

    conversation_id: str
    channel: str
    first_seq: int
    last_seq: int
    begin: datetime
    end: datetime
    reading: Optional[str]
    position: int


@dataclass(frozen=True)
class Asked:
    """A question of the customer: on which channel, what it was understood as, when."""

    channel: str
    reading: str
    at: datetime


class History:
    """What customers said where. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def parts(self, customer_id: str, before: Optional[int] = None, limit: int = 20) -> tuple[Part, ...]:
        """Return the customer's parts of conversations, the one that was spoken in last first.

        `before` is the `position` of the last part of the page before.
        """
        return await run(lambda: self._parts(customer_id, before, limit))

    async def asked_elsewhere(
        self, customer_id: str, conversation_id: str, since: datetime, among: Collection[str]
    ) -> Optional[Asked]:
        """Return the customer's last question in any other conversation; `among` are the readings that count."""
        return await run(lambda: self._asked(customer_id, conversation_id, since, among))

    def _parts(self, customer_id: str, before: Optional[int], limit: int) -> tuple[Part, ...]:
        position = func.max(message.c.id)
        understood = func.max(case((message.c.reading.is_not(None), message.c.id)))
        spoken = (
            select(
                binding.c.conversation_id,
                conversation.c.channel,
                func.min(message.c.seq).label("first_seq"),
                func.max(message.c.seq).label("last_seq"),
                func.min(message.c.created_at).label("begin"),
                func.max(message.c.created_at).label("end"),
                position.label("position"),
                understood.label("understood"),
            )
            .select_from(binding)
            .join(message, _THEIRS)
            .join(conversation, conversation.c.id == binding.c.conversation_id)
            .where(binding.c.customer_id == customer_id)
            .group_by(binding.c.id, binding.c.conversation_id, conversation.c.channel)
            .having(position < before if before is not None else position.is_not(None))
            .subquery()
        )
        last = message.alias("last")
        columns: list[Any] = [column for column in spoken.c if column.name != "understood"]
        query = select(*columns, last.c.reading).outerjoin(last, last.c.id == spoken.c.understood)
        with reading(self._engine) as session:
            rows = session.execute(query.order_by(spoken.c.position.desc()).limit(limit)).all()
        return tuple(Part(**row._mapping) for row in rows)

    def _asked(
        self, customer_id: str, conversation_id: str, since: datetime, among: Collection[str]
    ) -> Optional[Asked]:
        with reading(self._engine) as session:
            row = session.execute(
                select(conversation.c.channel, message.c.reading, message.c.created_at.label("at"))
                .select_from(binding)
                .join(message, _THEIRS)
                .join(conversation, conversation.c.id == binding.c.conversation_id)
                .where(
                    binding.c.customer_id == customer_id,
                    binding.c.conversation_id != conversation_id,
                    message.c.reading.in_(among),
                    message.c.created_at >= since,
                )
                .order_by(message.c.id.desc())
                .limit(1)
            ).one_or_none()
        return Asked(**row._mapping) if row else None
