"""A customer's conversations on all channels, and never a word of somebody else's."""
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from dengta.clock import now
from dengta.conversation import ownership
from dengta.conversation.accounts import Accounts
from dengta.conversation.bodies import Bodies
from dengta.conversation.history import History
from dengta.conversation.identity import Identity
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered
from dengta.database import writing
from dengta.privacy.vault import Vault
from tests.conversation.identity.conftest import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PHONE,
    PHONE,
    Carrier,
    Hand,
    verify,
)
from tests.conversation.turns import says, texts

OFFERED = {"query_bill", "request_early_settlement"}
A_DAY = timedelta(hours=24)


@pytest.fixture
def history(engine: Engine) -> History:
    return History(engine)


async def heard(history: History, log: MessageLog, customer_id: str) -> list[str]:
    """Return the texts of a customer's parts, newest part first."""
    parts = await history.parts(customer_id, limit=100)
    return [text for part in parts
            for text in (await texts(log, part.conversation_id))[part.first_seq - 1 : part.last_seq]]  # fmt: skip


async def test_all_channels_are_one_history_with_what_was_spoken_last_first(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    web, call = await log.open_conversation("web"), await log.open_conversation("phone")
    for talk in (web, call):
        await says(log, talk, "你好", "greet")
        await verify(identity, carrier, talk)
    await says(log, call, "提前还清要多少", "request_early_settlement")
    await says(log, web, "这个月还多少", "query_bill")
    await says(log, web, "咕噜", None)
    parts = await history.parts(CUSTOMER)
    assert [(part.channel, part.first_seq, part.last_seq, part.reading) for part in parts] == [
        ("web", 1, 6, "query_bill"),
        ("phone", 1, 4, "request_early_settlement"),
    ]
    assert all(part.begin <= part.end for part in parts)
    assert await history.parts(OTHER_CUSTOMER) == ()


async def test_pages_hold_every_part_once(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    for number in range(5):
        talk = await log.open_conversation("web")
        await says(log, talk, str(number))
        await verify(identity, carrier, talk)
    pages, before = [], None
    while page := await history.parts(CUSTOMER, before=before, limit=2):
        pages.append(page)
        before = page[-1].position
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({part.conversation_id for page in pages for part in page}) == 5


async def test_a_verification_without_a_word_is_no_part(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    await verify(identity, carrier, await log.open_conversation("phone"))
    assert await history.parts(CUSTOMER) == ()


async def test_between_a_phone_and_its_code_nobody_knows_who_speaks(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    talk = await log.open_conversation("web")
    await says(log, talk, "第一位的账单")
    await verify(identity, carrier, talk)
    await log.receive(talk, "phone", {"text": "第二位的号码"})
    inbound = await log.claim(talk)  # the phone is checked while the bot answers the message it stands in
    assert inbound is not None
    await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER)
    assert await log.reply(talk, inbound, Answered([{"text": "请输入验证码"}]))
    await says(log, talk, "还是先查第一位的还款")
    await log.receive(talk, "code", {"text": "验证码"})
    assert await log.claim(talk) is not None
    await identity.check_code(talk, carrier.code)
    await log.append(talk, "bot", {"text": "第二位的账单"})
    assert await heard(history, log, CUSTOMER) == ["第一位的账单", "re: 第一位的账单"]
    assert await heard(history, log, OTHER_CUSTOMER) == ["验证码", "第二位的账单"]


async def test_what_was_said_to_a_person_before_another_verification_stays_with_the_first(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog, engine: Engine, vault: Vault
) -> None:
    talk = await log.open_conversation("web")
    await verify(identity, carrier, talk)
    with writing(engine) as session:
        ownership.change(session, Bodies(vault), talk, "HUMAN", owner_id="agent-1")
    await log.receive(talk, "m1", {"text": "第一位对人工说的"})
    await verify(identity, carrier, talk, OTHER_PHONE, OTHER_CUSTOMER)
    assert await heard(history, log, CUSTOMER) == ["第一位对人工说的"]
    assert await heard(history, log, OTHER_CUSTOMER) == []


async def test_an_ended_binding_ends_the_part(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    talk = await log.open_conversation("web")
    await says(log, talk, "核实前问的")
    await verify(identity, carrier, talk)
    await identity.forget(talk)
    await says(log, talk, "不知道是谁说的")
    await verify(identity, carrier, talk, OTHER_PHONE, OTHER_CUSTOMER)
    assert await heard(history, log, CUSTOMER) == ["核实前问的", "re: 核实前问的"]
    assert await heard(history, log, OTHER_CUSTOMER) == []


async def test_a_code_sent_before_the_present_customer_was_verified_is_worth_nothing(
    identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    talk = await log.open_conversation("web")
    await identity.send_code(talk, OTHER_PHONE, OTHER_CUSTOMER)
    older = carrier.code
    await verify(identity, carrier, talk)
    assert not await identity.pending(talk)
    await identity.check_code(talk, older)
    standing = await identity.standing(talk)
    assert getattr(standing, "customer_id", None) == CUSTOMER


async def test_the_last_question_elsewhere_is_told_by_title_channel_and_time(
    history: History, identity: Identity, carrier: Carrier, log: MessageLog, accounts: Accounts
) -> None:
    wechat, web = await accounts.meet("wechat", "a", "a"), await log.open_conversation("web")
    for talk in (wechat.conversation_id, web):
        await verify(identity, carrier, talk)
    since = now() - A_DAY
    assert await history.asked_elsewhere(CUSTOMER, web, since, OFFERED) is None
    await says(log, wechat.conversation_id, "提前还清", "request_early_settlement")
    await says(log, wechat.conversation_id, "谢谢", "thank")
    await says(log, web, "这个月还多少", "query_bill")
    asked = await history.asked_elsewhere(CUSTOMER, web, since, OFFERED)
    assert asked is not None and since < asked.at <= now()
    assert (asked.channel, asked.reading) == ("wechat", "request_early_settlement")
    assert await history.asked_elsewhere(CUSTOMER, web, now() + timedelta(seconds=1), OFFERED) is None
    assert await history.asked_elsewhere(CUSTOMER, web, since, {"query_coupons"}) is None
    assert await history.asked_elsewhere(OTHER_CUSTOMER, web, since, OFFERED) is None


STEPS = st.lists(st.sampled_from(["first speaks", "second speaks", "unknown speaks", "end"]), max_size=12)


@given(steps=STEPS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whoever_speaks_in_turn_never_hears_the_other(
    history: History, identity: Identity, carrier: Carrier, clock: Hand, log: MessageLog, steps: list[str]
) -> None:
    talk = await log.open_conversation("web")
    phones = {"first": (PHONE, CUSTOMER), "second": (OTHER_PHONE, OTHER_CUSTOMER)}
    for step in steps:
        who = step.split()[0]
        clock.forward(hours=1)
        if step == "end":
            await identity.forget(talk)
        elif who == "unknown":
            await identity.forget(talk)
            await says(log, talk, "unknown")
        else:
            standing = await identity.standing(talk)
            if getattr(standing, "customer_id", None) != phones[who][1]:
                await verify(identity, carrier, talk, *phones[who])
            await says(log, talk, who)
    assert {text.split()[-1] for text in await heard(history, log, CUSTOMER)} <= {"first", "unknown"}
    assert {text.split()[-1] for text in await heard(history, log, OTHER_CUSTOMER)} <= {"second", "unknown"}
