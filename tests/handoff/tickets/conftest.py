"""Tickets on both databases, at a moment the test chooses."""
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from dengta.clock import SHANGHAI
from dengta.conversation.log import MessageLog
from dengta.handoff.hours import ServiceHours
from dengta.handoff.tickets.models import Change, NewTicket, Opened
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.vault import Vault

HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))
RECEIVED = datetime(2026, 11, 22, 10, 30, tzinfo=SHANGHAI)
REMEDIES = ("review", "mediation", "arbitration", "litigation")


@dataclass
class Clock:
    """What time it is."""

    now: datetime = RECEIVED

    def __call__(self) -> datetime:
        return self.now

    def day(self, days: int) -> None:
        """Go to noon of a day so many days after the receipt."""
        self.now = (RECEIVED + timedelta(days=days)).replace(hour=12, minute=0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(engine: Engine, vault: Vault, clock: Clock) -> Tickets:
    return Tickets(engine, vault, HOURS, clock)


@pytest.fixture
async def talk(log: MessageLog) -> str:
    """A conversation in which the customer said three things."""
    conversation_id = await log.open_conversation("web")
    for number in range(3):
        await log.receive(conversation_id, f"m{number}", {"text": f"第{number}句"})
    return conversation_id


def complaint(**details: Any) -> NewTicket:
    """Return a complaint, with other details if wanted."""
    usual = {
        "key": "talk-1",
        "kind": "complaint",
        "cause": "fees",
        "channel": "web",
        "description": "多收了我一笔服务费",
        "by": "kf1",
        "customer_id": "C0008",
        "verified": True,
    }
    return NewTicket(**{**usual, **details})


async def walk(tickets: Tickets, opened: Opened, *states: str) -> int:
    """Lead a ticket that was just opened through states, and return its version."""
    version = 1
    for state in states:
        change = Change(opened.ticket.ticket_no, version, "kf1", "按流程")
        if state == "answered":
            version = await tickets.answer(change, "经核实，费用已退回。", REMEDIES)
        elif state == "closed":
            version = await tickets.close(change, "settled")
        else:
            version = await tickets.move(change, state)
    return version
