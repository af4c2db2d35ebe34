"""The WeChat channel's tables: the access tokens all processes share, what came in and is in no conversation yet, what
WeChat still allows to be sent, and what is still to be delivered.

They belong to the conversation database, see `dengta/conversation/tables.py`.
"""
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from dengta.conversation.tables import metadata
from dengta.database import Moment

access_token = Table(
    "access_token",
    metadata,
    Column("account", String(96), primary_key=True),  # such as wechat|<appid>
    Column("token", Text),  # sealed; empty before the first one was fetched
    Column("fetched_at", Moment),
    Column("expires_at", Moment),
    Column("lease", String(32)),  # of the process that is fetching the next token; empty when nobody is
    Column("lease_until", Moment),  # a lease that ran out may be taken by anybody
)

wechat_grant = Table(
    "wechat_grant",
    metadata,
    Column("account_key", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),  # message, click, subscribe, scan
    Column("granted_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("used", Integer, nullable=False),  # everything sent since it was granted
)

wechat_inbox = Table(
    "wechat_inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),  # the same for every delivery of a push
    Column("sender_key", String(64), nullable=False, index=True),  # blind index of the openid
    Column("content", Text, nullable=False),  # sealed JSON: the fields of the push
    Column("arrived_at", Moment, nullable=False),
    Column("lease", String(32)),  # of the process that is to bring it into its conversation
    Column("lease_until", Moment, nullable=False, index=True),  # real time; then anybody may take it over
    Column("failures", Integer, nullable=False),  # how often it could not be brought, the deaths of processes aside
)

wechat_delivery = Table(
    "wechat_delivery",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id"), primary_key=True),
    Column("account_id", String(32), nullable=False, index=True),  # whose grants count
    Column("rendered_seq", Integer, nullable=False),  # what was said up to here is in wechat_out, or was
    Column("passive_until", Moment),  # a push is waiting for its answer until then; nothing else is sent meanwhile
    Column("open_until", Moment, index=True),  # empty: nothing may be sent before the customer's next action
    Column("not_before", Moment),  # after a failure
    Column("handed_at", Moment),  # when WeChat's own agents were given the customer
)

wechat_out = Table(
    "wechat_out",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("wechat_delivery.conversation_id"), nullable=False),
    Column("position", Integer, nullable=False),  # order within the conversation; of equal ones the lower id is first
    Column("uid", String(32), nullable=False),  # what the sealed content is bound to, besides the conversation
    Column("kind", String(16), nullable=False),  # text, menu (a text that ends with choices), image, transfer
    Column("content", Text, nullable=False),  # sealed: the text, or the chart as JSON
    Column("state", String(16), nullable=False),  # waiting, passive, sending; sent: kept for a retry of its push
    Column("push_key", String(64), index=True),  # of the push it answers passively
    Column("lease", String(32)),
    Column("lease_until", Moment),  # real time; then its bringer has died
    Column("doubts", Integer, nullable=False, server_default=text("0")),  # how often it may have arrived unnoticed
    Index("ix_wechat_out_order", "conversation_id", "position", "id"),
)

kf_cursor = Table(
    "kf_cursor",
    metadata,
    Column("open_kfid", String(64), primary_key=True),
    Column("cursor", Text),  # everything before it is stored; empty before the account was read
    Column("token", Text),  # of the newest callback; it opens nothing without an access token
    Column("token_until", Moment),
    Column("due_at", Moment, nullable=False),  # real time; then the account is to be read
    Column("lease", String(32)),  # of the process that reads it
    Column("lease_until", Moment),  # a lease that ran out may be taken by anybody
)

kf_session = Table(
    "kf_session",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id"), primary_key=True),
    Column("ends_at", Moment, nullable=False),  # by itself, 48 hours after the customer's last message
    Column("begun", Boolean, nullable=False),  # WeCom knows that the bot serves the customer
)
