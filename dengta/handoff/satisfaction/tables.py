"""The tables of ratings. They belong to the conversation database, see `dengta/conversation/tables.py`."""
from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from dengta.conversation.tables import metadata
from dengta.database import Moment

# One row for each time somebody was asked, answered or not: a person's part of a conversation, from the epoch in which
# the customer began to wait to the last one before the bot or the end.
rating = Table(
    "rating",
    metadata,
    Column("id", String(32), primary_key=True),  # nobody can guess it
    Column("conversation_id", String(64), ForeignKey("conversation.id"), nullable=False),
    Column("from_epoch", Integer, nullable=False),
    Column("until_epoch", Integer, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("account_id", String(32), index=True),  # whose answer counts after the conversation ended; not on the web
    Column("customer_id", String(64), index=True),
    Column("group", String(32), nullable=False),  # that of the last person
    Column("day", Date, nullable=False, index=True),  # of `invited_at`, in Asia/Shanghai
    Column("invited_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),  # real time
    Column("score", Integer),  # 1 to 5
    Column("nps", Integer),  # 0 to 10
    Column("words", Text),  # sealed
    Column("rated_at", Moment),
    Column("declined", Boolean, nullable=False),
    Column("complaint_risk", Boolean, nullable=False),
    UniqueConstraint("conversation_id", "from_epoch"),  # one for each part
    Index("ix_rating_score_rated_at", "score", "rated_at"),
)

rating_agent = Table(  # who spoke in that part
    "rating_agent",
    metadata,
    Column("rating_id", String(32), ForeignKey("rating.id"), primary_key=True),
    Column("agent_id", String(32), primary_key=True),
    Index("ix_rating_agent_agent_id", "agent_id"),
)

rating_reason = Table(
    "rating_reason",
    metadata,
    Column("rating_id", String(32), ForeignKey("rating.id"), primary_key=True),
    Column("reason", String(32), primary_key=True),  # an id of data/handoff/satisfaction.yml
)
