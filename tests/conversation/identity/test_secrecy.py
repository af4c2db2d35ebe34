"""What an outsider can never learn, and an outage that is never taken for an unverified conversation."""
from typing import Optional

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from dengta.conversation.identity import Anonymous, CodeExpired, CodeNotSent, Identity, WrongCode
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import metadata
from dengta.database import DatabaseUnavailable, connect, reading
from tests.conversation.identity.conftest import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PHONE,
    PHONE,
    SECRET,
    START,
    STRANGER,
    Carrier,
    Hand,
)


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


@pytest.mark.parametrize("customer_id", [CUSTOMER, None])
async def test_an_outage_of_the_gateway_looks_the_same_for_an_unregistered_phone(
    identity: Identity, carrier: Carrier, talk: str, customer_id: Optional[str]
) -> None:
    carrier.broken = True
    for _ in range(6):
        with pytest.raises(CodeNotSent):
            await identity.send_code(talk, PHONE if customer_id else STRANGER, customer_id)
    assert not await identity.pending(talk)


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
