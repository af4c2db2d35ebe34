"""A customer's verification with a clock that tests move and a carrier that keeps what it was given."""
from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.conversation.accounts import Accounts
from dengta.conversation.identity import CodeNotSent, CodeSent, Identity, Known
from dengta.conversation.log import MessageLog
from dengta.privacy.vault import Vault

SECRET = "a secret for tests, long enough to be one"
PHONE, OTHER_PHONE, STRANGER = "19900000008", "19900000014", "19900009999"
CUSTOMER, OTHER_CUSTOMER = "C0008", "C0014"
START = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)


class Hand:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **step: float) -> None:
        self.moment += timedelta(**step)


class Carrier:
    """Remembers what was sent; fails on demand."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.broken = False

    async def send(self, conversation_id: str, phone: str, code: str) -> None:
        await self.rehearse()
        self.sent.append((conversation_id, phone, code))

    async def rehearse(self) -> None:
        if self.broken:
            raise CodeNotSent("gateway answered 500")

    @property
    def code(self) -> str:
        return self.sent[-1][2]

    @property
    def wrong(self) -> str:
        return wrong(self.code)


def wrong(code: str) -> str:
    """Return a code that differs from this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def identity(engine: Engine, carrier: Carrier, clock: Hand) -> Identity:
    return Identity(engine, SECRET, carrier, clock)


@pytest.fixture
def accounts(engine: Engine, vault: Vault) -> Accounts:
    return Accounts(engine, vault)


@pytest.fixture
async def talk(log: MessageLog) -> str:
    return await log.open_conversation("web")


async def fail(identity: Identity, talk: str, code: str, times: int) -> object:
    """Enter a wrong code several times and return the last answer."""
    answer: object = None
    for _ in range(times):
        answer = await identity.check_code(talk, code)
    return answer


async def verify(identity: Identity, carrier: Carrier, talk: str, phone: str = PHONE, customer: str = CUSTOMER) -> None:
    """Let whoever speaks in a conversation prove to be this customer."""
    assert await identity.send_code(talk, phone, customer) == CodeSent()
    assert await identity.check_code(talk, carrier.code) == Known(customer, fresh=True)
