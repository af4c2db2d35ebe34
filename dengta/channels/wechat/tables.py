"""The WeChat channel's tables: the access tokens all processes share, and what WeChat still allows to be sent.

They belong to the conversation database, see `dengta/conversation/tables.py`.
"""
from sqlalchemy import Column, Integer, String, Table, Text

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
