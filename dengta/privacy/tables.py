"""The tables of the privacy package; they lie in the conversation database, beside what they protect."""
from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from dengta.database import Moment

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

data_key = Table(
    "data_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 …: the newest one seals
    Column("wrapped", String(128)),  # the key, encrypted by the master; empty once it is retired
    Column("created_at", Moment, nullable=False),  # real time, as the next two
    Column("resealed_at", Moment),  # when the rotation to this key had sealed everything anew
    Column("retired_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without gaps
    Column("at", String(32), nullable=False),  # ISO 8601 in UTC, as the mac covers it
    Column("event", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, as the mac covers it
    Column("mac", String(64), nullable=False),
)
