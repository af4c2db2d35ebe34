"""The message log: the record of every conversation, written before anything else happens to a message.

Each method is one transaction. Numbers (`seq`) are allotted while the conversation's row is locked, so a reader who has
seen number n has seen everything before it.
"""
import secrets
from typing import Callable, Optional, Sequence

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.clock import real_time
from dengta.conversation import event_log, records, turn_records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Afterwards, Answered, Body, Button, Inbound, Message, Pulse, Received
from dengta.database import Transactions
from dengta.privacy.vault import Vault

Alongside = Callable[[Session], object]


class MessageLog:
    """Reads and writes conversations, off the event loop.

    Every method raises `dengta.database.DatabaseUnavailable` when there is no answer in `timeout` seconds
    (`dengta.database.CALL_TIMEOUT` if none is given).
    """

    def __init__(self, engine: Engine, vault: Vault, timeout: Optional[float] = None) -> None:
        self._database = Transactions(engine, timeout)
        self._bodies = Bodies(vault)

    async def open_conversation(self, channel: str) -> str:
        """Start a conversation owned by the bot and return its id, 32 characters nobody can guess."""
        conversation_id = secrets.token_hex(16)
        await self._database.write(lambda session: records.start(session, conversation_id, channel))
        return conversation_id

    async def is_open(self, conversation_id: str) -> bool:
        """Tell whether the conversation exists and has not ended."""
        return await self._database.read(lambda session: records.is_open(session, conversation_id))

    async def end(self, conversation_id: str) -> None:
        """End the conversation and forget which customer it belonged to; whatever is being answered is suppressed."""
        await self._database.write(lambda session: records.end(session, conversation_id))

    async def receive(
        self,
        conversation_id: str,
        client_msg_id: str,
        body: Body,
        answers: Optional[Sequence[Body]] = None,
        alongside: Optional[Alongside] = None,
        afterwards: Optional[Afterwards] = None,
    ) -> Received:
        """Store a customer's message, or find it again by its `client_msg_id`.

        `answers` are stored with a message that needs no turn, unless a person owns the conversation. `alongside` is
        further work of the same transaction, done first, while the conversation's row is locked; `afterwards` is done
        last, and only for a message that is new.

        Raises:
            ConversationClosedError: there is no such open conversation.
            TooManyMessages: the customer writes too fast, see `pace.py`.
        """

        def store(session: Session) -> Received:
            if alongside is not None and records.locked(session, conversation_id) is not None:
                alongside(session)
            received = records.receive(
                session, self._bodies, conversation_id, client_msg_id, body, real_time(), answers
            )
            if afterwards is not None and not received.duplicate:
                afterwards(session, conversation_id)
            return received

        return await self._database.write(store)

    async def claim(self, conversation_id: str) -> Optional[Inbound]:
        """Take the next turn; None if nothing waits, somebody else is at it, or a person owns the conversation.

        A turn that another process began and did not finish before its lease ran out is taken first, with the messages
        it had.
        """
        return await self._database.write(
            lambda session: turn_records.claim(session, self._bodies, conversation_id, real_time())
        )

    async def renew(self, conversation_id: str, inbound: Inbound) -> bool:
        """Keep a turn for another `turn_records.LEASE`; False if somebody else has taken it."""
        return await self._database.write(
            lambda session: turn_records.renew(session, conversation_id, inbound.lease, real_time())
        )

    async def release(self, conversation_id: str, inbound: Inbound) -> None:
        """Give a turn back unfinished; whoever claims next begins it again."""
        await self._database.write(lambda session: turn_records.release(session, conversation_id, inbound.lease))

    async def reply(
        self, conversation_id: str, inbound: Inbound, answered: Answered, failed: bool = False
    ) -> bool:
        """Store the bot's messages and finish the turn they answer, both or nothing.

        Returns False, and keeps the messages as suppressed for audit, if the owner of the conversation changed since
        the turn began or the turn is not the caller's any more.
        """
        return await self._database.write(
            lambda session: turn_records.reply(session, self._bodies, conversation_id, inbound, answered, failed)
        )

    async def append(
        self, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str] = None
    ) -> int:
        """Store a message (`bot`, `agent`, `notice`, `demo`) that answers nothing in particular; return its seq.

        Raises:
            ConversationClosedError: there is no such open conversation.
        """
        return await self._database.write(
            lambda session: records.append(session, self._bodies, conversation_id, author_kind, body, author_id)
        )

    async def since(self, conversation_id: str, after: int, limit: int = 200) -> tuple[Message, ...]:
        """Return up to `limit` delivered messages with a seq above `after`, in order."""
        return await self._database.read(
            lambda session: records.since(session, self._bodies, conversation_id, after, limit)
        )

    async def offered(self, conversation_id: str) -> tuple[Button, ...]:
        """Return the buttons that were offered last, by the bot in its turn or by a notice, in order."""
        return await self._database.read(lambda session: records.offered(session, self._bodies, conversation_id))

    async def button(self, conversation_id: str, button_id: str) -> Optional[Button]:
        """Find a button that was offered in this conversation."""
        return await self._database.read(
            lambda session: records.button(session, self._bodies, conversation_id, button_id)
        )

    async def pulses(self, conversation_ids: Sequence[str]) -> dict[str, Pulse]:
        """Return the last seq of each of these conversations and whether the bot is working on an answer."""
        return await self._database.read(lambda session: records.pulses(session, conversation_ids, real_time()))

    async def touched(self, after: Optional[int]) -> tuple[int, set[str]]:
        """Return the number of the newest event, and the conversations with events above `after`; none without it."""
        return await self._database.read(lambda session: event_log.touched(session, after))

    async def unanswered(self) -> dict[str, int]:
        """Return the conversations that wait for the bot while nobody works on them, with their oldest waiting seq."""
        return await self._database.read(lambda session: turn_records.unanswered(session, real_time()))
