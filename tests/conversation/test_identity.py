"""Verifying a customer by one-time code: what works, what is refused, and what an outsider can never learn."""
import asyncio
from datetime import datetime, timedelta
from typing import Optional

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.conversation.identity import (
    Anonymous,
    CodeExpired,
    CodeNotSent,
    CodeSent,
    Identity,
    Known,
    Locked,
    TooManyCodes,
    WrongCode,
)
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import metadata
from dengta.database import DatabaseUnavailable, connect, reading

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
        if self.broken:
            raise CodeNotSent("gateway answered 500")
        self.sent.append((conversation_id, phone, code))

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
async def talk(log: MessageLog) -> str:
    return await log.open_conversation("web")


async def fail(identity: Identity, talk: str, code: str, times: int) -> object:
    """Enter a wrong code several times and return the last answer."""
    answer: object = None
    for _ in range(times):
        answer = await identity.check_code(talk, code)
    return answer


async def test_the_right_code_binds_the_conversation_to_the_customer(
    identity: Identity, carrier: Carrier, talk: str
) -> None:
    assert await identity.standing(talk) == Anonymous()
    assert await identity.send_code(talk, PHONE, CUSTOMER) == CodeSent()
    assert await identity.pending(talk)
    assert carrier.sent[0][:2] == (talk, PHONE)
    assert len(carrier.code) == 6 and carrier.code.isdigit()
    assert await identity.check_code(talk, carrier.code) == Known(CUSTOMER, fresh=True)
    assert await identity.standing(talk) == Known(CUSTOMER, fresh=True)
    assert not await identity.pending(talk)


async def test_a_code_works_once(identity: Identity, carrier: Carrier, talk: str) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await identity.check_code(talk, carrier.code)
    await identity.forget(talk)
    assert await identity.check_code(talk, carrier.code) == CodeExpired()
    assert await identity.standing(talk) == Anonymous()


async def test_without_a_code_nothing_can_be_entered(identity: Identity, talk: str) -> None:
    assert not await identity.pending(talk)
    assert await identity.check_code(talk, "123456") == CodeExpired()


async def test_three_wrong_codes_lock_for_ten_minutes_even_against_the_right_one(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    assert await identity.check_code(talk, carrier.wrong) == WrongCode(remaining=2)
    assert await identity.check_code(talk, carrier.wrong) == WrongCode(remaining=1)
    locked = Locked(clock() + timedelta(minutes=10))
    assert await identity.check_code(talk, carrier.wrong) == locked
    assert await identity.check_code(talk, carrier.code) == locked
    assert await identity.standing(talk) == locked
    assert await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER) == locked
    clock.forward(minutes=9, seconds=59)
    assert await identity.standing(talk) == locked


async def test_the_phone_is_locked_for_every_conversation(
    identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog, talk: str
) -> None:
    other = await log.open_conversation("web")
    await identity.send_code(other, PHONE, CUSTOMER)
    code_of_other = carrier.code
    await identity.send_code(talk, PHONE, CUSTOMER)
    await fail(identity, talk, carrier.wrong, 3)
    locked = Locked(clock() + timedelta(minutes=10))
    assert await identity.check_code(other, code_of_other) == locked
    assert await identity.send_code(other, PHONE, CUSTOMER) == locked
    assert await identity.standing(other) == Anonymous()


async def test_wrong_codes_add_up_over_all_conversations_about_one_phone(
    identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog
) -> None:
    answers = []
    for _ in range(3):
        talk = await log.open_conversation("web")
        await identity.send_code(talk, PHONE, CUSTOMER)
        answers.append(await identity.check_code(talk, carrier.wrong))
    assert answers == [WrongCode(2), WrongCode(1), Locked(clock() + timedelta(minutes=10))]


async def test_the_lock_ends_and_three_tries_are_left_again(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await fail(identity, talk, carrier.wrong, 3)
    clock.forward(minutes=10)
    assert await identity.standing(talk) == Anonymous()
    assert await identity.check_code(talk, carrier.code) == CodeExpired()
    assert await identity.send_code(talk, PHONE, CUSTOMER) == CodeSent()
    assert await identity.check_code(talk, carrier.wrong) == WrongCode(remaining=2)
    assert await identity.check_code(talk, carrier.code) == Known(CUSTOMER, fresh=True)


async def test_success_gives_back_all_tries(identity: Identity, carrier: Carrier, clock: Hand, talk: str) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await fail(identity, talk, carrier.wrong, 2)
    await identity.check_code(talk, carrier.code)
    clock.forward(minutes=2)
    await identity.send_code(talk, PHONE, CUSTOMER)
    assert await identity.check_code(talk, carrier.wrong) == WrongCode(remaining=2)


async def test_a_code_expires_after_five_minutes(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    clock.forward(minutes=4, seconds=59)
    assert await identity.pending(talk)
    clock.forward(seconds=1)
    assert not await identity.pending(talk)
    assert await identity.check_code(talk, carrier.code) == CodeExpired()
    assert await identity.standing(talk) == Anonymous()


async def test_asking_again_within_a_minute_sends_nothing_and_keeps_the_code(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    clock.forward(seconds=59)
    assert await identity.send_code(talk, PHONE, CUSTOMER) == CodeSent()
    assert len(carrier.sent) == 1
    assert await identity.check_code(talk, carrier.code) == Known(CUSTOMER, fresh=True)


async def test_after_a_minute_a_new_code_replaces_the_old_one(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    old = carrier.code
    for _ in range(3):  # the odds that chance draws the same six digits every time are nil
        clock.forward(seconds=60)
        await identity.send_code(talk, PHONE, CUSTOMER)
        if carrier.code != old:
            break
    assert await identity.check_code(talk, old) == WrongCode(remaining=2)
    assert await identity.check_code(talk, carrier.code) == Known(CUSTOMER, fresh=True)


async def test_another_phone_is_sent_its_own_code_at_once(identity: Identity, carrier: Carrier, talk: str) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER)
    assert [phone for _, phone, _ in carrier.sent] == [PHONE, OTHER_PHONE]
    assert await identity.check_code(talk, carrier.code) == Known(OTHER_CUSTOMER, fresh=True)


async def test_a_phone_gets_five_codes_an_hour_whoever_asks(
    identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog
) -> None:
    for _ in range(5):
        assert await identity.send_code(await log.open_conversation("web"), PHONE, CUSTOMER) == CodeSent()
        clock.forward(minutes=2)
    talk = await log.open_conversation("web")
    assert await identity.send_code(talk, PHONE, CUSTOMER) == TooManyCodes()
    assert await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER) == CodeSent()
    assert len(carrier.sent) == 6
    clock.forward(minutes=50)
    assert await identity.send_code(talk, PHONE, CUSTOMER) == CodeSent()


async def seen_from_outside(
    identity: Identity, clock: Hand, log: MessageLog, customer_id: Optional[str]
) -> list[object]:
    """Return every answer a caller gets who never knows the code."""
    talk, phone = await log.open_conversation("web"), PHONE if customer_id else STRANGER
    answers: list[object] = []
    for _ in range(2):
        answers += [await identity.send_code(talk, phone, customer_id), await identity.pending(talk)]
        clock.forward(seconds=61)
    # A wild guess that chance cannot make right: one-time codes are digits.
    answers += [await identity.check_code(talk, "guess!") for _ in range(4)]
    answers += [await identity.send_code(talk, phone, customer_id)]
    clock.forward(minutes=10)
    answers += [await identity.check_code(talk, "guess!"), await identity.standing(talk)]
    for _ in range(4):
        answers.append(await identity.send_code(talk, phone, customer_id))
        clock.forward(seconds=61)
    return answers


async def test_an_unregistered_phone_looks_like_a_registered_one(
    identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog
) -> None:
    registered = await seen_from_outside(identity, clock, log, CUSTOMER)
    clock.moment = START
    assert await seen_from_outside(identity, clock, log, None) == registered
    assert {phone for _, phone, _ in carrier.sent} == {PHONE}


async def test_an_unregistered_phone_can_never_verify_even_with_its_own_code(
    engine: Engine, identity: Identity, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dengta.conversation.identity.secrets.randbelow", lambda _limit: 424242)
    await identity.send_code(talk, STRANGER, None)
    assert await identity.check_code(talk, "424242") == WrongCode(remaining=2)
    assert await identity.standing(talk) == Anonymous()


async def test_the_code_of_one_conversation_is_useless_in_another(
    identity: Identity, carrier: Carrier, log: MessageLog, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    stolen = carrier.code
    thief = await log.open_conversation("web")
    assert await identity.check_code(thief, stolen) == CodeExpired()
    while True:
        await identity.send_code(thief, OTHER_PHONE, OTHER_CUSTOMER)
        if carrier.code != stolen:
            break
    assert await identity.check_code(thief, stolen) == WrongCode(remaining=2)
    assert await identity.standing(thief) == Anonymous()


async def test_a_verification_is_fresh_for_fifteen_minutes_and_known_after_that(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await identity.check_code(talk, carrier.code)
    clock.forward(minutes=14, seconds=59)
    assert await identity.standing(talk) == Known(CUSTOMER, fresh=True)
    clock.forward(seconds=1)
    assert await identity.standing(talk) == Known(CUSTOMER, fresh=False)
    await identity.send_code(talk, PHONE, CUSTOMER)
    assert await identity.check_code(talk, carrier.code) == Known(CUSTOMER, fresh=True)
    assert await identity.standing(talk) == Known(CUSTOMER, fresh=True)


async def test_forgetting_unbinds_only_this_conversation(
    identity: Identity, carrier: Carrier, log: MessageLog, talk: str
) -> None:
    other = await log.open_conversation("web")
    for each in (talk, other):
        await identity.send_code(each, PHONE, CUSTOMER)
        await identity.check_code(each, carrier.code)
    await identity.forget(talk)
    assert await identity.standing(talk) == Anonymous()
    assert await identity.standing(other) == Known(CUSTOMER, fresh=True)


async def test_a_failing_carrier_leaves_no_code_and_costs_no_try(
    identity: Identity, carrier: Carrier, talk: str
) -> None:
    carrier.broken = True
    for _ in range(6):
        with pytest.raises(CodeNotSent):
            await identity.send_code(talk, PHONE, CUSTOMER)
    assert not await identity.pending(talk)
    carrier.broken = False
    assert await identity.send_code(talk, PHONE, CUSTOMER) == CodeSent()
    assert len(carrier.sent) == 1


async def test_guessing_in_parallel_gives_three_tries_and_no_more(
    identity: Identity, carrier: Carrier, clock: Hand, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    answers = await asyncio.gather(*(identity.check_code(talk, carrier.wrong) for _ in range(12)))
    assert answers.count(WrongCode(2)) == answers.count(WrongCode(1)) == 1
    assert answers.count(Locked(clock() + timedelta(minutes=10))) == 10
    assert await identity.check_code(talk, carrier.code) == Locked(clock() + timedelta(minutes=10))


async def test_guessing_in_parallel_in_many_conversations_about_one_phone_gives_three_tries(
    identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    talks = [await log.open_conversation("web") for _ in range(5)]
    for talk in talks:
        await identity.send_code(talk, PHONE, CUSTOMER)
    codes = {talk: code for talk, _, code in carrier.sent}
    answers = await asyncio.gather(*(identity.check_code(talk, wrong(codes[talk])) for talk in talks))
    assert sorted(type(answer).__name__ for answer in answers) == ["Locked"] * 3 + ["WrongCode"] * 2
    late = [await identity.check_code(talk, codes[talk]) for talk in talks]
    assert {type(answer) for answer in late} == {Locked}


async def test_one_code_entered_twice_at_once_binds_once(identity: Identity, carrier: Carrier, talk: str) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    answers = await asyncio.gather(*(identity.check_code(talk, carrier.code) for _ in range(5)))
    assert answers.count(Known(CUSTOMER, fresh=True)) == 1
    assert answers.count(CodeExpired()) == 4


async def test_asking_for_many_codes_at_once_sends_no_more_than_five(
    identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    talks = [await log.open_conversation("web") for _ in range(9)]
    answers = await asyncio.gather(*(identity.send_code(talk, PHONE, CUSTOMER) for talk in talks))
    assert (answers.count(CodeSent()), answers.count(TooManyCodes())) == (5, 4)
    assert len(carrier.sent) == 5


async def test_neither_phone_nor_code_is_stored_in_clear(
    engine: Engine, identity: Identity, carrier: Carrier, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await identity.check_code(talk, carrier.wrong)
    await identity.check_code(talk, carrier.code)
    with reading(engine) as session:
        rows = [row for table in metadata.tables.values() for row in session.execute(select(table))]
    stored = [str(value) for row in rows for value in row]
    assert stored
    assert not [value for value in stored if PHONE in value or carrier.code == value]


async def test_an_outage_is_never_mistaken_for_an_unverified_conversation(engine: Engine, carrier: Carrier) -> None:
    with engine.execution_options(dengta_writes=True).begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
    identity = Identity(engine, SECRET, carrier, Hand())
    for call in (
        identity.standing("talk"),
        identity.pending("talk"),
        identity.send_code("talk", PHONE, CUSTOMER),
        identity.check_code("talk", "123456"),
        identity.forget("talk"),
    ):
        with pytest.raises(DatabaseUnavailable):
            await call
    assert carrier.sent == []


async def test_an_unreachable_server_is_an_outage_too(carrier: Carrier) -> None:
    identity = Identity(connect("postgresql://nobody@127.0.0.1:1/none", 2.0), SECRET, carrier, Hand())
    with pytest.raises(DatabaseUnavailable):
        await identity.standing("talk")
