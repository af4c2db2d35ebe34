"""The bot opens a ticket in the transaction of its answer: with the customer's own words, and once."""
from datetime import datetime, time, timedelta
from typing import Optional

import pytest
from sqlalchemy import insert, update

from dengta.clock import SHANGHAI
from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Answered
from dengta.conversation.tables import binding
from dengta.database import reading, writing
from dengta.handoff.hours import ServiceHours
from dengta.handoff.reception import Reception, TicketWish
from dengta.handoff.rules import rules
from dengta.handoff.tickets import changes, lookup
from dengta.handoff.tickets.models import Change, Ticket
from dengta.handoff.tickets.tables import ticket
from dengta.handoff.triage import Heard
from tests.handoff.floor import Floor

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))
FEES = TicketWish("complaint", "fees", "standard")


class Bot:
    """A bot that opens what its customer clicks."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.count = floor, 0
        self.reception = Reception(floor.vault, rules(), HOURS, (), lambda: NOW, lambda: floor.time)

    async def writes(self, talk: str, text: str) -> None:
        self.count += 1
        await self.floor.log.receive(talk, f"c{self.count}", {"text": text})

    async def clicks(self, talk: str, wish: TicketWish = FEES, taken_over: bool = False) -> str:
        """Let the customer click and the bot answer; return the last words in the conversation."""
        await self.writes(talk, "息费争议")
        inbound = await self.floor.log.claim(talk)
        assert inbound is not None
        if taken_over:
            with writing(self.floor.engine) as session:
                ownership.change(session, Bodies(self.floor.vault), talk, "HUMAN", owner_id="kf1")
        after = self.reception.after(Heard("息费争议", "query_ticket"), wish)
        await self.floor.log.reply(talk, inbound, Answered([], "query_ticket", after))
        return (await self.floor.said(talk))[-1]

    def knows(self, talk: str, customer_id: str, from_seq: int = 1) -> None:
        """Verify a customer in a conversation."""
        with writing(self.floor.engine) as session:
            here = binding.c.conversation_id == talk
            session.execute(update(binding).where(here).values(ended_at=NOW, until_seq=from_seq - 1))
            known = {"conversation_id": talk, "customer_id": customer_id, "from_seq": from_seq, "verified_at": NOW}
            session.execute(insert(binding).values(**known))

    def tickets(self) -> list[Ticket]:
        """Return all tickets."""
        with reading(self.floor.engine) as session:
            numbers = [row.ticket_no for row in self.floor.rows(ticket)]
            return [lookup.get(session, self.floor.vault, number) for number in numbers]


@pytest.fixture
def bot(floor: Floor) -> Bot:
    return Bot(floor)


async def test_a_stranger_is_told_number_and_date_and_their_words_are_kept(bot: Bot) -> None:
    talk = await bot.floor.log.open_conversation("web")
    for text in ("你们多收了三百块服务费", "19900000008", "123456"):
        await bot.writes(talk, text)
    said = await bot.clicks(talk)

    (opened,) = bot.tickets()
    number = opened.summary.ticket_no
    assert said == f"已为您登记投诉，编号 {number}。我们最晚在 2026年12月7日 答复您。您可以随时问我进度。"
    assert opened.description == "投诉：息费争议\n你们多收了三百块服务费\n息费争议"
    assert [each.seq for each in opened.evidence] == [1, 4]
    assert (opened.summary.customer_id, opened.verified, opened.summary.group) == (None, False, "escalated")


async def test_the_same_wish_again_tells_how_far_it_is_until_it_is_answered(bot: Bot) -> None:
    talk = await bot.floor.log.open_conversation("web")
    await bot.clicks(talk)
    number = bot.tickets()[0].summary.ticket_no
    assert f"{number}）：已登记，等待受理" in await bot.clicks(talk)
    await bot.clicks(talk, TicketWish("complaint", "service", "senior"))
    assert len(bot.tickets()) == 2
    with writing(bot.floor.engine) as session:
        changes.close(session, bot.floor.vault, Change(number, 1, "kf1", "撤回"), "withdrawn", NOW)
    assert "已为您登记" in await bot.clicks(talk)


async def test_a_verified_customer_has_one_wherever_they_ask(bot: Bot) -> None:
    first, second = [await bot.floor.log.open_conversation("web") for _ in range(2)]
    for talk in (first, second):
        bot.knows(talk, "C0008")
    await bot.clicks(first)
    assert "已登记，等待受理" in await bot.clicks(second)
    assert [(each.summary.customer_id, each.verified) for each in bot.tickets()] == [("C0008", True)]


async def test_nobody_elses_words_or_tickets_become_the_next_customers(bot: Bot) -> None:
    talk = await bot.floor.log.open_conversation("web")
    bot.knows(talk, "C0008")
    await bot.writes(talk, "我叫张三")
    await bot.clicks(talk)
    bot.knows(talk, "C0009", from_seq=4)
    assert "已为您登记" in await bot.clicks(talk)
    theirs = next(each for each in bot.tickets() if each.summary.customer_id == "C0009")
    assert theirs.description == "投诉：息费争议\n息费争议"


async def test_if_a_person_was_faster_nothing_is_opened(bot: Bot) -> None:
    talk = await bot.floor.log.open_conversation("web")
    await bot.clicks(talk, taken_over=True)
    assert bot.tickets() == []


@pytest.mark.parametrize(("from_seq", "owner"), [(1, "C0008"), (2, None)])
async def test_what_was_opened_before_the_verification_goes_to_who_spoke_then(
    bot: Bot, from_seq: int, owner: Optional[str]
) -> None:
    talk = await bot.floor.log.open_conversation("web")
    await bot.clicks(talk)
    bot.knows(talk, "C0008", from_seq)
    with writing(bot.floor.engine) as session:
        changes.recognise(session, bot.floor.vault, talk, "C0009", NOW)
        changes.recognise(session, bot.floor.vault, talk, "C0008", NOW)
    assert [each.summary.customer_id for each in bot.tickets()] == [owner]
