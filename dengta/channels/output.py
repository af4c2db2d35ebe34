"""Collects what Rasa says in one turn; nothing reaches the customer before the whole turn is stored."""
import json
from typing import Any, Mapping

from rasa.core.channels.channel import OutputChannel

from dengta.channels import wording
from dengta.conversation.messages import Body


class TurnOutput(OutputChannel):
    """The output channel of one turn: each response becomes one message body, in order."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.bodies: list[Body] = []

    def name(self) -> str:  # type: ignore[override]
        """Return the channel Rasa chooses channel-specific responses for; Rasa only ever asks the instance."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one response: its text, buttons and custom data together, contacts filled in.

        Raises:
            UnknownContactError: the response names a contact that does not exist.
            TypeError: its custom data is no JSON.
        """
        custom = message.get("custom")
        json.dumps(custom)
        body = {
            "text": wording.fill(message.get("text") or ""),
            "buttons": [_button(button) for button in message.get("quick_replies") or message.get("buttons") or ()],
            "custom": custom,
        }
        if any(body.values()):
            self.bodies.append(body)


def _button(button: Mapping[str, Any]) -> dict[str, str]:
    title = wording.fill(button["title"])
    return {"title": title, "payload": button.get("payload") or title}
