"""The table of what agents made of the copilot's proposals. It belongs to the conversation database."""
from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from dengta.conversation.tables import metadata
from dengta.database import Moment

copilot_use = Table(
    "copilot_use",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("message_seq", Integer, nullable=False),  # the customer's message the proposal was made for
    Column("agent_id", String(32), nullable=False),
    Column("reading", String(64), nullable=False),  # what the message was understood as
    Column("outcome", String(16), nullable=False),  # accepted, edited, rejected
    Column("day", Date, nullable=False),  # of `at`, in Asia/Shanghai
    Column("at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "message_seq"),
    Index("ix_copilot_use_day_reading", "day", "reading"),
)
