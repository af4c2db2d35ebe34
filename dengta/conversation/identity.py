"""Who a conversation belongs to: one-time codes, binding to a customer, lock-out after wrong codes.

A conversation is a channel account, not a customer. It is bound to one only by a code sent to the phone the customer
registered; what the client sends never chooses whose records are read. `bindings.py` keeps who it is bound to.
"""
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional, Protocol, Union

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.conversation.lockouts import LOCK_TIME, count_wrong, forgive, hold, locked_until
from dengta.conversation.tables import one_time_code
from dengta.database import reading, run, writing

CODE_LIFETIME = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
CODES_PER_HOUR = 5  # to one phone, and for one conversation
FRESH_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Anonymous:
    """Nobody was verified in this conversation."""


@dataclass(frozen=True)
class Known:
    """The conversation is bound to a customer; `fresh` while the verification is recent enough for changes."""

    customer_id: str
    fresh: bool


@dataclass(frozen=True)
class Locked:
    """Too many wrong codes; nothing can be verified before `until`."""

    until: datetime


@dataclass(frozen=True)
class CodeSent:
    """A code is on its way, or one sent moments ago is still good."""


@dataclass(frozen=True)
class TooManyCodes:
    """This phone, or this conversation, was sent as many codes as one hour allows."""


@dataclass(frozen=True)
class WrongCode:
    """The code does not match; `remaining` tries are left before the lock."""

    remaining: int


@dataclass(frozen=True)
class CodeExpired:
    """There is no code that could still be used."""


Standing = Union[Anonymous, Known, Locked]


class CodeSender(Protocol):
    """Brings a one-time code to the owner of a phone."""

    async def send(self, conversation_id: str, phone: str, code: str) -> None:
        """Send the code, or raise CodeNotSent."""
        ...

    async def rehearse(self) -> None:
        """Do what `send` does, but send nothing: raise CodeNotSent whenever a code could not be sent now."""
        ...


class CodeNotSent(Exception):
    """The code could not be handed to the carrier; the message holds no customer data."""


class Identity:
    """Verification state of conversations. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, secret: str, sender: CodeSender, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._secret = secret.encode()
        self._sender = sender
        self._now = now

    async def standing(self, conversation_id: str) -> Standing:
        """Tell who the conversation is bound to, or that it is locked."""
        return await run(lambda: self._standing(conversation_id))

    async def send_code(
        self, conversation_id: str, phone: str, customer_id: Optional[str]
    ) -> Union[CodeSent, TooManyCodes, Locked]:
        """Send a code to `phone`; `customer_id` is None for an unregistered phone, which outsiders cannot tell apart.

        Raises:
            CodeNotSent: the carrier did not take the message; no code is left behind.
        """
        code = f"{secrets.randbelow(1_000_000):06d}"
        begun = await run(lambda: self._begin(conversation_id, phone, customer_id, code))
        if not isinstance(begun, int):
            return begun
        try:
            await (self._sender.send(conversation_id, phone, code) if customer_id else self._sender.rehearse())
        except CodeNotSent:
            await run(lambda: self._withdraw(begun))
            raise
        return CodeSent()

    async def pending(self, conversation_id: str) -> bool:
        """Tell whether a code was sent that can still be used."""
        return await run(lambda: self._has_pending(conversation_id))

    async def check_code(self, conversation_id: str, code: str) -> Union[Known, WrongCode, CodeExpired, Locked]:
        """Compare a code with the last one sent; the right one binds the conversation and can be used only once."""
        return await run(lambda: self._check(conversation_id, code))

    async def forget(self, conversation_id: str) -> None:
        """Unbind the conversation from its customer, and with it all accounts of the same WeChat user."""
        await run(lambda: self._forget(conversation_id))

    def _standing(self, conversation_id: str) -> Standing:
        with reading(self._engine) as session:
            if until := locked_until(session, [conversation_id], self._now()):
                return Locked(until)
            bound = bindings.present(session, conversation_id)
        if bound is None:
            return Anonymous()
        return Known(bound.customer_id, bound.verified_at is not None and self._now() - bound.verified_at < FRESH_FOR)

    def _begin(
        self, conversation_id: str, phone: str, customer_id: Optional[str], code: str
    ) -> Union[int, CodeSent, TooManyCodes, Locked]:
        phone_key, now = self._keyed("phone", phone), self._now()
        with writing(self._engine) as session:
            hold(session, conversation_id, now)
            hold(session, phone_key, now)
            if until := locked_until(session, [conversation_id, phone_key], now):
                return Locked(until)
            latest = self._latest(session, conversation_id)
            if latest and latest.phone_key == phone_key and now - latest.created_at < RESEND_AFTER:
                return CodeSent()
            limited = (one_time_code.c.phone_key == phone_key, one_time_code.c.conversation_id == conversation_id)
            if any(self._sent(session, whose) >= CODES_PER_HOUR for whose in limited):
                return TooManyCodes()
            talk = bindings.hold(session, conversation_id)
            if talk is None:
                return CodeSent()  # the conversation has ended, and nobody will enter the code
            result = session.execute(
                one_time_code.insert().values(
                    conversation_id=conversation_id,
                    phone_key=phone_key,
                    customer_id=customer_id,
                    code_hash=self._keyed("code", conversation_id + code),
                    created_at=now,
                    expires_at=now + CODE_LIFETIME,
                    phone_seq=bindings.next_part(session, talk),
                )
            )
            return int(result.inserted_primary_key[0])

    def _check(self, conversation_id: str, code: str) -> Union[Known, WrongCode, CodeExpired, Locked]:
        now = self._now()
        with writing(self._engine) as session:
            hold(session, conversation_id, now)
            latest = self._latest(session, conversation_id)
            subjects = [conversation_id, latest.phone_key] if latest else [conversation_id]
            if latest:
                hold(session, latest.phone_key, now)
            if until := locked_until(session, subjects, now):
                return Locked(until)
            talk = bindings.hold(session, conversation_id)
            if latest is None or talk is None:
                return CodeExpired()
            expected = self._keyed("code", conversation_id + code)
            if latest.customer_id is not None and hmac.compare_digest(latest.code_hash, expected):
                forgive(session, subjects)
                return self._bind(session, talk, latest)
            remaining = count_wrong(session, subjects, now)
            return WrongCode(remaining) if remaining else Locked(now + LOCK_TIME)

    def _bind(self, session: Session, talk: Any, code: Any) -> Known:
        now = self._now()
        left = (one_time_code.c.conversation_id == talk.id) & one_time_code.c.used_at.is_(None)
        session.execute(update(one_time_code).where(left).values(used_at=now))
        bindings.bind(session, talk, code.customer_id, code.phone_seq, now)
        return Known(code.customer_id, fresh=True)

    def _has_pending(self, conversation_id: str) -> bool:
        with reading(self._engine) as session:
            return self._latest(session, conversation_id) is not None

    def _withdraw(self, code_id: int) -> None:
        with writing(self._engine) as session:
            session.execute(delete(one_time_code).where(one_time_code.c.id == code_id))

    def _forget(self, conversation_id: str) -> None:
        with writing(self._engine) as session:
            bindings.forget(session, conversation_id)

    def _sent(self, session: Session, whose: Any) -> int:
        recent = one_time_code.c.created_at > self._now() - timedelta(hours=1)
        counted = select(func.count()).select_from(one_time_code).where(whose, recent)
        return int(session.execute(counted).scalar_one())

    def _latest(self, session: Session, conversation_id: str) -> Any:
        return session.execute(
            select(one_time_code)
            .where(
                one_time_code.c.conversation_id == conversation_id,
                one_time_code.c.used_at.is_(None),
                one_time_code.c.expires_at > self._now(),
            )
            .order_by(one_time_code.c.id.desc())
            .limit(1)
        ).one_or_none()

    def _keyed(self, purpose: str, value: str) -> str:
        return hmac.new(self._secret, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
