"""Whoever owns a conversation is the only one who speaks in it."""
import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered
from dengta.conversation.ownership import OwnerChangedError
from dengta.conversation.records import ConversationClosedError
from dengta.conversation.tables import conversation, message
from dengta.database import reading, writing
from dengta.privacy.vault import Vault


@pytest.fixture
def bodies(vault: Vault) -> Bodies:
    return Bodies(vault)


def change(engine: Engine, bodies: Bodies, talk: str, to: str, **details: Any) -> int:
    with writing(engine) as session:
        return ownership.change(session, bodies, talk, to, **details)


def say(engine: Engine, bodies: Bodies, talk: str, epoch: int, agent: str, text: str) -> Optional[int]:
    with writing(engine) as session:
        return ownership.say(session, bodies, talk, epoch, agent, {"text": text}, client_msg_id=text)


async def test_an_answer_that_comes_after_the_take_over_is_kept_but_not_delivered(
    log: MessageLog, engine: Engine, bodies: Bodies
) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "转人工"})
    inbound = await log.claim(talk)
    epoch = change(engine, bodies, talk, "HUMAN", owner_id="kf1", notice={"text": "客服已接入"})

    assert not await log.reply(talk, inbound, Answered([{"text": "迟到"}]))
    assert say(engine, bodies, talk, epoch, "kf1", "您好") == 3
    assert [(m.author, m.text) for m in await log.since(talk, 0)] == [
        ("customer", "转人工"),
        ("notice", "客服已接入"),
        ("agent", "您好"),
    ]
    with reading(engine) as session:
        kept = session.execute(select(message.c.author_kind).where(message.c.status == "suppressed")).scalars().all()
    assert kept == ["bot"]


async def test_two_people_who_take_at_once_do_not_both_own_it(log: MessageLog, engine: Engine, bodies: Bodies) -> None:
    talk = await log.open_conversation("web")
    queued = change(engine, bodies, talk, "QUEUED")

    def take(agent: str) -> Optional[str]:
        try:
            change(engine, bodies, talk, "HUMAN", owner_id=agent, expected_epoch=queued)
        except OwnerChangedError:
            return None
        return agent

    with ThreadPoolExecutor(6) as threads:
        winners = [agent for agent in threads.map(take, [f"kf{n}" for n in range(6)]) if agent]
    with reading(engine) as session:
        owner = session.execute(select(conversation.c.owner_id)).scalar_one()
    assert winners == [owner]


async def test_a_person_who_lost_the_conversation_cannot_speak_in_it(
    log: MessageLog, engine: Engine, bodies: Bodies
) -> None:
    talk = await log.open_conversation("web")
    first = change(engine, bodies, talk, "HUMAN", owner_id="kf1")
    second = change(engine, bodies, talk, "HUMAN", owner_id="kf2", expected_epoch=first)

    assert say(engine, bodies, talk, first, "kf1", "还在") is None
    assert say(engine, bodies, talk, second, "kf2", "我来") == 1


async def test_back_with_the_bot_what_was_said_to_a_person_is_not_answered_again(
    log: MessageLog, engine: Engine, bodies: Bodies
) -> None:
    talk = await log.open_conversation("web")
    change(engine, bodies, talk, "HUMAN", owner_id="kf1")
    await log.receive(talk, "c1", {"text": "跟您说个事"})
    assert await log.claim(talk) is None
    change(engine, bodies, talk, "BOT", notice={"text": "人工服务已结束"})
    await asyncio.gather(log.receive(talk, "c2", {"text": "还款日几号"}))

    assert (await log.claim(talk)).text == "还款日几号"


async def test_a_change_that_makes_no_sense_changes_nothing(log: MessageLog, engine: Engine, bodies: Bodies) -> None:
    talk = await log.open_conversation("web")
    for to, details in (("WRAPUP", {}), ("BOT", {}), ("HUMAN", {"expected_epoch": 9})):
        with pytest.raises(OwnerChangedError):
            change(engine, bodies, talk, to, notice={"text": "x"}, **details)
    assert await log.since(talk, 0) == ()
    await log.end(talk)
    with pytest.raises(ConversationClosedError):
        change(engine, bodies, talk, "QUEUED")
