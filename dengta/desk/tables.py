"""The desk's tables: who works there, who is logged in, and what agents write for themselves and each other.

They belong to the conversation database, see `dengta/conversation/tables.py`.
"""
from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from dengta.conversation.tables import metadata
from dengta.database import Moment

agent = Table(
    "agent",
    metadata,
    Column("id", String(32), primary_key=True),  # what they log in with
    Column("name", String(32), nullable=False),
    Column("role", String(16), nullable=False),  # see roles.py
    Column("groups", JSON, nullable=False),  # ids of skill groups
    Column("capacity", Integer, nullable=False),  # conversations at the same time
    Column("password_hash", String(256), nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False, server_default=false()),  # the password is for one login only
    Column("demo", Boolean, nullable=False),  # may log in in demo mode only
    Column("failed", Integer, nullable=False),  # wrong passwords in a row
    Column("locked_until", Moment),  # real time
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

desk_session = Table(
    "desk_session",
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of the id in the browser's cookie
    Column("agent_id", String(32), ForeignKey("agent.id"), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),  # this and the following in real time
    Column("seen_at", Moment, nullable=False),  # when the agent last did something
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("single_sign_on", Boolean, nullable=False, server_default=false()),  # or else with a password
)

# Logins that were begun at the identity provider and have not come back; each is good for one.
desk_sign_on = Table(
    "desk_sign_on",
    metadata,
    Column("state", String(64), primary_key=True),  # SHA-256 of what comes back in the address
    Column("browser", String(64), nullable=False),  # SHA-256 of the cookie of the browser that began
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(64), nullable=False),  # RFC 7636
    Column("expires_at", Moment, nullable=False),  # real time
)

desk_note = Table(
    "desk_note",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("uid", String(32), nullable=False),  # what the sealed body is bound to
    Column("agent_id", String(32), ForeignKey("agent.id"), nullable=False),
    Column("body", Text, nullable=False),  # sealed
    Column("created_at", Moment, nullable=False),
    Index("ix_desk_note_conversation_id", "conversation_id", "id"),
)

desk_draft = Table(
    "desk_draft",
    metadata,
    Column("agent_id", String(32), ForeignKey("agent.id"), primary_key=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), primary_key=True),
    Column("body", Text, nullable=False),  # sealed
    Column("updated_at", Moment, nullable=False),
)
