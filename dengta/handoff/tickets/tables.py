"""The tables of tickets. They belong to the conversation database, see `dengta/conversation/tables.py`.

What people wrote is sealed by `dengta.privacy.vault`.
"""
from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from dengta.conversation.tables import metadata
from dengta.database import Moment

ticket = Table(
    "ticket",
    metadata,
    Column("ticket_no", String(32), primary_key=True),
    Column("key", String(96), nullable=False, unique=True),  # who opens with a known key gets the known ticket
    Column("kind", String(32), nullable=False),
    Column("cause", String(32), nullable=False),
    Column("state", String(24), nullable=False),
    Column("version", Integer, nullable=False),  # +1 on every change
    Column("channel", String(16), nullable=False),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), index=True),
    Column("customer_id", String(64), index=True),
    Column("verified", Boolean, nullable=False),
    Column("complainant", String(16), nullable=False),  # self, agent
    Column("authorisation", Text),  # sealed: who the agent is and by what paper
    Column("description", Text, nullable=False),  # sealed
    Column("group", String(32), nullable=False),
    Column("owner_id", String(32), index=True),
    Column("outcome", String(32)),  # why it is closed
    Column("received_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_ticket_group_state", "group", "state"),
)

ticket_deadline = Table(
    "ticket_deadline",
    metadata,
    Column("ticket_no", String(32), ForeignKey("ticket.ticket_no"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("goal", String(24), nullable=False),  # the state to be reached
    Column("clock", String(32), nullable=False),
    Column("clock_version", Integer, nullable=False),
    Column("days", Integer),  # since receipt, extensions included; empty for a moment or a date that was given
    Column("starts_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # running, met, dropped
    Column("ended_at", Moment),
    Column("warned", Integer, nullable=False),  # percent of the last warning that was given
    Column("warn_at", Moment, index=True),  # of the next one; empty when none is left
    Index("ix_ticket_deadline_state", "state", "due_at"),
)

ticket_history = Table(
    "ticket_history",
    metadata,
    Column("ticket_no", String(32), ForeignKey("ticket.ticket_no"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # the one this change made
    Column("at", Moment, nullable=False),
    Column("by", String(64), nullable=False),
    Column("event", String(24), nullable=False),
    Column("from_state", String(24)),
    Column("to_state", String(24), nullable=False),
    Column("detail", JSON, nullable=False),  # ids, codes and dates
    Column("texts", Text, nullable=False),  # sealed JSON: why, reply, approval
)

ticket_evidence = Table(
    "ticket_evidence",
    metadata,
    Column("ticket_no", String(32), ForeignKey("ticket.ticket_no"), primary_key=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Index("ix_ticket_evidence_conversation_id", "conversation_id"),
)
