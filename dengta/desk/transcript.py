"""Messages as agents read them: personal data masked, one-time codes never shown, colleagues by their names."""
import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from dengta.conversation.messages import Message
from dengta.desk import agents
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.privacy.masking import mask
from dengta.privacy.words import either, words

_BEFORE = 10  # messages that are looked through for what a customer was asked
_ABOUT_CODES = re.compile(either(words("labels", "one_time_code")))
_CODE = re.compile(r"(?<!\d)\d(?:[\s-]?\d){5}(?!\d)")
_STARS = "******"


async def masked(desk: Desk, reader: Agent, conversation_id: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` messages after a number, masked; a card is named by its type, for it may be a secret.

    `client_msg_id` is there for what the reader said, to tell it from what is still being sent.
    """
    said = await _read(desk, conversation_id, after, limit)
    names = await desk.database.read(agents.names)
    return await asyncio.to_thread(
        lambda: [_shown(message, mask(text), reader, names) for message, text in said]
    )


async def plain(desk: Desk, conversation_id: str, seq: int) -> Optional[str]:
    """Return the text of a message as it was written, without one-time codes; None if there is no such message."""
    said = await _read(desk, conversation_id, seq - 1, 1)
    return said[0][1] if said else None


async def _read(desk: Desk, conversation_id: str, after: int, limit: int) -> Sequence[tuple[Message, str]]:
    context = min(after, _BEFORE)
    said = await desk.messages.since(conversation_id, after - context, limit + context)
    return [(message, text) for message, text in _without_codes(said) if message.seq > after]


def _without_codes(said: Sequence[Message]) -> Iterator[tuple[Message, str]]:
    """Yield messages with their texts; codes are hidden where a customer was asked for one."""
    was_asked = False
    for message in said:
        if message.author in ("bot", "agent"):
            was_asked = bool(_ABOUT_CODES.search(message.text))
        hides = was_asked and message.author == "customer"
        yield message, _CODE.sub(_STARS, message.text) if hides else message.text


def _shown(message: Message, text: str, reader: Agent, names: Mapping[str, str]) -> dict[str, Any]:
    agent_id = message.author_id if message.author == "agent" else None
    return {
        "seq": message.seq,
        "author": message.author,
        "author_id": agent_id,
        "author_name": names.get(agent_id, agent_id) if agent_id else None,
        "client_msg_id": message.sent_as if agent_id == reader.id else None,
        "text": text,
        "time": message.time,
        "buttons": [mask(button.title) for button in message.buttons],
        "card": message.custom.get("type") if message.custom else None,
    }
