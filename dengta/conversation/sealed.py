"""What is sealed in the tables of conversations, for the rotation of data keys."""
from dengta.conversation import accounts, bodies
from dengta.conversation.tables import account, event_outbox, message, tracker_event
from dengta.privacy.rotation import SealedColumn


def tracker_place(sender_id: str, seq: int) -> str:
    """Return what one of Rasa's events is bound to."""
    return f"tracker_event.data|{sender_id}|{seq}"


def outbox_place(sender_id: str) -> str:
    """Return what an event for the broker is bound to."""
    return f"event_outbox.data|{sender_id}"


COLUMNS = (
    SealedColumn(message, [message.c.id], message.c.body, lambda row: bodies.place(row.conversation_id, row.uid)),
    SealedColumn(account, [account.c.id], account.c.address, lambda row: accounts.place(row.id)),
    SealedColumn(
        tracker_event, [tracker_event.c.id], tracker_event.c.data, lambda row: tracker_place(row.sender_id, row.seq)
    ),
    SealedColumn(event_outbox, [event_outbox.c.id], event_outbox.c.data, lambda row: outbox_place(row.sender_id)),
)
