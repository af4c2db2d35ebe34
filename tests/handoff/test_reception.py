"""From the bot to people: in the transaction of the bot's answer, and never to where nobody is."""
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Optional

import pytest

from dengta.clock import SHANGHAI
from dengta.conversation.messages import Answered, Body
from dengta.handoff.hours import ServiceHours
from dengta.handoff.reception import Reception, Wish
from dengta.handoff.rules import rules
from dengta.handoff.tables import queue_entry
from dengta.handoff.tickets.tables import ticket, ticket_deadline
from dengta.handoff.triage import Heard
from tests.handoff.floor import Floor

HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))
MORNING = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 11, 22, 22, 30, tzinfo=SHANGHAI)
WISH = Wish("request_human", "standard")


class Desk:
    """A bot that says what the test wants, and the reception behind it."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.log = floor, floor.log
        self.at = MORNING
        self.reception = Reception(
            floor.vault, rules(), HOURS, {"wechat"}, lambda: self.at, lambda: self.floor.time
        )
        self.count = 0

    async def open(self, channel: str = "web") -> str:
        return await self.log.open_conversation(channel)

    async def writes(self, talk: str, text: str) -> None:
        """Let the customer write something, which nobody answers yet."""
        self.count += 1
        body: Body = {"text": text}
        await self.log.receive(
            talk, f"c{self.count}", body, afterwards=lambda session, _: self.reception.heard(session, talk, body)
        )

    async def asks(
        self, talk: str, text: str = "转人工", reading: str = "request_human", wish: Optional[Wish] = None
    ) -> bool:
        """Let the customer say something and the bot answer; tell whether its answer was delivered."""
        await self.writes(talk, text)
        inbound = await self.log.claim(talk)
        assert inbound is not None
        answered = Answered([{"text": f"答：{text}"}], reading, self.reception.after(Heard(text, reading), wish))
        return await self.log.reply(talk, inbound, answered)


@pytest.fixture
def desk(floor: Floor) -> Desk:
    return Desk(floor)


async def test_who_asks_waits_and_is_told_so_after_the_bots_last_word(desk: Desk) -> None:
    await desk.floor.comes("a1")
    talk = await desk.open()
    assert await desk.asks(talk, wish=WISH)

    messages = await desk.log.since(talk, 0)
    assert [m.author for m in messages] == ["customer", "bot", "notice"]
    assert messages[-1].text.startswith("正在为您转接人工客服，马上就来")
    assert [button.title for button in messages[-1].buttons] == ["取消排队"]
    assert desk.floor.owner(talk).state == "QUEUED"
    assert [(each.group, each.reason) for each in await desk.floor.queue.waiting(["general"])] == [
        ("general", "request_human")
    ]


async def test_what_was_said_before_decides_who_comes(desk: Desk) -> None:
    await desk.floor.comes("a1", "general", "anti_fraud")
    talk = await desk.open()
    await desk.floor.comes("a1", "general", "anti_fraud")
    await desk.asks(talk, "有人冒充你们", "verify_official_contact")
    await desk.asks(talk, "我已经被骗了钱", "report_fraud", None)

    assert [(each.group, each.priority) for each in await desk.floor.queue.waiting(["anti_fraud"])] == [
        ("anti_fraud", 0)
    ], "nobody has to ask twice"


async def test_a_fallback_group_takes_who_the_experts_cannot(desk: Desk) -> None:
    await desk.floor.comes("a1", "complex")
    talk = await desk.open()
    await desk.asks(talk, "征信上逾期怎么消", "faq/credit_report")
    await desk.asks(talk, wish=WISH)

    assert [each.group for each in await desk.floor.queue.waiting(["complex"])] == ["complex"]


async def test_if_a_person_was_faster_nobody_is_queued(desk: Desk) -> None:
    await desk.floor.comes("a1")
    talk = await desk.open()
    await desk.writes(talk, "转人工")
    inbound = await desk.log.claim(talk)
    assert inbound is not None
    await desk.floor.queue.take_over(talk, "a1", inbound.epoch)
    after = desk.reception.after(Heard("转人工", "request_human"), WISH)

    assert not await desk.log.reply(talk, inbound, Answered([{"text": "好的"}], None, after))
    assert desk.floor.owner(talk).owner_id == "a1"
    assert await desk.floor.queue.waiting(["general"]) == ()


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_where_nobody_ever_sat_at_the_desk_a_call_back_is_promised(desk: Desk, tone: str) -> None:
    talk = await desk.open()
    await desk.asks(talk, wish=replace(WISH, tone=tone))
    await desk.asks(talk, wish=replace(WISH, tone=tone))

    rows = desk.floor.rows(ticket)
    assert [(row.kind, row.state, row.group, row.cause) for row in rows] == [("callback", "open", "general", "busy")]
    assert [row.due_at for row in desk.floor.rows(ticket_deadline)] == [MORNING + timedelta(hours=2)]
    said = await desk.floor.said(talk, "bot")
    assert "已为您登记人工服务" in said[1] or "已经登记转人工" in said[1]
    assert "已经登记过" in said[3]
    assert all(rows[0].ticket_no in text and "2026年11月22日 12:00" in text for text in (said[1], said[3]))
    assert desk.floor.owner(talk).state == "BOT"
    assert await desk.asks(talk, "还款日几号"), "the bot goes on"


async def test_at_night_the_hours_are_told_even_if_somebody_stayed(desk: Desk) -> None:
    await desk.floor.comes("a1")
    desk.at = NIGHT
    talk = await desk.open()
    await desk.asks(talk, wish=WISH)

    said = (await desk.floor.said(talk, "bot"))[-1]
    assert "不在人工服务时间（每天 09:00–21:00）" in said and "2026年11月23日 11:00" in said
    assert desk.floor.rows(queue_entry) == []


async def test_who_is_called_back_soon_waits_ahead_if_they_come_again(desk: Desk) -> None:
    talk = await desk.open()
    await desk.asks(talk, wish=WISH)
    await desk.floor.comes("a1", capacity=0)
    await desk.floor.waits()
    await desk.asks(talk, wish=WISH)

    assert (await desk.floor.queue.waiting(["general"]))[0].conversation_id == talk


async def test_a_platform_with_agents_of_its_own_is_told_and_nobody_is_queued(desk: Desk) -> None:
    await desk.floor.comes("a1")
    talk = await desk.open("wechat")
    await desk.asks(talk, wish=WISH)

    last = (await desk.log.since(talk, 0))[-1]
    assert (last.author, last.custom, last.text) == ("bot", {"type": "handoff"}, "正在为您转接人工客服，请稍等。")
    assert desk.floor.rows(queue_entry) == [] and desk.floor.rows(ticket) == []


@pytest.mark.parametrize("words", ["取消排队", "不等了。", " 不排了！"])
async def test_who_waits_no_longer_goes_back_to_the_bot(desk: Desk, words: str) -> None:
    await desk.floor.comes("a1")
    talk = await desk.open()
    await desk.asks(talk, wish=WISH)
    await desk.writes(talk, "我的账单不对")
    assert await desk.log.claim(talk) is None, "kept for the agent"
    await desk.writes(talk, words)

    assert desk.floor.owner(talk).state == "BOT"
    assert (await desk.floor.said(talk))[-1].startswith("已取消排队")
    assert [row.why_left for row in desk.floor.rows(queue_entry)] == ["cancelled"]
    await desk.writes(talk, words)
    inbound = await desk.log.claim(talk)
    assert inbound is not None and inbound.text == words, "to the bot these are words as any other"


async def test_distress_reaches_a_person_before_all_others(desk: Desk) -> None:
    await desk.floor.comes("a1", capacity=0)
    first, _ = await desk.floor.waits(priority=1)
    talk = await desk.open()
    await desk.writes(talk, "我不想活了")
    inbound = await desk.log.claim(talk)
    assert inbound is not None and desk.reception.is_distress(inbound.text)
    await desk.log.reply(talk, inbound, Answered([], afterwards=desk.reception.distressed))

    assert [each.conversation_id for each in await desk.floor.queue.waiting(["general", "complex"])] == [talk, first]
    said = await desk.floor.said(talk)
    assert "您的安全最要紧" in said[1] and "110" in said[1]


async def test_distress_at_night_is_answered_with_care_and_a_call_back(desk: Desk) -> None:
    desk.at = NIGHT
    talk = await desk.open()
    await desk.writes(talk, "活不下去了")
    inbound = await desk.log.claim(talk)
    assert inbound is not None
    await desk.log.reply(talk, inbound, Answered([], afterwards=desk.reception.distressed))

    assert [(row.group, row.cause) for row in desk.floor.rows(ticket)] == [("hardship", "closed")]
    _, care, promise = await desk.floor.said(talk)
    assert "您的安全最要紧" in care and "12356" in care and "请人工客服来" not in care
    assert "2026年11月23日 10:00 前" in promise, "an hour after people are back, not two"


async def test_a_promise_made_before_does_not_hold_distress_up(desk: Desk) -> None:
    talk = await desk.open()
    await desk.asks(talk, wish=WISH)
    await desk.writes(talk, "活不下去了")
    inbound = await desk.log.claim(talk)
    assert inbound is not None
    await desk.log.reply(talk, inbound, Answered([], afterwards=desk.reception.distressed))

    assert "2026年11月22日 11:00 前" in (await desk.floor.said(talk))[-1]
    await desk.asks(talk, wish=WISH)
    assert "2026年11月22日 11:00 前" in (await desk.floor.said(talk))[-1], "the sooner of two promises is repeated"
    assert len(desk.floor.rows(ticket)) == 2


async def test_rising_anger_brings_a_person_and_a_single_outburst_does_not(desk: Desk) -> None:
    await desk.floor.comes("a1")
    talk = await desk.open()
    await desk.asks(talk, "烦死了", "express_frustration")
    assert desk.floor.owner(talk).state == "BOT"
    await desk.asks(talk, "你们就是骗子", "verify_official_contact")
    assert desk.floor.owner(talk).state == "QUEUED"


async def test_nobody_who_did_not_ask_is_promised_a_call(desk: Desk) -> None:
    talk = await desk.open()
    await desk.asks(talk, "我要投诉", "file_complaint")
    assert desk.floor.owner(talk).state == "BOT"
    assert desk.floor.rows(ticket) == []
    assert len(await desk.floor.said(talk)) == 2


async def test_who_the_bot_fails_gets_a_person(desk: Desk) -> None:
    await desk.floor.comes("a1", "complex")
    talk = await desk.open()
    await desk.writes(talk, "账单")
    inbound = await desk.log.claim(talk)
    assert inbound is not None
    apology = Answered([{"text": "抱歉"}], afterwards=desk.reception.rescue)
    await desk.log.reply(talk, inbound, apology, failed=True)

    assert [each.reason for each in await desk.floor.queue.waiting(["complex"])] == ["bot_failed"]
