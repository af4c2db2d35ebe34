"""The tables of `settings().database_url`: conversations, messages, and who was verified. Others join their metadata.

What people wrote and how they can be reached is sealed by `dengta.privacy.vault` (marked `sealed`); what it is looked
up by is a blind index.
"""
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from dengta.database import Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_row_id = BigInteger().with_variant(Integer, "sqlite")

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # BOT, QUEUED, HUMAN, WRAPUP, CLOSED: see ownership.py
    Column("owner_kind", String(16), nullable=False),  # bot, agent, nobody
    Column("owner_id", String(64)),
    Column("owner_epoch", Integer, nullable=False),  # +1 on every change of owner
    Column("last_seq", Integer, nullable=False),
    Column("bot_cursor_seq", Integer, nullable=False),  # the bot answers only what came after this
    Column("turn", Integer, nullable=False, server_default=text("0")),  # number of the newest turn
    Column("lease", String(32)),  # of the process that runs the newest turn; empty between turns
    Column("lease_until", Moment),  # real time; a lease that ran out may be taken by anybody
    Column("pace_since", Moment),  # real time; since then the customer sent pace_count messages
    Column("pace_count", Integer, nullable=False, server_default=text("0")),
    Column("ended_at", Moment),
)

message = Table(
    "message",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("uid", String(32), nullable=False),  # what the sealed body is bound to, besides the conversation
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer),  # 1, 2, 3 … as the customer sees them; empty for suppressed messages
    Column("author_kind", String(16), nullable=False),  # customer, bot, agent, notice, demo
    Column("author_id", String(64)),
    Column("epoch", Integer, nullable=False),  # owner_epoch it was written under
    Column("client_msg_id", String(64)),
    Column("body", Text, nullable=False),  # sealed JSON: text, buttons [{id, title, payload}], custom, payload (click)
    Column("status", String(16), nullable=False),  # received, processing, done, failed; sent, suppressed
    Column("turn", Integer),  # inbound: the turn that answers it; bot: the turn it was said in
    Column("attempts", Integer, nullable=False, server_default=text("0")),  # how often that turn was begun
    Column("reading", String(64)),  # inbound: what it was understood as, an id of the taxonomy
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("conversation_id", "client_msg_id"),
    Index(
        "ix_message_unfinished",
        "conversation_id",
        "seq",
        sqlite_where=text("status IN ('received', 'processing')"),
        postgresql_where=text("status IN ('received', 'processing')"),
    ),
)

account = Table(
    "account",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("account_key", String(64), nullable=False),  # blind index of the account's name on its channel
    Column("address", Text),  # sealed: where messages are sent to, such as an openid; empty after the account left
    Column("union_key", String(64), index=True),  # blind index of WeChat's unionid, one for several accounts
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("left_at", Moment),
    UniqueConstraint("channel", "account_key"),
)

binding = Table(
    "binding",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("customer_id", String(64), nullable=False, index=True),
    Column("verified_at", Moment),  # empty: known through another account of the same WeChat user
    Column("from_seq", Integer, nullable=False),  # the customer's part of the conversation begins here
    Column("until_seq", Integer),  # and ended here
    Column("ended_at", Moment),
    Index(
        "ix_binding_present",  # one customer at a time
        "conversation_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

customer_profile = Table(
    "customer_profile",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("tone", String(16), nullable=False),  # standard, senior
    Column("do_not_disturb", Boolean, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("phone_key", String(64), nullable=False),  # keyed hash of the number, never the number
    Column("customer_id", String(64)),  # empty when the number is unknown: both cases look the same outside
    Column("code_hash", String(128), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("phone_seq", Integer, nullable=False),  # the phone was given in this message or after it
    Column("used_at", Moment),
    Index("ix_one_time_code_conversation_id", "conversation_id", "created_at"),
    Index("ix_one_time_code_phone_key", "phone_key", "created_at"),
)

lockout = Table(
    "lockout",
    metadata,
    Column("subject", String(96), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("updated_at", Moment, nullable=False),
)

# Requests for a person from before there were tickets (dengta/handoff/tickets); nothing is added to them.
handoff = Table(
    "handoff",
    metadata,
    Column("ticket_no", String(32), primary_key=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("customer_id", String(64)),
    Column("reason", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("callback_by", Moment, nullable=False),
    Column("contact", String(128)),
    Index("ix_handoff_state", "state", "callback_by"),
)

tracker_event = Table(
    "tracker_event",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("sender_id", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type_name", String(64), nullable=False),
    Column("timestamp", Float(53), nullable=False),
    Column("data", Text, nullable=False),  # sealed JSON of Rasa's event, personal data in user texts masked
    UniqueConstraint("sender_id", "seq"),
)

event_outbox = Table(
    "event_outbox",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("sender_id", String(64), nullable=False),
    Column("data", Text, nullable=False),  # sealed JSON of Rasa's event, personal data masked, as the broker gets it
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,  # consumers tell repetitions by the id: one that was deleted is never given again
)

job_lease = Table(
    "job_lease",
    metadata,
    Column("job", String(32), primary_key=True),  # what only one process at a time may do
    Column("holder", String(32), nullable=False),
    Column("until", Moment, nullable=False),  # real time
)
