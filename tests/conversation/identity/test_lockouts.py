"""Wrong codes and too many codes: counted for conversation and phone, also when tried in parallel."""
import asyncio
from datetime import timedelta

from dengta.conversation.identity import (
    Anonymous,
    CodeExpired,
    CodeSent,
    Identity,
    Known,
    Locked,
    TooManyCodes,
    WrongCode,
)
from dengta.conversation.log import MessageLog
from tests.conversation.identity.conftest import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PHONE,
    PHONE,
    Carrier,
    Hand,
    fail,
    wrong,
)


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


async def test_a_conversation_gets_five_codes_an_hour_whatever_phones_it_names(
    identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog, talk: str
) -> None:
    for number in range(5):
        customer_id = CUSTOMER if number % 2 else None
        assert await identity.send_code(talk, f"1990000010{number}", customer_id) == CodeSent()
    for customer_id in (OTHER_CUSTOMER, None):
        assert await identity.send_code(talk, OTHER_PHONE, customer_id) == TooManyCodes()
    assert await identity.send_code(await log.open_conversation("web"), OTHER_PHONE, OTHER_CUSTOMER) == CodeSent()
    clock.forward(hours=1, seconds=1)
    assert await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER) == CodeSent()


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
