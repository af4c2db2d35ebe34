"""Nobody can flood the bot, not even through several processes or conversations."""
import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from dengta import clock
from dengta.conversation import pace
from dengta.conversation.log import MessageLog
from dengta.conversation.pace import WINDOW, TooManyMessages
from dengta.conversation.tables import binding, conversation
from dengta.database import writing
from dengta.privacy.vault import Vault

CONVERSATION_LIMIT, CUSTOMER_LIMIT = 5, 8


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CONVERSATION_LIMIT", CONVERSATION_LIMIT)
    monkeypatch.setattr(pace, "CUSTOMER_LIMIT", CUSTOMER_LIMIT)


async def send(log: MessageLog, talk: str, *numbers: int) -> list[bool]:
    """Send messages at once; tell of each whether it was stored."""
    outcomes = await asyncio.gather(
        *(log.receive(talk, f"c{number}", {"text": "在吗"}) for number in numbers), return_exceptions=True
    )
    assert all(not isinstance(outcome, Exception) or isinstance(outcome, TooManyMessages) for outcome in outcomes)
    return [not isinstance(outcome, Exception) for outcome in outcomes]


def bind(engine: Engine, customer_id: str, *talks: str) -> None:
    with writing(engine) as session:
        for talk in talks:
            session.execute(insert(binding).values(conversation_id=talk, customer_id=customer_id, from_seq=1))


def pass_time(engine: Engine, step: timedelta) -> None:
    """Let every window have begun earlier."""
    with writing(engine) as session:
        for row in session.execute(conversation.select()).all():
            if row.pace_since is not None:
                moved = update(conversation).where(conversation.c.id == row.id)
                session.execute(moved.values(pace_since=row.pace_since - step))


async def test_a_flood_is_stopped_in_all_processes_together(log: MessageLog, engine: Engine, vault: Vault) -> None:
    processes = [log, MessageLog(engine, vault)]
    talk, other = await log.open_conversation("web"), await log.open_conversation("web")
    stored = []
    for number in range(CONVERSATION_LIMIT + 4):
        stored += await send(processes[number % 2], talk, number)

    assert stored == [True] * CONVERSATION_LIMIT + [False] * 4
    assert len(await log.since(talk, 0)) == CONVERSATION_LIMIT
    assert await send(log, other, 1) == [True]


async def test_messages_that_come_at_the_same_moment_are_all_counted(log: MessageLog) -> None:
    talk = await log.open_conversation("web")

    assert sum(await send(log, talk, *range(2 * CONVERSATION_LIMIT))) == CONVERSATION_LIMIT


async def test_a_repeated_message_counts_once_and_is_never_refused(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    for _ in range(3):
        assert all(await send(log, talk, *range(CONVERSATION_LIMIT)))
    assert await send(log, talk, 99) == [False]


async def test_the_wait_is_told_and_is_enough(log: MessageLog, engine: Engine) -> None:
    talk = await log.open_conversation("web")
    await send(log, talk, *range(CONVERSATION_LIMIT))
    with pytest.raises(TooManyMessages) as refused:
        await log.receive(talk, "c98", {"text": "在吗"})
    wait = refused.value.retry_after
    assert 1 <= wait <= WINDOW.total_seconds()
    pass_time(engine, timedelta(seconds=wait))

    assert all(await send(log, talk, *range(100, 100 + CONVERSATION_LIMIT)))
    assert await send(log, talk, 999) == [False]


async def test_all_conversations_of_a_customer_count_together(log: MessageLog, engine: Engine) -> None:
    talks = [await log.open_conversation("web") for _ in range(4)]
    stranger = await log.open_conversation("web")
    bind(engine, "C0008", *talks)
    bind(engine, "C0014", stranger)
    stored = []
    for number in range(CUSTOMER_LIMIT + 4):
        stored += await send(log, talks[number % 4], number)

    assert stored == [True] * CUSTOMER_LIMIT + [False] * 4
    assert await send(log, stranger, 1) == [True]
    with pytest.raises(TooManyMessages) as refused:
        await log.receive(talks[0], "c98", {"text": "在吗"})
    pass_time(engine, timedelta(seconds=refused.value.retry_after))
    assert await send(log, talks[0], 99) == [True]


async def test_conversations_the_customer_left_do_not_count(log: MessageLog, engine: Engine) -> None:
    left = [await log.open_conversation("web") for _ in range(2)]
    present = await log.open_conversation("web")
    bind(engine, "C0008", *left, present)
    with writing(engine) as session:
        session.execute(update(binding).where(binding.c.conversation_id.in_(left)).values(ended_at=clock.now()))
    for talk in left:
        await send(log, talk, *range(CONVERSATION_LIMIT))

    assert all(await send(log, present, *range(CONVERSATION_LIMIT)))


async def test_a_stopped_clock_does_not_stop_the_window(
    log: MessageLog, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 10, tzinfo=clock.SHANGHAI))
    talk = await log.open_conversation("web")
    for first in (0, 100, 200):
        assert all(await send(log, talk, *range(first, first + CONVERSATION_LIMIT)))
        pass_time(engine, WINDOW)
