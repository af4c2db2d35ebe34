"""The message log: the record of every conversation, written before anything else happens to a message.

Each method is one transaction. Numbers (`seq`) are allotted while the conversation's row is locked, so a reader who has
seen number n has seen everything before it.
"""
import secrets
from typing import Callable, Optional, Sequence, TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta import database
from dengta.conversation import records
from dengta.conversation.messages import Body, Button, Inbound, Message, Received

T = TypeVar("T")


class MessageLog:
    """Reads and writes conversations, off the event loop.

    Every method raises `dengta.database.DatabaseUnavailable` when there is no answer within `timeout` seconds.
    """

    def __init__(self, engine: Engine, timeout: float = 5.0) -> None:
        self._engine = engine
        self._timeout = timeout

    async def open_conversation(self, channel: str) -> str:
        """Start a conversation owned by the bot and return its id, 32 characters nobody can guess."""
        conversation_id = secrets.token_hex(16)
        await self._write(lambda session: records.start(session, conversation_id, channel))
        return conversation_id

    async def is_open(self, conversation_id: str) -> bool:
        """Tell whether the conversation exists and has not ended."""
        return await self._read(lambda session: records.is_open(session, conversation_id))

    async def end(self, conversation_id: str) -> None:
        """End the conversation and forget which customer it belonged to; whatever is being answered is suppressed."""
        await self._write(lambda session: records.end(session, conversation_id))

    async def receive(self, conversation_id: str, client_msg_id: str, body: Body) -> Received:
        """Store a customer's message, or find it again by its `client_msg_id`.

        Raises:
            ConversationClosedError: there is no such open conversation.
        """
        return await self._write(lambda session: records.receive(session, conversation_id, client_msg_id, body))

    async def claim(self, conversation_id: str) -> Optional[Inbound]:
        """Take the oldest message the bot still has to answer; None if there is none or a person owns the conversation.

        The caller makes sure that a conversation has one turn at a time: what an earlier turn left half-done is taken
        again.
        """
        return await self._write(lambda session: records.claim(session, conversation_id))

    async def reply(
        self, conversation_id: str, epoch: int, reply_to_seq: int, messages: Sequence[Body], failed: bool = False
    ) -> bool:
        """Store the bot's messages and finish the inbound message they answer, both or nothing.

        Returns False, and keeps the messages as suppressed for audit, if the owner changed since `epoch` or the inbound
        message has been answered already.
        """
        return await self._write(
            lambda session: records.reply(session, conversation_id, epoch, reply_to_seq, messages, failed)
        )

    async def append(
        self, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str] = None
    ) -> int:
        """Store a message (`bot`, `agent`, `notice`, `demo`) that answers nothing in particular; return its seq.

        Raises:
            ConversationClosedError: there is no such open conversation.
        """
        return await self._write(lambda session: records.append(session, conversation_id, author_kind, body, author_id))

    async def since(self, conversation_id: str, after: int, limit: int = 200) -> tuple[Message, ...]:
        """Return up to `limit` delivered messages with a seq above `after`, in order."""
        return await self._read(lambda session: records.since(session, conversation_id, after, limit))

    async def button(self, conversation_id: str, button_id: str) -> Optional[Button]:
        """Find a button that was offered in this conversation."""
        return await self._read(lambda session: records.button(session, conversation_id, button_id))

    async def newest(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Return the last seq of each of these conversations."""
        return await self._read(lambda session: records.newest(session, conversation_ids))

    async def unanswered(self) -> tuple[str, ...]:
        """Return the conversations in which the bot owes an answer, to be asked at start."""
        return await self._read(records.unanswered)

    async def _read(self, work: Callable[[Session], T]) -> T:
        def call() -> T:
            with database.reading(self._engine) as session:
                return work(session)

        return await database.run(call, self._timeout)

    async def _write(self, work: Callable[[Session], T]) -> T:
        def call() -> T:
            with database.writing(self._engine) as session:
                return work(session)

        return await database.run(call, self._timeout)
