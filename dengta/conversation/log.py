"""The message log: the record of every conversation, written before anything else happens to a message.

Each method is one transaction. Numbers (`seq`) are allotted while the conversation's row is locked, so a reader who has
seen number n has seen everything before it.
"""
import secrets
from datetime import datetime, timezone
from typing import Callable, Optional, Sequence, TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta import database
from dengta.conversation import records, turn_records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Answered, Body, Button, Inbound, Message, Pulse, Received
from dengta.privacy.vault import Vault

T = TypeVar("T")
Alongside = Callable[[Session], object]


class MessageLog:
    """Reads and writes conversations, off the event loop.

    Every method raises `dengta.database.DatabaseUnavailable` when there is no answer within `timeout` seconds.
    """

    def __init__(self, engine: Engine, vault: Vault, timeout: float = 5.0) -> None:
        self._engine = engine
        self._bodies = Bodies(vault)
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

    async def receive(
        self,
        conversation_id: str,
        client_msg_id: str,
        body: Body,
        answers: Optional[Sequence[Body]] = None,
        alongside: Optional[Alongside] = None,
    ) -> Received:
        """Store a customer's message, or find it again by its `client_msg_id`.

        `answers` are stored with a message that needs no turn, unless a person owns the conversation. `alongside` is
        further work of the same transaction, done first, while the conversation's row is locked.

        Raises:
            ConversationClosedError: there is no such open conversation.
            TooManyMessages: the customer writes too fast, see `pace.py`.
        """

        def store(session: Session) -> Received:
            if alongside is not None and records.locked(session, conversation_id) is not None:
                alongside(session)
            return records.receive(
                session, self._bodies, conversation_id, client_msg_id, body, _real_time(), answers
            )

        return await self._write(store)

    async def claim(self, conversation_id: str) -> Optional[Inbound]:
        """Take the next turn; None if nothing waits, somebody else is at it, or a person owns the conversation.

        A turn that another process began and did not finish before its lease ran out is taken first, with the messages
        it had.
        """
        return await self._write(
            lambda session: turn_records.claim(session, self._bodies, conversation_id, _real_time())
        )

    async def renew(self, conversation_id: str, inbound: Inbound) -> bool:
        """Keep a turn for another `turn_records.LEASE`; False if somebody else has taken it."""
        return await self._write(
            lambda session: turn_records.renew(session, conversation_id, inbound.lease, _real_time())
        )

    async def release(self, conversation_id: str, inbound: Inbound) -> None:
        """Give a turn back unfinished; whoever claims next begins it again."""
        await self._write(lambda session: turn_records.release(session, conversation_id, inbound.lease))

    async def reply(
        self, conversation_id: str, inbound: Inbound, answered: Answered, failed: bool = False
    ) -> bool:
        """Store the bot's messages and finish the turn they answer, both or nothing.

        Returns False, and keeps the messages as suppressed for audit, if the owner of the conversation changed since
        the turn began or the turn is not the caller's any more.
        """
        return await self._write(
            lambda session: turn_records.reply(session, self._bodies, conversation_id, inbound, answered, failed)
        )

    async def append(
        self, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str] = None
    ) -> int:
        """Store a message (`bot`, `agent`, `notice`, `demo`) that answers nothing in particular; return its seq.

        Raises:
            ConversationClosedError: there is no such open conversation.
        """
        return await self._write(
            lambda session: records.append(session, self._bodies, conversation_id, author_kind, body, author_id)
        )

    async def since(self, conversation_id: str, after: int, limit: int = 200) -> tuple[Message, ...]:
        """Return up to `limit` delivered messages with a seq above `after`, in order."""
        return await self._read(
            lambda session: records.since(session, self._bodies, conversation_id, after, limit)
        )

    async def offered(self, conversation_id: str) -> tuple[Button, ...]:
        """Return the buttons the bot offered in its last turn, in order."""
        return await self._read(lambda session: records.offered(session, self._bodies, conversation_id))

    async def button(self, conversation_id: str, button_id: str) -> Optional[Button]:
        """Find a button that was offered in this conversation."""
        return await self._read(lambda session: records.button(session, self._bodies, conversation_id, button_id))

    async def pulses(self, conversation_ids: Sequence[str]) -> dict[str, Pulse]:
        """Return the last seq of each of these conversations and whether the bot is working on an answer."""
        return await self._read(lambda session: records.pulses(session, conversation_ids, _real_time()))

    async def unanswered(self) -> dict[str, int]:
        """Return the conversations that wait for the bot while nobody works on them, with their oldest waiting seq."""
        return await self._read(lambda session: turn_records.unanswered(session, _real_time()))

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


def _real_time() -> datetime:
    return datetime.now(timezone.utc)
