"""One turn at a time, in order, through failures and restarts."""
import asyncio
from datetime import datetime, timezone
from typing import Any, Awaitable, Callable

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Engine

from dengta import database
from dengta.conversation import turns as turns_module
from dengta.conversation.feed import LISTENERS_PER_CONVERSATION, Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered, Inbound
from dengta.conversation.tables import conversation
from dengta.conversation.turns import TurnFailedError, Turns
from dengta.database import DatabaseUnavailable, writing
from dengta.privacy.vault import Vault

APOLOGY = Answered([{"text": "抱歉"}])
PATIENCE = 10.0


async def echo(_talk: str, said: Inbound) -> Answered:
    return Answered([{"text": f"答：{said.text}"}])


def start(
    log: MessageLog, answer: Callable[[str, Inbound], Awaitable[Answered]], pause: float = 0.0
) -> tuple[Turns, Feed]:
    feed = Feed(log)
    return Turns(log, feed, answer, APOLOGY, lambda _text: pause), feed


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


async def test_bubbles_in_quick_succession_are_answered_together(log: MessageLog) -> None:
    turns, feed = start(log, echo, pause=0.3)
    talk = await log.open_conversation("web")
    for number, bubble in enumerate(["你好", "那个", "我的钱咋还没到？"]):
        await turns.receive(talk, f"c{number}", {"text": bubble})

    assert (await until(log, feed, talk, 4))[3] == ("bot", "答：你好，那个，我的钱咋还没到？")


async def test_a_click_waits_for_no_further_bubble(log: MessageLog, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, feed = start(log, echo, pause=PATIENCE)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "在吗"})
    await turns.receive(talk, "c2", {"text": "转人工", "payload": "/request_human"})

    assert (await until(log, feed, talk, 4))[2:] == [("bot", "答：在吗"), ("bot", "答：转人工")]


async def test_messages_that_come_during_a_turn_are_answered_after_it(log: MessageLog) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def answer(talk: str, said: Inbound) -> Answered:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "甲"})
    await typing(feed, talk)
    await turns.receive(talk, "c2", {"text": "乙"})
    await turns.receive(talk, "c3", {"text": "丙"})
    gate.set()

    said = await until(log, feed, talk, 5)
    assert [text for author, text in said if author == "bot"] == ["答：甲", "答：乙，丙"]
    assert most == 1


async def test_conversations_do_not_wait_for_each_other(log: MessageLog) -> None:
    gate = asyncio.Event()

    async def answer(talk: str, said: Inbound) -> Answered:
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
    async def answer(talk: str, said: Inbound) -> Answered:
        if said.text == "坏":
            if failure is None:
                return Answered([])
            raise failure
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "坏"})
    await until(log, feed, talk, 2)
    await turns.receive(talk, "c2", {"text": "好"})
    said = await until(log, feed, talk, 4)

    assert [text for author, text in said if author == "bot"] == ["抱歉", "答：好"]
    assert "secret" not in caplog.text


async def test_a_turn_that_hangs_is_given_up(log: MessageLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "TURN_SECONDS", 0.05)

    async def answer(_talk: str, _said: Inbound) -> Answered:
        await asyncio.Event().wait()
        return Answered([])

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "你好"})

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "抱歉")]


async def test_a_restart_answers_what_the_dead_process_left(log: MessageLog) -> None:
    async def dies(_talk: str, _said: Inbound) -> Answered:
        await asyncio.Event().wait()
        return Answered([])

    dead, feed = start(log, dies)
    talk = await log.open_conversation("web")
    await dead.receive(talk, "c1", {"text": "你好"})
    await typing(feed, talk)
    await dead.drain(0.0)
    assert await log.unanswered() == {talk: 1}
    attempts = []

    async def answer(talk: str, said: Inbound) -> Answered:
        attempts.append(said.attempt)
        return await echo(talk, said)

    alive, feed = start(log, answer)
    await alive.start()

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]
    assert attempts == [2]


async def test_a_message_that_kills_the_process_again_and_again_is_given_up(log: MessageLog) -> None:
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    for _ in range(turns_module.ATTEMPTS):
        await log.release(talk, await log.claim(talk))
    turns, feed = start(log, echo)
    await turns.start()

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "抱歉")]


async def test_draining_finishes_the_running_turn_and_leaves_the_rest_for_later(log: MessageLog) -> None:
    gate = asyncio.Event()

    async def answer(talk: str, said: Inbound) -> Answered:
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
    assert await log.unanswered() == {talk: 2}


async def test_a_database_outage_delays_the_answer_but_loses_nothing(
    log: MessageLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FIRST_RETRY_SECONDS", 0.01)
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


async def test_what_a_killed_process_was_answering_is_taken_over_by_another(
    log: MessageLog, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns_module, "SWEEP_SECONDS", 0.05)
    talk = await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "你好"})
    await log.claim(talk)  # by a process that is killed now
    turns, feed = start(log, echo)
    await turns.start()
    with writing(engine) as session:
        session.execute(update(conversation).values(lease_until=datetime.now(timezone.utc)))

    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]
    await turns.drain(PATIENCE)


async def test_many_processes_answer_each_turn_once_and_in_order(log: MessageLog, engine: Engine, vault: Vault) -> None:
    processes = [start(MessageLog(engine, vault), echo) for _ in range(4)]
    talks = [await log.open_conversation("web") for _ in range(5)]
    for number in range(6):
        turns, _ = processes[number % 4]
        await asyncio.gather(*(turns.receive(talk, f"c{number}", {"text": f"{number}"}) for talk in talks))
        others = [other for other, _ in processes if other is not turns]
        for other in others:
            for talk in talks:
                other.wake(talk)
    for turns, _ in processes:
        await turns.drain(PATIENCE)

    for talk in talks:
        said = await log.since(talk, 0)
        answered = "，".join(m.text.removeprefix("答：") for m in said if m.author == "bot")
        assert answered == "0，1，2，3，4，5"
        assert [m.seq for m in said] == list(range(1, len(said) + 1))
    assert await log.unanswered() == {}


async def test_a_long_turn_keeps_its_lease(log: MessageLog, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "RENEW_SECONDS", 0.02)
    gate, renewed = asyncio.Event(), asyncio.Event()
    renew = log.renew

    async def watched(*arguments: Any) -> bool:
        kept = await renew(*arguments)
        renewed.set()
        return kept

    monkeypatch.setattr(log, "renew", watched)

    async def answer(talk: str, said: Inbound) -> Answered:
        await gate.wait()
        return await echo(talk, said)

    turns, feed = start(log, answer)
    talk = await log.open_conversation("web")
    await turns.receive(talk, "c1", {"text": "你好"})
    await typing(feed, talk)
    with writing(engine) as session:
        session.execute(update(conversation).values(lease_until=datetime.now(timezone.utc)))
    renewed.clear()
    await asyncio.wait_for(renewed.wait(), PATIENCE)

    assert await log.unanswered() == {}
    gate.set()
    assert await until(log, feed, talk, 2) == [("customer", "你好"), ("bot", "答：你好")]


async def test_a_listener_hears_of_what_another_process_wrote(log: MessageLog, engine: Engine, vault: Vault) -> None:
    feed, other_process = Feed(log), MessageLog(engine, vault)
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
