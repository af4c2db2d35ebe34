"""Who is asked what they think of a person's help, and when: once for each person's part, and never in distress."""
import random

import pytest
from sqlalchemy import update

from dengta.conversation import records
from dengta.conversation.profiles import Profiles
from dengta.conversation.tables import conversation
from dengta.database import writing
from dengta.handoff.rules import Place
from dengta.handoff.satisfaction.tables import rating, rating_agent
from tests.handoff.floor import NORMAL, Floor

QUESTION = "请为本次人工服务评分"


async def asked(floor: Floor, talk: str) -> list[str]:
    """Return what the customer was asked, in order."""
    return [
        message.custom["invitation"]
        for message in await floor.log.since(talk, 0)
        if message.custom is not None and message.custom["type"] == "satisfaction"
    ]


async def test_after_a_close_the_card_is_the_last_thing_said(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.queue.close(talk, "a1", epoch)

    [row] = floor.rows(rating)
    last = (await floor.log.since(talk, 0))[-1]
    assert (last.author, last.text) == ("notice", QUESTION)
    assert last.custom == {"type": "satisfaction", "invitation": row.id, "asks": "score"}
    assert (row.conversation_id, row.channel, row.group) == (talk, "web", "general")
    assert (row.from_epoch, row.until_epoch) == (2, 3), "the queue's epoch and the person's"
    assert [agent.agent_id for agent in floor.rows(rating_agent)] == ["a1"]
    assert floor.owner(talk).state == "CLOSED"


async def test_after_a_give_back_it_is_asked_when_the_bot_has_the_conversation(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    epoch = await floor.queue.wrap_up(talk, "a1", epoch)
    assert await asked(floor, talk) == [], "in the wrap-up the customer may still have something to say"
    await floor.queue.give_back(talk, "a1", epoch)

    assert len(await asked(floor, talk)) == 1
    goodbye, question = (await floor.said(talk))[-2:]
    assert goodbye.startswith("人工服务已结束") and question == QUESTION


async def test_a_part_with_two_people_is_one_invitation_for_both(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.comes("a2", "fees")
    epoch = await floor.queue.transfer_to_group(talk, "a1", epoch, "fees", "问费用")
    epoch = await floor.queue.take(talk, "a2", epoch)
    await floor.queue.say(talk, "a2", epoch, {"text": "我来看"}, "m2")
    await floor.queue.give_back(talk, "a2", epoch)

    [row] = floor.rows(rating)
    assert (row.from_epoch, row.until_epoch, row.group) == (2, 5, "fees")
    assert [agent.agent_id for agent in floor.rows(rating_agent)] == ["a1", "a2"]


async def test_nobody_is_asked_to_whom_no_person_spoke(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.give_back(talk, "a1", epoch)
    assert floor.rows(rating) == [] and await asked(floor, talk) == []


async def test_whose_wrapped_up_agent_disappears_is_asked_too(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.queue.wrap_up(talk, "a1", epoch)
    floor.later(minutes=2)
    with writing(floor.engine) as session:
        floor.moves.left_behind(session, talk, floor.time)
    assert len(await asked(floor, talk)) == 1


@pytest.mark.parametrize("words", ["我不想活了", "留了遗书"])
async def test_nobody_is_asked_who_was_in_distress(floor: Floor, words: str) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.log.receive(talk, "c2", {"text": words})
    await floor.queue.say(talk, "a1", epoch, {"text": "我在"}, "m1")
    await floor.queue.close(talk, "a1", epoch)
    assert floor.rows(rating) == []


async def test_nobody_is_asked_who_was_handed_over_in_distress(floor: Floor) -> None:
    await floor.comes("a1")
    talk, epoch = await floor.waits(reason="distress")
    epoch = await floor.queue.take(talk, "a1", epoch)
    await floor.queue.say(talk, "a1", epoch, {"text": "我在"}, "m1")
    await floor.queue.close(talk, "a1", epoch)
    assert floor.rows(rating) == []


async def test_nobody_is_asked_who_wants_to_be_left_in_peace(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    floor.knows(talk, "C1")
    await Profiles(floor.engine).set_do_not_disturb("C1", True)
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.queue.close(talk, "a1", epoch)
    assert floor.rows(rating) == []


async def test_callers_are_not_asked(floor: Floor) -> None:
    talk, epoch = await floor.helped("a1")
    with writing(floor.engine) as session:
        session.execute(update(conversation).values(channel="phone"))
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.queue.close(talk, "a1", epoch)
    assert floor.rows(rating) == []


class Walk:
    """One conversation that people do anything possible with, and how often a part ended in which a person spoke."""

    def __init__(self, floor: Floor, chance: random.Random) -> None:
        self.floor, self.chance = floor, chance
        self.parts, self.spoke = 0, False

    async def begin(self) -> None:
        """Let two people come and a customer wait."""
        for agent in ("a1", "a2"):
            await self.floor.comes(agent, "general", "fees", capacity=9)
        self.talk, _ = await self.floor.waits()

    async def step(self) -> None:
        """Do one of the things that are possible now."""
        self.floor.later(seconds=1)
        row = self.floor.owner(self.talk)
        possible = {
            "BOT": [self.wait, self.take_over],
            "QUEUED": [self.take, self.take_over],
            "HUMAN": [self.say, self.say, self.take_over, self.pass_on, self.wrap_up, self.give_back, self.close],
            "WRAPUP": [self.take_over, self.give_back, self.disappear, self.close],
            "CLOSED": [self.begin],
        }[row.state]
        await self.chance.choice(possible)(*([] if row.state == "CLOSED" else [row.owner_id, row.owner_epoch]))

    async def wait(self, _owner: str, _epoch: int) -> None:
        with writing(self.floor.engine) as session:
            talk = records.locked(session, self.talk)
            assert talk is not None
            place = Place("general", NORMAL)
            self.floor.moves.queue(session, talk, place, "request_human", "standard", self.floor.time)

    async def take(self, _owner: str, epoch: int) -> None:
        await self.floor.queue.take(self.talk, self.chance.choice(["a1", "a2"]), epoch)

    async def take_over(self, _owner: str, epoch: int) -> None:
        await self.floor.queue.take_over(self.talk, self.chance.choice(["a1", "a2"]), epoch)

    async def say(self, owner: str, epoch: int) -> None:
        await self.floor.queue.say(self.talk, owner, epoch, {"text": "您好"}, f"m{self.chance.random()}")
        self.spoke = True

    async def pass_on(self, owner: str, epoch: int) -> None:
        if self.chance.random() < 0.5:
            await self.floor.queue.transfer_to_group(self.talk, owner, epoch, "fees", "")
        else:
            await self.floor.queue.transfer_to_colleague(self.talk, owner, epoch, {"a1": "a2", "a2": "a1"}[owner], "")

    async def wrap_up(self, owner: str, epoch: int) -> None:
        await self.floor.queue.wrap_up(self.talk, owner, epoch)

    async def give_back(self, owner: str, epoch: int) -> None:
        await self.floor.queue.give_back(self.talk, owner, epoch)
        self.ended()

    async def close(self, owner: str, epoch: int) -> None:
        await self.floor.queue.close(self.talk, owner, epoch)
        self.ended()

    async def disappear(self, owner: str, _epoch: int) -> None:
        self.floor.later(minutes=2)
        with writing(self.floor.engine) as session:
            self.floor.moves.left_behind(session, self.talk, self.floor.time)
        await self.floor.queue.presence(owner, "online", 9, ["general", "fees"])
        await self.floor.queue.presence({"a1": "a2", "a2": "a1"}[owner], "online", 9, ["general", "fees"])
        self.ended()

    def ended(self) -> None:
        """Count the part that has just ended."""
        self.parts += self.spoke
        self.spoke = False


async def test_whatever_people_do_each_part_is_asked_about_once(floor: Floor) -> None:
    chance = random.Random(20261122)
    walk = Walk(floor, chance)
    await walk.begin()
    for _ in range(250):
        await walk.step()

    invitations = floor.rows(rating)
    assert len(invitations) == walk.parts > 10
    spans = sorted((row.conversation_id, row.from_epoch, row.until_epoch) for row in invitations)
    overlaps = [(one, two) for one, two in zip(spans, spans[1:]) if one[0] == two[0] and one[2] >= two[1]]
    assert overlaps == []
