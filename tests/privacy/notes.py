"""A table with sealed values, as a part of the project would own one, and a process that is killed while rotating."""
import os
import sys
from collections.abc import Sequence

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.engine import Engine, Row

from dengta.database import connect, reading, writing
from dengta.privacy.rotation import SealedColumn, rotate
from dengta.privacy.vault import Vault

metadata = MetaData()
note = Table(
    "note",
    metadata,
    Column("room", String(8), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text),
)


def place(row: Row) -> str:
    """Where the body of a note is sealed."""
    return f"note.body|{row.room}|{row.number}"


BODY = SealedColumn(note, (note.c.room, note.c.number), note.c.body, place)


def fill(engine: Engine, vault: Vault, rooms: Sequence[str], size: int) -> None:
    """Make the table; in each room notes 0 … size-1 say their room and number."""
    metadata.create_all(engine)
    notes = [
        {"room": room, "number": number, "body": vault.seal(f"note.body|{room}|{number}", f"{room}{number}")}
        for room in rooms
        for number in range(size)
    ]
    with writing(engine) as session:
        session.execute(insert(note), notes)


def stored(engine: Engine) -> dict[tuple[str, int], str]:
    """The bodies as the database has them."""
    with reading(engine) as session:
        return {(row.room, row.number): row.body for row in session.execute(select(note))}


def keys_used(engine: Engine) -> set[str]:
    """The ids of the data keys that seal something."""
    return {body.split(".")[1] for body in stored(engine).values() if body}


def main() -> None:
    """Rotate the keys of `DENGTA_DATABASE_URL` as far as the notes numbered `argv[1]`, then wait to be killed."""

    def stuck(row: Row) -> str:
        if row.number == int(sys.argv[1]):
            sys.stdout.write("here\n")
            sys.stdout.flush()
            sys.stdin.read()
        return place(row)

    column = SealedColumn(note, BODY.key_columns, BODY.column, stuck)
    for _ in rotate(connect(os.environ["DENGTA_DATABASE_URL"], 10.0), [column]):
        pass


if __name__ == "__main__":
    main()
