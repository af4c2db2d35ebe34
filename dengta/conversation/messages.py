"""What a conversation consists of: messages, their buttons, and the JSON they are kept as."""
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Button:
    """An offered answer. `payload` stays on the server; the client only ever sees `id` and `title`."""

    id: str
    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One delivered message; `seq` counts 1, 2, 3 … within its conversation without gaps."""

    seq: int
    author: str
    text: str
    time: datetime
    buttons: tuple[Button, ...] = ()
    custom: Optional[Mapping[str, Any]] = None
    client_msg_id: Optional[str] = None


@dataclass(frozen=True)
class Received:
    """Where an inbound message was stored; `duplicate` if it had been stored before."""

    seq: int
    duplicate: bool


@dataclass(frozen=True)
class Inbound:
    """A customer's message the bot has to answer, and the owner epoch its answer will belong to.

    `payload` is set when a button or a fixed control was used; `attempt` is above 1 after a crash.
    """

    seq: int
    epoch: int
    text: str
    payload: Optional[str]
    attempt: int


def dump(body: Body, seq: Optional[int]) -> str:
    """Write a body as JSON; buttons of a numbered message get an id nobody can guess that leads back to it."""
    kept = {key: body[key] for key in ("text", "custom", "payload") if body.get(key)}
    if body.get("buttons"):
        kept["buttons"] = [
            {"id": f"{seq or 0}-{secrets.token_urlsafe(12)}", "title": button["title"], "payload": button["payload"]}
            for button in body["buttons"]
        ]
    return json.dumps(kept, ensure_ascii=False)


def buttons(body: Body) -> tuple[Button, ...]:
    """Return the buttons of a body read back from JSON."""
    return tuple(Button(**button) for button in body.get("buttons", ()))


def seq_of(button_id: str) -> Optional[int]:
    """Return the seq of the message a button id belongs to, None if it is no button id."""
    head, dash, _ = button_id.partition("-")
    return int(head) if dash and head.isascii() and head.isdigit() and len(head) < 10 else None
