"""Nobody waits unseen, whatever becomes of the people and of the bot."""
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import update

from dengta import clock
from dengta.conversation import event_log
from dengta.conversation.tables import job_lease, message
from dengta.database import reading, writing
from dengta.handoff.hours import ServiceHours
from dengta.handoff.reception import Reception
from dengta.handoff.rules import rules
from dengta.handoff.sweeper import EVENTS_KEPT, STUCK_AFTER, Sweeper
from dengta.handoff.tables import queue_entry
from dengta.handoff.tickets.tables import ticket
from tests.handoff.floor import Floor

ALWAYS = ServiceHours(time(0), time(23, 59, 59, 999999), timedelta(hours=2))


def sweeper_of(floor: Floor) -> Sweeper:
    reception = Reception(floor.vault, rules(), ALWAYS, (), clock.now, lambda: floor.time)
    return Sweeper(floor.engine, floor.vault, rules(), reception, lambda: floor.time)


@pytest.fixture
def sweeper(floor: Floor) -> Sweeper:
    return sweeper_of(floor)


async def test_who_lost_their_agent_waits_at_the_head_and_is_told(floor: Floor, sweeper: Sweeper) -> None:
    await floor.comes("a2", capacity=0)
    talk, epoch = await floor.helped("a1")
    floor.later(seconds=30)
    await floor.waits(priority=1)
    floor.later(seconds=31)
    await floor.queue.heartbeat("a2")
    sweeper.sweep()

    first = (await floor.queue.waiting(["general"]))[0]
    assert (first.conversation_id, first.reason, first.epoch) == (talk, "request_human", epoch + 1)
    assert (await floor.said(talk))[-1].startswith("抱歉，刚才的客服连接中断了")
    assert [row.why_left for row in floor.rows(queue_entry)] == ["agent_gone", None, None]


async def test_a_sign_of_life_in_time_keeps_the_customer(floor: Floor, sweeper: Sweeper) -> None:
    talk, _ = await floor.helped("a1")
    for _ in range(4):
        floor.later(seconds=40)
        await floor.queue.heartbeat("a1")
        sweeper.sweep()
    assert floor.owner(talk).owner_id == "a1"


async def test_who_gets_no_answer_waits_again_if_a_colleague_is_there(floor: Floor, sweeper: Sweeper) -> None:
    talk, _ = await floor.helped("a1")
    await floor.log.receive(talk, "c2", {"text": "还在吗"})
    long_ago(floor, talk, minutes=11)

    async def passes(*there: str) -> None:
        for _ in range(12):
            floor.later(seconds=55)
            for agent in there:
                await floor.queue.heartbeat(agent)
        sweeper.sweep()

    await passes("a1")
    assert floor.owner(talk).owner_id == "a1", "nobody else is there"
    assert [each.agent_id for each in await floor.queue.unanswered()] == ["a1"]
    await floor.comes("a2")
    sweeper.sweep()

    assert floor.owner(talk).state == "QUEUED"
    assert (await floor.queue.waiting(["general"]))[0].priority == rules().returned
    assert (await floor.said(talk))[-1].startswith("让您久等了，抱歉")
    assert await floor.queue.unanswered() == ()
    assert [row.why_left for row in floor.rows(queue_entry)] == ["agent_silent", None]


async def test_who_was_answered_or_only_just_taken_stays(floor: Floor, sweeper: Sweeper) -> None:
    await floor.comes("a2")
    answered, epoch = await floor.helped("a1")
    await floor.queue.say(answered, "a1", epoch, {"text": "您好"}, "m-0000001")
    for talk in (answered, (await floor.helped("a1"))[0]):
        long_ago(floor, talk, minutes=11)
    sweeper.sweep()
    assert await floor.queue.unanswered() == ()
    floor.later(seconds=59)
    sweeper.sweep()
    assert floor.owner(answered).owner_id == "a1"


def long_ago(floor: Floor, talk: str, **before: float) -> None:
    """Let everything that was said until now have been said so long ago."""
    with writing(floor.engine) as session:
        then = clock.now() - timedelta(**before)
        session.execute(update(message).where(message.c.conversation_id == talk).values(created_at=then))


async def test_who_logs_off_leaves_nobody_behind(floor: Floor, sweeper: Sweeper) -> None:
    talk, _ = await floor.helped("a1")
    wrapped, other = await floor.helped("a1")
    await floor.queue.wrap_up(wrapped, "a1", other)
    await floor.comes("a2")
    await floor.queue.presence("a1", "offline", 3, ["general"])
    floor.later(seconds=61)
    await floor.queue.heartbeat("a1")
    await floor.queue.heartbeat("a2")
    sweeper.sweep()

    assert (floor.owner(talk).state, floor.owner(wrapped).state) == ("QUEUED", "BOT")
    assert (await floor.said(wrapped))[-1].startswith("人工服务已结束")


async def test_nobody_waits_for_a_desk_that_everybody_left(floor: Floor, sweeper: Sweeper) -> None:
    await floor.comes("a1", capacity=0)
    talk, _ = await floor.waits()
    sweeper.sweep()
    assert floor.owner(talk).state == "QUEUED"
    floor.later(seconds=61)
    sweeper.sweep()

    assert floor.owner(talk).state == "BOT"
    promised = floor.rows(ticket)[0]
    assert promised.ticket_no in (await floor.said(talk))[-1]
    assert (promised.kind, promised.group, promised.cause) == ("callback", "general", "busy")
    assert [row.why_left for row in floor.rows(queue_entry)] == ["nobody"]


async def test_a_ticket_that_is_due_is_seen_at_the_desk_once(
    floor: Floor, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await floor.waits()
    sweeper.sweep()
    monkeypatch.setattr(clock, "now", _later(timedelta(hours=3)))
    sweeper.sweep()
    sweeper.sweep()

    with reading(floor.engine) as session:
        events = [event.data for event in event_log.since(session, 0, 100) if event.kind == "deadline"]
    assert [(data["ticket_no"], data["percent"]) for data in events] == [(floor.rows(ticket)[0].ticket_no, 100)]


async def test_who_waits_for_experts_who_left_waits_for_their_fallback(floor: Floor, sweeper: Sweeper) -> None:
    talk, _ = await floor.waits("fees")
    await floor.comes("a1", "complex")
    sweeper.sweep()
    assert [each.conversation_id for each in await floor.queue.waiting(["complex"])] == [talk]


async def test_whom_the_bot_leaves_without_an_answer_gets_a_person(
    floor: Floor, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await floor.comes("a1", "complex")
    talk = await floor.log.open_conversation("web")
    await floor.log.receive(talk, "c1", {"text": "账单"})
    sweeper.sweep()
    assert floor.owner(talk).state == "BOT", "a turn may take its time"
    monkeypatch.setattr(clock, "now", _later(STUCK_AFTER + timedelta(seconds=1)))
    sweeper.sweep()

    assert [each.reason for each in await floor.queue.waiting(["complex"])] == ["bot_failed"]


async def test_a_customer_who_ended_the_conversation_waits_no_more(floor: Floor, sweeper: Sweeper) -> None:
    talk, _ = await floor.waits()
    await floor.log.end(talk)
    assert await floor.queue.waiting(["general"]) == ()
    sweeper.sweep()
    assert [row.why_left for row in floor.rows(queue_entry)] == ["ended"]


async def test_one_process_sweeps_until_it_falls_silent(floor: Floor, sweeper: Sweeper) -> None:
    sweeper.sweep()
    holder = floor.rows(job_lease)[0].holder
    other = sweeper_of(floor)
    other.sweep()
    assert floor.rows(job_lease)[0].holder == holder
    floor.later(seconds=31)
    other.sweep()
    assert floor.rows(job_lease)[0].holder != holder


async def test_events_are_forgotten_after_a_week(
    floor: Floor, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(floor.engine) as session:
        event_log.note(session, "presence", None, agent_id="a1")
    sweeper.sweep()
    with reading(floor.engine) as session:
        assert event_log.oldest(session) == 1
    monkeypatch.setattr(clock, "now", _later(EVENTS_KEPT + timedelta(minutes=1)))
    sweeper.sweep()
    with reading(floor.engine) as session:
        assert event_log.oldest(session) == 0


def _later(passed: timedelta) -> object:
    moment = clock.now() + passed

    def now() -> datetime:
        return moment

    return now
