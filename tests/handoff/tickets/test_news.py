"""Customers hear in chat what becomes of their tickets: once, with the change, and only they."""
from datetime import timedelta
from typing import Optional

import pytest
from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from dengta import clock as real_clock
from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered
from dengta.conversation.tables import binding
from dengta.database import writing
from dengta.handoff.tickets import news, telling
from dengta.handoff.tickets.errors import TicketChangedError
from dengta.handoff.tickets.models import Change, Opened
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault
from tests.handoff.tickets.conftest import Clock, complaint, walk


def knows(engine: Engine, talk: str, customer_id: str, from_seq: int = 1, verified: bool = True) -> None:
    """Bind a conversation to a customer, and to nobody else."""
    with writing(engine) as session:
        earlier = binding.c.conversation_id == talk
        session.execute(update(binding).where(earlier).values(ended_at=real_clock.now(), until_seq=from_seq - 1))
        known = {"conversation_id": talk, "customer_id": customer_id, "from_seq": from_seq}
        session.execute(insert(binding).values(**known, verified_at=real_clock.now() if verified else None))


async def notices(log: MessageLog, talk: str) -> list[str]:
    return [message.text for message in await log.since(talk, 0) if message.author == "notice"]


@pytest.fixture
async def opened(tickets: Tickets, talk: str, engine: Engine) -> Opened:
    """A verified customer's complaint about what they said in a conversation."""
    knows(engine, talk, "C0008")
    return await tickets.open(complaint(conversation_id=talk))


async def test_every_step_is_told_once_and_in_order(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, clock: Clock
) -> None:
    number = opened.ticket.ticket_no
    version = await walk(tickets, opened, "accepted", "in_progress")
    clock.day(3)
    version = await tickets.extend(Change(number, version, "lead1", "案情复杂"), 30, "lead", "审批单")
    version = await tickets.answer(
        Change(number, version, "kf1"), "已退", ("review", "mediation", "arbitration", "litigation")
    )
    version = await tickets.close(Change(number, version, "kf1", "认可"), "settled")
    await tickets.move(Change(number, version, "kf1", "又不认可"), "reopened")
    assert await notices(log, talk) == [
        f"您的投诉（编号 {number}）已受理。我们最晚在 2026年12月7日 答复您。",
        f"您的投诉（编号 {number}）已开始处理。我们最晚在 2026年12月7日 答复您。",
        f"您的投诉（编号 {number}）情况比较复杂，需要更多时间，抱歉让您久等。我们最晚在 2026年12月22日 答复您。",
        f"您的投诉（编号 {number}）已有答复。如果不认可，可以告诉我，我们会重新处理。\n"
        "答复如下：\n已退\n您也可以申请核查、申请调解、按约定申请仲裁、向人民法院起诉。",
        f"您的投诉（编号 {number}）已办结。如果还有问题，可以随时告诉我。",
        f"您的投诉（编号 {number}）已重新处理。我们最晚在 2026年12月2日 答复您。",
    ]


async def test_who_asks_later_reads_the_answer_until_it_is_opened_again(tickets: Tickets, opened: Opened) -> None:
    version = await walk(tickets, opened, "accepted", "in_progress", "answered")
    (told,) = await tickets.for_customer("C0008")
    assert telling.progress(told, "senior").splitlines()[1:] == [
        "已答复。",
        "答复是：",
        "经核实，费用已退回。",
        "您也可以：",
        "申请核查、申请调解、按约定申请仲裁、向人民法院起诉。",
    ]
    await tickets.move(Change(opened.ticket.ticket_no, version, "kf1", "不认可"), "reopened")
    (told,) = await tickets.for_customer("C0008")
    assert told.answer is None and "费用已退回" not in telling.progress(told, "standard")


async def test_what_stays_in_the_house_is_not_told(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, clock: Clock
) -> None:
    number = opened.ticket.ticket_no
    await tickets.assign(Change(number, 1, "kf1"), "kf1", "escalated")
    await tickets.add_evidence(Change(number, 2, "kf1"), talk, [1])
    await tickets.set_regulator_date(Change(number, 3, "kf1", "转办单"), (clock.now + timedelta(days=5)).date(), "lead")
    assert await notices(log, talk) == []


async def test_a_change_that_fails_is_told_to_nobody(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TicketChangedError):
        await tickets.move(Change(opened.ticket.ticket_no, 7, "kf1"), "accepted")
    tell = news.tell

    def crash(*given: object) -> None:
        tell(*given)  # type: ignore[arg-type]
        raise OSError("the process dies before it commits")

    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(news, "tell", crash)
        await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    assert await notices(log, talk) == []
    await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    assert len(await notices(log, talk)) == 1


async def test_news_do_not_stop_the_bot_nor_a_person(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, engine: Engine, vault: Vault
) -> None:
    inbound = await log.claim(talk)
    assert inbound is not None
    await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    assert await log.reply(talk, inbound, Answered([{"text": "好的"}]))
    with writing(engine) as session:
        ownership.change(session, Bodies(vault), talk, "HUMAN", owner_id="kf1")
    await tickets.move(Change(opened.ticket.ticket_no, 2, "kf1"), "in_progress")
    assert [message.author for message in await log.since(talk, 3)] == ["notice", "bot", "notice"]


async def test_who_has_a_new_conversation_hears_it_there(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, engine: Engine
) -> None:
    await log.end(talk)
    await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    later, strangers = await log.open_conversation("web"), await log.open_conversation("web")
    knows(engine, later, "C0008")
    knows(engine, strangers, "C0009")
    await tickets.move(Change(opened.ticket.ticket_no, 2, "kf1"), "in_progress")
    assert await notices(log, talk) == await notices(log, strangers) == []
    assert len(await notices(log, later)) == 1


async def test_the_next_customer_of_a_conversation_hears_nothing(
    tickets: Tickets, opened: Opened, talk: str, log: MessageLog, engine: Engine
) -> None:
    knows(engine, talk, "C0009", from_seq=4)
    await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    assert await notices(log, talk) == []


@pytest.mark.parametrize(("from_seq", "told"), [(None, 1), (1, 1), (4, 0)])
async def test_who_was_not_verified_hears_it_where_they_complained(
    tickets: Tickets, talk: str, log: MessageLog, engine: Engine, from_seq: int, told: int
) -> None:
    if from_seq is not None:
        knows(engine, talk, "C0009", from_seq)
    opened = await tickets.open(complaint(conversation_id=talk, customer_id=None, verified=False))
    await tickets.move(Change(opened.ticket.ticket_no, 1, "kf1"), "accepted")
    assert len(await notices(log, talk)) == told


@pytest.mark.parametrize(
    ("customer_id", "verified", "is_read"), [("C0008", True, True), ("C0008", False, False), (None, False, False)]
)
async def test_only_who_proved_who_they_are_reads_the_answer(
    tickets: Tickets,
    talk: str,
    log: MessageLog,
    engine: Engine,
    customer_id: Optional[str],
    verified: bool,
    is_read: bool,
) -> None:
    if customer_id is not None:
        knows(engine, talk, customer_id, verified=verified)
    about = {"kind": "certificate", "cause": "invoice", "conversation_id": talk}
    opened = await tickets.open(complaint(customer_id=customer_id, verified=verified, **about))
    await tickets.answer(Change(opened.ticket.ticket_no, 1, "kf1"), "发票已寄到尾号 8801 的地址", [])
    (said,) = await notices(log, talk)
    assert "已有答复" in said and ("8801" in said) is is_read
