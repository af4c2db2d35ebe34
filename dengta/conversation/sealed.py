"""What is sealed in the tables of conversations, for the rotation of data keys."""
from dengta.conversation import accounts, bodies
from dengta.conversation.tables import account, message, tracker_event
from dengta.privacy.rotation import SealedColumn


def tracker_place(sender_id: str, seq: int) -> str:
    """Return what one of Rasa's events is bound to."""
    return f"tracker_event.data|{sender_id}|{seq}"


COLUMNS = (
    SealedColumn(message, [message.c.id], message.c.body, lambda row: bodies.place(row.conversation_id, row.uid)),
    SealedColumn(account, [account.c.id], account.c.address, lambda row: accounts.place(row.id)),
    SealedColumn(
        tracker_event, [tracker_event.c.id], tracker_event.c.data, lambda row: tracker_place(row.sender_id, row.seq)
    ),
)
