"""The record of a conversation: nothing lost, nothing twice, no gap, nobody else's."""
import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered
from dengta.conversation.records import ConversationClosedError
from dengta.conversation.tables import binding, conversation, message
from dengta.database import reading, writing
from dengta.privacy.vault import Unreadable, Vault


def said(*bodies: dict[str, object]) -> Answered:
    return Answered(bodies, "query_bill")


def let_leases_run_out(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(conversation).values(lease_until=datetime.now(timezone.utc) - timedelta(seconds=1)))


async def test_a_question_and_its_answer_are_read_back_in_order(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "这个月还多少"})
    inbound = await log.claim(talk)
    answered = await log.reply(talk, inbound, said({"text": "一"}, {"text": "二"}))

    assert answered
    messages = await log.since(talk, 0)
    assert [(m.seq, m.author, m.text) for m in messages] == [
        (1, "customer", "这个月还多少"),
        (2, "bot", "一"),
        (3, "bot", "二"),
    ]
    assert messages[0].client_msg_id == "c1"
    assert all(m.time.utcoffset().total_seconds() == 8 * 3600 for m in messages)
    assert [m.seq for m in await log.since(talk, 2)] == [3]


async def test_the_same_message_sent_ten_times_at_once_is_stored_once(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    results = await asyncio.gather(*(log.receive(talk, "same", {"text": "你好"}) for _ in range(10)))

    assert {r.seq for r in results} == {1}
    assert sorted(r.duplicate for r in results) == [False] + [True] * 9
    assert len(await log.since(talk, 0)) == 1


async def test_writers_at_the_same_time_leave_no_gap(
    log: MessageLog, engine: Engine, vault: Vault
) -> None:
    talk = await log.open_conversation("web")
    other_process = MessageLog(engine, vault)
    await asyncio.gather(
        *(log.receive(talk, f"c{i}", {"text": str(i)}) for i in range(15)),
        *(other_process.append(talk, "notice", {"text": str(i)}) for i in range(15)),
    )

    assert [m.seq for m in await log.since(talk, 0)] == list(range(1, 31))


async def test_two_conversations_may_use_the_same_client_id(log: MessageLog) -> None:
    first, second = await log.open_conversation("web"), await log.open_conversation("web")
    await log.receive(first, "c1", {"text": "甲"})
    received = await log.receive(second, "c1", {"text": "乙"})

    assert (received.seq, received.duplicate) == (1, False)
    assert [m.text for m in await log.since(second, 0)] == ["乙"]


async def test_bubbles_are_claimed_together_and_a_click_alone(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    await log.receive(talk, "c2", {"text": "我想问一下？"})
    await log.receive(talk, "c3", {"text": "这个月还多少"})
    await log.receive(talk, "c4", {"text": "明细", "payload": "/query_bill"})
    await log.receive(talk, "c5", {"text": "谢谢"})
    claimed = []
    while inbound := await log.claim(talk):
        claimed.append((inbound.turn, inbound.text, inbound.payload))
        await log.reply(talk, inbound, said({"text": "好"}))

    assert claimed == [(1, "你好，我想问一下？这个月还多少", None), (2, "明细", "/query_bill"), (3, "谢谢", None)]
    assert [m.turn for m in await log.since(talk, 0)] == [1, 1, 1, 2, 3, 1, 2, 3]


async def test_a_turn_belongs_to_one_process_at_a_time(log: MessageLog, engine: Engine, vault: Vault) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    others = [MessageLog(engine, vault) for _ in range(8)]
    claims = [claim for claim in await asyncio.gather(*(other.claim(talk) for other in others)) if claim]

    assert len(claims) == 1
    await log.receive(talk, "c2", {"text": "在吗"})
    assert await log.claim(talk) is None
    assert await log.unanswered() == {}
    assert await log.reply(talk, claims[0], said({"text": "您好"}))
    second = await log.claim(talk)
    assert (second.turn, second.text) == (2, "在吗")


async def test_the_answer_of_a_process_that_lost_its_turn_is_never_delivered(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    lost = await log.claim(talk)
    let_leases_run_out(engine)
    await log.receive(talk, "c2", {"text": "在吗"})
    taken = await log.claim(talk)

    assert (taken.turn, taken.text, taken.attempt) == (1, "你好", 2)  # the same turn, without what came later
    assert not await log.renew(talk, lost)
    assert not await log.reply(talk, lost, said({"text": "迟到的回答"}))
    assert await log.renew(talk, taken)
    assert await log.reply(talk, taken, said({"text": "您好"}))
    assert [m.text for m in await log.since(talk, 0)] == ["你好", "在吗", "您好"]


async def test_a_turn_given_back_is_begun_again_at_once(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    await log.release(talk, await log.claim(talk))

    assert await log.unanswered() == {talk: 1}
    assert (await log.claim(talk)).attempt == 2


async def test_what_was_understood_is_kept_with_the_question(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "这个月还多少"})
    await log.reply(talk, await log.claim(talk), said({"text": "100.00 元"}))

    with reading(engine) as session:
        readings = session.execute(select(message.c.reading).order_by(message.c.seq)).scalars().all()
    assert readings == ["query_bill", None]


async def test_nothing_anybody_wrote_can_be_read_in_the_database_or_moved_in_it(
    log: MessageLog, engine: Engine
) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "我叫王小明"})
    await log.receive(talk, "c2", {"text": "欠了三万"})
    with writing(engine) as session:
        kept = session.execute(select(message.c.body).order_by(message.c.seq)).scalars().all()
        assert not any("王小明" in body or "三万" in body for body in kept)
        session.execute(update(message).where(message.c.seq == 1).values(body=kept[1]))

    with pytest.raises(Unreadable):
        await log.since(talk, 0)


async def test_an_answer_made_under_an_old_owner_is_kept_but_never_delivered(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "转人工"})
    inbound = await log.claim(talk)
    with writing(engine) as session:
        session.execute(update(conversation).values(state="HUMAN", owner_kind="agent", owner_epoch=2))
    answered = await log.reply(talk, inbound, said({"text": "迟到的回答", "buttons": []}))

    assert not answered
    assert [m.author for m in await log.since(talk, 0)] == ["customer"]
    with reading(engine) as session:
        kept = session.execute(select(message.c.status, message.c.seq).where(message.c.author_kind == "bot")).one()
    assert tuple(kept) == ("suppressed", None)
    assert (await log.append(talk, "agent", {"text": "您好"})) == 2


async def test_a_second_answer_to_the_same_message_is_suppressed(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    inbound = await log.claim(talk)

    assert await log.reply(talk, inbound, said({"text": "第一次"}))
    assert not await log.reply(talk, inbound, said({"text": "第二次"}))
    assert [m.text for m in await log.since(talk, 0)] == ["你好", "第一次"]


async def test_while_a_person_owns_the_conversation_the_bot_claims_nothing(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    with writing(engine) as session:
        session.execute(update(conversation).values(state="HUMAN", owner_kind="agent", owner_epoch=2))
    await log.receive(talk, "c1", {"text": "在吗"})

    assert await log.claim(talk) is None
    assert await log.unanswered() == {}


async def test_after_a_crash_the_unanswered_message_is_claimed_again(
    log: MessageLog, engine: Engine, vault: Vault
) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    await log.claim(talk)
    restarted = MessageLog(engine, vault)

    assert await restarted.unanswered() == {}
    let_leases_run_out(engine)
    assert await restarted.unanswered() == {talk: 1}
    again = await restarted.claim(talk)
    assert (again.turn, again.text, again.attempt) == (1, "你好", 2)


async def test_a_button_is_found_only_in_its_own_conversation(log: MessageLog) -> None:
    talk, stranger = await log.open_conversation("web"), await log.open_conversation("web")
    await log.append(talk, "bot", {"text": "选一个", "buttons": [{"title": "明细", "payload": "/query_bill"}]})
    (offered,) = (await log.since(talk, 0))[0].buttons

    assert (await log.button(talk, offered.id)).payload == "/query_bill"
    assert await log.button(stranger, offered.id) is None
    for wrong in ("", "1", "1-", "1-wrong", "-1", "²-x", "99999999999-x", "/query_bill", f"2{offered.id[1:]}"):
        assert await log.button(talk, wrong) is None


async def test_ending_a_conversation_closes_it_and_forgets_the_customer(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    inbound = await log.claim(talk)
    with writing(engine) as session:
        moment = session.execute(select(conversation.c.created_at)).scalar_one()
        session.execute(
            binding.insert().values(conversation_id=talk, customer_id="C1", verified_at=moment, from_seq=1)
        )
    await log.end(talk)

    assert not await log.is_open(talk)
    assert not await log.reply(talk, inbound, said({"text": "迟到"}))
    assert await log.unanswered() == {}
    for refused in (log.receive(talk, "c2", {"text": "还在吗"}), log.append(talk, "notice", {"text": "x"})):
        with pytest.raises(ConversationClosedError):
            await refused
    with reading(engine) as session:
        bound = session.execute(select(binding.c.until_seq, binding.c.ended_at.is_not(None))).one()
    assert tuple(bound) == (1, True)


async def test_an_unknown_conversation_takes_no_message(log: MessageLog) -> None:
    with pytest.raises(ConversationClosedError):
        await log.receive("nobody", "c1", {"text": "你好"})


async def test_what_was_offered_last_may_come_from_a_turn_or_from_a_notice_after_it(log: MessageLog) -> None:
    talk = await log.open_conversation("wechat")
    bill, due = ({"title": title, "payload": title} for title in ("账单", "还款日"))
    await log.receive(talk, "c1", {"text": "你好"})
    answered = said({"text": "一", "buttons": [bill]}, {"text": "二", "buttons": [due]})
    await log.reply(talk, await log.claim(talk), answered)
    assert [button.title for button in await log.offered(talk)] == ["账单", "还款日"]
    await log.append(talk, "notice", {"text": "请稍等", "buttons": [{"title": "取消排队", "payload": "取消排队"}]})
    assert [button.title for button in await log.offered(talk)] == ["取消排队"]
    await log.append(talk, "notice", {"text": "客服来了"})
    assert await log.offered(talk) == ()
