"""One turn at a time, in order, through failures and restarts."""
import asyncio
from typing import Any, Awaitable, Callable, Sequence

import pytest

from dengta.conversation import turns as turns_module
from dengta.conversation.feed import LISTENERS_PER_CONVERSATION, Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Body, Inbound
from dengta.conversation.turns import TurnFailedError, Turns
from dengta.database import DatabaseUnavailable

APOLOGY = {"text": "抱歉"}
PATIENCE = 10.0


async def echo(_talk: str, said: Inbound) -> Sequence[Body]:
    return [{"text": f"答：{said.text}"}]


def start(log: MessageLog, answer: Callable[[str, Inbound], Awaitable[Sequence[Body]]]) -> tuple[Turns, Feed]:
    feed = Feed(log)
    return Turns(log, feed, answer, APOLOGY), feed


async def until(log: MessageLog, feed: Feed, talk: str, count: int) -> list[tuple[str, str]]:
    """Wait until the conversation has `count` messages and return (author, text) of each."""
    listener = feed.join(talk)
    while len(said := await log.since(talk, 0)) < count:
        await asyncio.wait_for(listener.news.wait(), PATIENCE)
        listener.news.clear()
    feed.leave(listener)
    return [(message.author, message.text) for message in said]


async def typing(feed: Feed, talk: str) -> None:
    """Wait until the bot works on an answer."""
    listener = feed.join(talk)
    while not feed.typing(talk):
        await asyncio.wait_for(listener.news.wait(), PATIENCE)
        listener.news.clear()
    feed.leave(listener)


async def test_three_quick_messages_are_answered_one_after_the_other(log: MessageLog) -> None:
    running, most = 0, 0

    async def answer(talk: str, said: Inbound) -> Sequence[Body]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await asyncio.gather(*(turns.receive(talk, f"c{i}", {"text": str(i)}) for i in range(3)))
    said = await until(log, feed, talk, 6)

    assert most == 1
    asked = [text for author, text in said if author == "customer"]
    assert [text for author, text in said if author == "bot"] == [f"答：{text}" for text in asked]


async def test_conversations_do_not_wait_for_each_other(log: MessageLog) -> None:
    gate = asyncio.Event()

    async def answer(talk: str, said: Inbound) -> Sequence[Body]:
        if said.text == "慢":
            await gate.wait()
        return await echo(talk, said)

    turns, feed = start(log, answer)
    slow, quick = await log.open_conversation("web"), await log.open_conversation("web")
    await turns.receive(slow, "c1", {"text": "慢"})
    await turns.receive(quick, "c1", {"text": "快"})

    assert (await until(log, feed, quick, 2))[1] == ("bot", "答：快")
    gate.set()
    await until(log, feed, slow, 2)


async def test_the_turn_goes_on_when_the_client_is_gone(log: MessageLog) -> None:
    turns, feed = start(log, echo)
    talk = await log.open_conversation("web")
    request = asyncio.create_task(turns.receive(talk, "c1", {"text": "你好"}))
    await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]


@pytest.mark.parametrize("failure", [RuntimeError("secret text"), TurnFailedError("action server"), None])
async def test_a_failed_or_silent_turn_is_told_and_the_next_one_works(
    log: MessageLog, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(talk: str, said: Inbound) -> Sequence[Body]:
        if said.text == "坏":
            if failure is None:
                return []
            raise failure
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "坏"})
    await turns.receive(talk, "c2", {"text": "好"})
    said = await until(log, feed, talk, 4)

    assert [text for author, text in said if author == "bot"] == ["抱歉", "答：好"]
    assert "secret" not in caplog.text


async def test_a_turn_that_hangs_is_given_up(log: MessageLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "TURN_SECONDS", 0.05)

    async def answer(_talk: str, _said: Inbound) -> Sequence[Body]:
        await asyncio.Event().wait()
        return []

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "你好"})

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "抱歉")]


async def test_a_restart_answers_what_the_dead_process_left(log: MessageLog) -> None:
    async def dies(_talk: str, _said: Inbound) -> Sequence[Body]:
        await asyncio.Event().wait()
        return []

    dead, feed = start(log, dies)
    talk = await log.open_conversation("web")
    await dead.receive(talk, "c1", {"text": "你好"})
    await typing(feed, talk)
    await dead.drain(0.0)
    attempts = []

    async def answer(talk: str, said: Inbound) -> Sequence[Body]:
        attempts.append(said.attempt)
        return await echo(talk, said)

    alive, feed = start(log, answer)
    await alive.resume()

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]
    assert attempts == [2]


async def test_a_message_that_kills_the_process_again_and_again_is_given_up(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    for _ in range(turns_module.ATTEMPTS):
        await log.claim(talk)
    turns, feed = start(log, echo)
    await turns.resume()

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "抱歉")]


async def test_draining_finishes_the_running_turn_and_leaves_the_rest_for_later(log: MessageLog) -> None:
    gate = asyncio.Event()

    async def answer(talk: str, said: Inbound) -> Sequence[Body]:
        await gate.wait()
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "甲"})
    await typing(feed, talk)
    await turns.receive(talk, "c2", {"text": "乙"})
    drained = asyncio.create_task(turns.drain(PATIENCE))
    await asyncio.sleep(0)
    gate.set()
    await drained
    await turns.receive(talk, "c3", {"text": "丙"})

    assert [m.text for m in await log.since(talk, 0)] == ["甲", "乙", "答：甲", "丙"]
    assert await log.unanswered() == (talk,)


async def test_a_database_outage_delays_the_answer_but_loses_nothing(
    log: MessageLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns_module, "FIRST_RETRY_SECONDS", 0.01)
    turns, feed = start(log, echo)
    talk = await log.open_conversation("web")
    reply, failures = log.reply, iter([True, True, False])

    async def flaky(*args: Any, **kwargs: Any) -> bool:
        if next(failures):
            raise DatabaseUnavailable("timeout")
        return await reply(*args, **kwargs)

    monkeypatch.setattr(log, "reply", flaky)
    await turns.receive(talk, "c1", {"text": "你好"})

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]


async def test_a_listener_hears_of_what_another_process_wrote(log: MessageLog) -> None:
    feed, other_process = Feed(log), MessageLog(log._engine)
    talk = await log.open_conversation("web")
    listener = feed.join(talk)
    await asyncio.wait_for(listener.news.wait(), PATIENCE)
    listener.news.clear()
    await other_process.append(talk, "demo", {"custom": {"type": "demo_code", "code": "123456"}})

    await asyncio.wait_for(listener.news.wait(), PATIENCE)
    assert (await log.since(talk, 0))[0].custom == {"type": "demo_code", "code": "123456"}
    feed.leave(listener)


async def test_too_many_streams_close_the_oldest_one(log: MessageLog) -> None:
    feed = Feed(log)
    listeners = [feed.join("talk") for _ in range(LISTENERS_PER_CONVERSATION + 1)]

    assert [listener.closed for listener in listeners] == [True] + [False] * LISTENERS_PER_CONVERSATION
    feed.close_all()
    assert all(listener.closed for listener in listeners)
