"""The tables of the privacy package; they lie in the conversation database, beside what they protect."""
from sqlalchemy import Column, Integer, MetaData, String, Table

from dengta.database import Moment

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

data_key = Table(
    "data_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 …: the newest one that is left seals
    Column("wrapped", String(128)),  # the key, encrypted by the master; empty once it is retired
    Column("created_at", Moment, nullable=False),
    Column("retired_at", Moment),
)
