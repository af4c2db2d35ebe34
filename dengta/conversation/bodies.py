"""Message bodies as they are kept: JSON, sealed, bound to their message so that no two can be swapped."""
import json
import secrets
from typing import Any, Optional

from dengta.conversation.messages import Body, Button
from dengta.privacy.vault import Vault

_KEPT = ("text", "custom", "payload", "sent_as")


class Bodies:
    """Writes and reads the column `message.body`."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def write(self, body: Body, conversation_id: str, uid: str, seq: Optional[int]) -> str:
        """Seal a body; buttons of a numbered message get an id nobody can guess that leads back to it."""
        kept = {key: body[key] for key in _KEPT if body.get(key)}
        if body.get("buttons"):
            kept["buttons"] = [
                {
                    "id": f"{seq or 0}-{secrets.token_urlsafe(12)}",
                    "title": button["title"],
                    "payload": button["payload"],
                }
                for button in body["buttons"]
            ]
        return self._vault.seal(place(conversation_id, uid), json.dumps(kept, ensure_ascii=False))

    def read(self, row: Any) -> dict[str, Any]:
        """Open the body of a row with `conversation_id`, `uid` and `body`.

        Raises:
            Unreadable: it was changed, moved from another message, or its key is gone.
        """
        body: dict[str, Any] = json.loads(self._vault.open(place(row.conversation_id, row.uid), row.body))
        return body


def place(conversation_id: str, uid: str) -> str:
    """Return what a sealed body is bound to."""
    return f"message.body|{conversation_id}|{uid}"


def buttons(body: Body) -> tuple[Button, ...]:
    """Return the buttons of a body read back."""
    return tuple(Button(**button) for button in body.get("buttons", ()))


def seq_of(button_id: str) -> Optional[int]:
    """Return the seq of the message a button id belongs to, None if it is no button id."""
    head, dash, _ = button_id.partition("-")
    return int(head) if dash and head.isascii() and head.isdigit() and len(head) < 10 else None
