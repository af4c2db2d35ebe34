"""Waiting for a person, being taken, passed on and given back: one owner at a time, and the customer is told."""
import asyncio
from datetime import timedelta
from typing import Awaitable, Optional

import pytest

from dengta.conversation.ownership import OwnerChangedError
from dengta.conversation.records import ConversationClosedError
from dengta.handoff.moves import AtCapacity, NotInGroup, NotOnline, UnknownGroup
from dengta.handoff.queue import GroupOnTheWall
from dengta.handoff.tables import queue_entry
from tests.handoff.floor import HIGH, Floor


async def refused(call: Awaitable[object], why: type[Exception]) -> None:
    with pytest.raises(why):
        await call


async def test_who_is_more_urgent_is_served_first_then_who_came_first(floor: Floor) -> None:
    first, _ = await floor.waits()
    floor.later(minutes=1)
    second, _ = await floor.waits()
    floor.later(minutes=1)
    urgent, _ = await floor.waits(priority=HIGH)
    await floor.waits("fees")

    waiting = await floor.queue.waiting(["general", "complex"])
    assert [(each.conversation_id, each.position) for each in waiting] == [(urgent, 1), (first, 2), (second, 3)]
    assert (waiting[1].channel, waiting[1].reason, waiting[1].customer_id) == ("web", "request_human", None)


@pytest.mark.parametrize(
    ("agents", "taken_lately", "told"),
    [
        (1, 0, "马上就来"),
        (0, 0, "您排在第 3 位，还估不准要等多久"),
        (0, 2, "您排在第 3 位，还估不准要等多久"),
        (0, 5, "您排在第 3 位，大约等 18 分钟"),  # 5 taken in 30 minutes, 3 to go
    ],
)
async def test_how_long_it_takes_is_told_only_as_far_as_it_is_known(
    floor: Floor, agents: int, taken_lately: int, told: str
) -> None:
    await floor.comes("helper", capacity=taken_lately)
    for _ in range(taken_lately):
        talk, epoch = await floor.waits()
        floor.later(seconds=1)
        await floor.queue.take(talk, "helper", epoch)
    await floor.waits()
    await floor.waits()
    if agents:
        await floor.comes("idle", capacity=5)
    talk, _ = await floor.waits()

    assert told in (await floor.said(talk, "notice"))[0]


async def test_somebody_may_arrive_in_two_tabs_at_once(floor: Floor) -> None:
    for number in range(20):
        name = f"agent{number}"
        await asyncio.gather(*(floor.queue.presence(name, "online", 3, ["general"]) for _ in range(4)))
    assert len(await floor.queue.online()) == 20


async def test_the_senior_tone_is_kept_for_every_notice(floor: Floor) -> None:
    await floor.comes("a1")
    talk, epoch = await floor.waits(tone="senior")
    epoch = await floor.queue.take(talk, "a1", epoch)
    await floor.queue.give_back(talk, "a1", epoch)

    assert [text.splitlines()[0] for text in await floor.said(talk, "notice")] == [
        "正在转人工，马上就来。",
        "人工客服来了。",
        "人工服务结束了。",
    ]


async def test_of_many_who_take_at_once_one_gets_the_customer(floor: Floor) -> None:
    agents = [f"a{number}" for number in range(6)]
    for agent in agents:
        await floor.comes(agent)
    talk, epoch = await floor.waits()

    async def take(agent: str) -> Optional[str]:
        try:
            await floor.queue.take(talk, agent, epoch)
        except OwnerChangedError:
            return None
        return agent

    winners = [agent for agent in await asyncio.gather(*map(take, agents)) if agent]
    assert winners == [floor.owner(talk).owner_id]
    assert await floor.said(talk, "notice") != []
    assert [row.taken_by for row in floor.rows(queue_entry)] == winners


async def test_nobody_gets_more_customers_than_they_can_serve_however_fast_they_click(floor: Floor) -> None:
    await floor.comes("a1", capacity=2)
    waiting = [await floor.waits() for _ in range(6)]

    async def take(talk: str, epoch: int) -> bool:
        try:
            await floor.queue.take(talk, "a1", epoch)
        except AtCapacity:
            return False
        return True

    assert sum(await asyncio.gather(*(take(talk, epoch) for talk, epoch in waiting))) == 2
    assert [(agent.load, agent.room) for agent in await floor.queue.online()] == [(2, 0)]
    assert len(await floor.queue.waiting(["general"])) == 4


async def test_who_may_not_take_changes_nothing(floor: Floor) -> None:
    talk, epoch = await floor.waits("fees")
    await floor.comes("of_another_group", "general")
    await floor.queue.presence("on_break", "break", 3, ["fees"])
    await floor.comes("gone", "fees")
    floor.later(seconds=61)
    await floor.comes("of_another_group", "general")
    await floor.comes("there", "fees")
    before = await floor.said(talk)

    await refused(floor.queue.take(talk, "of_another_group", epoch), NotInGroup)
    for agent in ("on_break", "gone", "unknown"):
        await refused(floor.queue.take(talk, agent, epoch), NotOnline)
    await refused(floor.queue.take(talk, "there", epoch + 1), OwnerChangedError)
    await refused(floor.queue.take("no such talk", "there", epoch), ConversationClosedError)
    assert (floor.owner(talk).state, floor.owner(talk).owner_epoch) == ("QUEUED", epoch)
    assert await floor.said(talk) == before


async def test_a_person_may_take_over_from_the_bot_and_from_a_colleague(floor: Floor) -> None:
    talk = await floor.log.open_conversation("web")
    for agent in ("a1", "a2"):
        await floor.comes(agent, capacity=1)

    first = await floor.queue.take_over(talk, "a1", 1)
    assert await floor.queue.take_over(talk, "a1", first) == first, "who has it already has it"
    second = await floor.queue.take_over(talk, "a2", first)
    await refused(floor.queue.say(talk, "a1", first, {"text": "我还在"}, "m1"), OwnerChangedError)
    assert await floor.queue.say(talk, "a2", second, {"text": "我来"}, "m1") == 3
    assert [(row.taken_by, row.why_left) for row in floor.rows(queue_entry)] == [("a1", "taken_over"), ("a2", None)]


async def test_what_a_person_sends_twice_is_said_once(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    seqs = await asyncio.gather(*(floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1") for _ in range(8)))
    again = await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m2")

    assert len(set(seqs)) == 1 and again == seqs[0] + 1
    assert await floor.said(talk, "agent") == ["您好", "您好"]


async def test_a_note_goes_with_the_customer_to_the_next_group_and_to_a_colleague(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1", "general")
    await floor.comes("a2", "fees")
    await floor.waits("fees")
    floor.later(seconds=30)

    epoch = await floor.queue.transfer_to_group(talk, "a1", epoch, "fees", "客户问年化，已核身")
    first = (await floor.queue.waiting(["fees"]))[0]
    assert (first.conversation_id, first.reason, first.entered_at) == (talk, "transfer", floor.time)
    assert await floor.queue.note(talk) == "客户问年化，已核身"
    assert "客户问年化" not in str(floor.rows(queue_entry)), "sealed"
    epoch = await floor.queue.take(talk, "a2", epoch)
    epoch = await floor.queue.transfer_to_colleague(talk, "a2", epoch, "a1", "费用已讲清")
    assert (floor.owner(talk).owner_id, await floor.queue.note(talk)) == ("a1", "费用已讲清")


async def test_nobody_is_passed_on_to_where_nobody_is(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1", "general")
    await floor.comes("full", "general", capacity=0)

    await refused(floor.queue.transfer_to_group(talk, "a1", epoch, "no_such_group", ""), UnknownGroup)
    await refused(floor.queue.transfer_to_colleague(talk, "a1", epoch, "a9", ""), NotOnline)
    await refused(floor.queue.transfer_to_colleague(talk, "a1", epoch, "full", ""), AtCapacity)
    await refused(floor.queue.transfer_to_group(talk, "a2", epoch, "general", ""), OwnerChangedError)
    assert floor.owner(talk).owner_id == "a1"
    await floor.queue.transfer_to_group(talk, "a1", epoch, "fees", "")
    assert [each.group for each in await floor.queue.waiting(["general"])] == ["general"], "fees has nobody online"


async def test_wrapping_up_makes_room_and_the_bot_goes_on_afterwards(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.log.receive(talk, "c2", {"text": "没问题了"})
    epoch = await floor.queue.wrap_up(talk, "a1", epoch)
    assert [agent.load for agent in await floor.queue.online()] == [0]
    await floor.queue.give_back(talk, "a1", epoch)
    assert (floor.owner(talk).state, floor.owner(talk).owner_id) == ("BOT", None)
    await floor.log.receive(talk, "c3", {"text": "还款日几号"})

    inbound = await floor.log.claim(talk)
    assert inbound is not None and inbound.text == "还款日几号"
    assert (await floor.said(talk, "notice"))[-1].startswith("人工服务已结束，由智能客服继续")
    assert [row.why_left for row in floor.rows(queue_entry)] == ["given_back"]


async def test_a_closed_conversation_takes_no_more_words(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.close(talk, "a1", epoch)

    assert (floor.owner(talk).state, (await floor.said(talk))[-1][:7]) == ("CLOSED", "本次服务已结束")
    await refused(floor.queue.say(talk, "a1", epoch, {"text": "喂"}, "m1"), ConversationClosedError)
    await refused(floor.queue.take_over(talk, "a1", epoch + 1), ConversationClosedError)
    assert [row.why_left for row in floor.rows(queue_entry)] == ["closed"]


async def test_the_wall_shows_who_waits_how_long_and_who_is_there(floor: Floor) -> None:
    await floor.helped("a1", "general", "complex")
    await floor.waits()
    floor.later(seconds=50)
    await floor.waits()
    wall = {each.group: each for each in await floor.queue.wall()}

    assert wall["general"] == GroupOnTheWall("general", "普通", 2, timedelta(seconds=50), online=1, load=1, capacity=3)
    assert wall["fees"] == GroupOnTheWall("fees", "费用", 0, timedelta(0), online=0, load=0, capacity=0)
