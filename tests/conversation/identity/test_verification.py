"""Verifying a customer by one-time code: what works, how long, and how it ends."""
import pytest

from dengta.conversation.identity import Anonymous, CodeExpired, CodeNotSent, CodeSent, Identity, Known
from dengta.conversation.log import MessageLog
from tests.conversation.identity.conftest import CUSTOMER, OTHER_CUSTOMER, OTHER_PHONE, PHONE, Carrier, Hand


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


async def test_a_conversation_that_ended_can_neither_be_sent_a_code_nor_bound(
    identity: Identity, carrier: Carrier, log: MessageLog, talk: str
) -> None:
    await identity.send_code(talk, PHONE, CUSTOMER)
    await log.end(talk)
    assert await identity.check_code(talk, carrier.code) == CodeExpired()
    assert await identity.standing(talk) == Anonymous()
    assert await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER) == CodeSent()
    assert len(carrier.sent) == 1


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
