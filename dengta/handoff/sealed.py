"""What is sealed in the tables of the hand-over, for the rotation of data keys."""
from dengta.handoff import entries
from dengta.handoff.tables import queue_entry
from dengta.privacy.rotation import SealedColumn

COLUMNS = (
    SealedColumn(
        queue_entry,
        [queue_entry.c.id],
        queue_entry.c.note,
        lambda row: entries.note_place(row.conversation_id, row.epoch),
    ),
)
