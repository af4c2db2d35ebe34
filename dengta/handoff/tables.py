"""The tables of the hand-over: who waits or is with a person, and which people are there."""
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from dengta.conversation.tables import metadata
from dengta.database import Moment

# One row for each stretch of a conversation with people: it waits, then `taken_by` has it, then it left.
queue_entry = Table(
    "queue_entry",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("customer_id", String(64)),
    Column("group", String(32), nullable=False),
    Column("priority", Integer, nullable=False),  # 0 is served first
    Column("reason", String(64), nullable=False),  # the cause in data/handoff/triage.yml
    Column("tone", String(16), nullable=False),
    Column("note", Text),  # sealed: what the person before says to the next one
    Column("entered_at", Moment, nullable=False),  # real time, as all moments here
    Column("epoch", Integer, nullable=False),  # owner_epoch since this stretch began
    Column("taken_at", Moment),
    Column("taken_by", String(32)),
    Column("left_at", Moment),
    # cancelled, given_back, closed, transferred, taken_over, agent_gone, agent_silent, nobody, ended
    Column("why_left", String(16)),
    Index(
        "ix_queue_entry_open",  # one stretch at a time
        "conversation_id",
        unique=True,
        sqlite_where=text("left_at IS NULL"),
        postgresql_where=text("left_at IS NULL"),
    ),
    Index("ix_queue_entry_group_taken_at", "group", "taken_at"),
)

agent_presence = Table(
    "agent_presence",
    metadata,
    Column("agent_id", String(32), primary_key=True),
    Column("status", String(16), nullable=False),  # online, break, offline
    Column("groups", Text, nullable=False),  # JSON list of skill groups
    Column("capacity", Integer, nullable=False),  # conversations at a time
    Column("seen_at", Moment, nullable=False),  # real time of the last sign of life
)
