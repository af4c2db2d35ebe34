"""Customers hear in WeChat what became of their tickets, also from a process that does not speak with WeChat."""
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import insert

from dengta.clock import SHANGHAI
from dengta.conversation.tables import binding
from dengta.database import writing
from dengta.handoff.hours import ServiceHours
from dengta.handoff.tickets.models import Change, NewTicket
from dengta.handoff.tickets.tickets import Tickets
from tests.channels.wechat.channel.stage import LI, WeChatBot, texts

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))


@pytest.mark.parametrize("verified", [True, False])
async def test_the_answer_to_a_ticket_arrives(resting: WeChatBot, verified: bool) -> None:
    await resting.start()
    await resting.wx.say(LI, "我要发票")
    await resting.wx.wait_shown(LI, 1)
    talk: str = resting.agent.heard[-1].sender_id
    customer_id = "C000012" if verified else None
    if verified:
        with writing(resting.engine) as session:
            known = {"conversation_id": talk, "customer_id": customer_id, "from_seq": 1, "verified_at": NOW}
            session.execute(insert(binding).values(**known))
    tickets = Tickets(resting.engine, resting.vault, HOURS, lambda: NOW)
    new = NewTicket("k1", "certificate", "invoice", "wechat", "要利息发票", "bot", talk, customer_id, verified)
    number = (await tickets.open(new)).ticket.ticket_no

    await tickets.answer(Change(number, 1, "lin"), "发票已寄出，三天内送到。", [])
    await resting.wx.wait_shown(LI, 2)
    told = f"您的证明开具（编号 {number}）已有答复。如果不认可，可以告诉我，我们会重新处理。"
    assert texts(resting.wx)[1] == told + ("\n答复如下：\n发票已寄出，三天内送到。" if verified else "")
