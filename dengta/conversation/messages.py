"""What a conversation consists of: messages, their buttons, and the turns in which the bot answers them."""
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Mapping, Optional, Sequence

from sqlalchemy.orm import Session

Body = Mapping[str, Any]
Afterwards = Callable[[Session, str], object]
"""Further work on a conversation, done last in the transaction that stores a message of it."""


@dataclass(frozen=True)
class Button:
    """An offered answer. `payload` stays on the server; the client only ever sees `id` and `title`."""

    id: str
    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One delivered message; `seq` counts 1, 2, 3 … within its conversation without gaps.

    `turn` is the turn that answers it or in which it was said, None for what belongs to no turn. Of what an agent said
    `author_id` is who, and `sent_as` the id it was sent under.
    """

    seq: int
    author: str
    text: str
    time: datetime
    buttons: tuple[Button, ...] = ()
    custom: Optional[Mapping[str, Any]] = None
    client_msg_id: Optional[str] = None
    turn: Optional[int] = None
    author_id: Optional[str] = None
    sent_as: Optional[str] = None


@dataclass(frozen=True)
class Received:
    """Where an inbound message was stored.

    `duplicate` if it had been stored before, `awaits_turn` if it was not and the bot is to answer it.
    """

    seq: int
    duplicate: bool
    awaits_turn: bool = False


@dataclass(frozen=True)
class Pulse:
    """The last seq of a conversation, and whether some process is working on an answer."""

    seq: int
    working: bool


@dataclass(frozen=True)
class Inbound:
    """What the bot has to answer in one turn: one click, or all bubbles written since the last turn as one text.

    `turn` numbers the turns of the conversation and stays the same when a crash makes somebody begin it again, with
    `attempt` one higher. `lease` proves whose turn it is, `epoch` whose conversation it was when the turn began.
    `payload` is set when a button or a fixed control was used. `anew` if it is the first turn since the bot got the
    conversation back: what it knew before is not to be gone on with.
    """

    turn: int
    channel: str
    epoch: int
    lease: str
    text: str
    payload: Optional[str]
    attempt: int
    anew: bool = False


@dataclass(frozen=True)
class Answered:
    """What the bot says in a turn, in order, and what it understood: an id of the taxonomy, None if nothing.

    `afterwards` is done only if the answer is delivered, and may say the rest of it.
    """

    bodies: Sequence[Body]
    reading: Optional[str] = None
    afterwards: Optional[Afterwards] = None
