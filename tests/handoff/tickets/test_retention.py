"""Tickets follow the data keys, nobody rewrites their history, and erasure leaves of them what must be kept."""
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from dengta.clock import now
from dengta.commands import COLUMNS
from dengta.conversation.erasure import Erased, Erasure, kept
from dengta.conversation.log import MessageLog
from dengta.database import reading, writing
from dengta.handoff.tickets.errors import TicketNotFoundError
from dengta.handoff.tickets.models import Change
from dengta.handoff.tickets.retention import TicketCases
from dengta.handoff.tickets.tables import ticket, ticket_history
from dengta.handoff.tickets.tickets import Tickets
from dengta.privacy.master import master
from dengta.privacy.rotation import count, count_others, rotate
from dengta.privacy.vault import Vault, open_vault
from dengta.settings import settings
from tests.conversation.turns import texts
from tests.handoff.tickets.conftest import HOURS, Clock, complaint, walk

OURS = [column for column in COLUMNS if column.table.name.startswith("ticket")]


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield tmp_path / "master.key"
    for cached in (settings, master):
        cached.cache_clear()


@pytest.fixture
def erasure(engine: Engine, vault: Vault, key_file: Path) -> Erasure:
    return Erasure(engine, vault, cases=[TicketCases()])


@pytest.fixture
async def number(tickets: Tickets, talk: str) -> str:
    """A complaint with evidence that is being worked on."""
    opened = await tickets.open(complaint(conversation_id=talk, evidence=[2], authorisation="李四"))
    await walk(tickets, opened, "accepted", "in_progress")
    return opened.ticket.ticket_no


async def test_a_new_data_key_seals_everything_in_tickets(
    tickets: Tickets, number: str, engine: Engine, vault: Vault, key_file: Path, clock: Clock
) -> None:
    before = await tickets.get(number)
    for _ in rotate(engine, OURS, pause=lambda seconds: None):
        pass
    with reading(engine) as session:
        assert [count_others(session, column, 2) for column in OURS] == [0, 0, 0]
        assert [count(session, column, 2) for column in OURS] == [1, 1, 3]
    assert await Tickets(engine, open_vault(engine, key_file), HOURS, clock).get(number) == before


async def test_what_was_done_cannot_be_rewritten(number: str, engine: Engine) -> None:
    for column in ("event", '"by"', "from_state", "to_state"):
        with pytest.raises(DatabaseError, match="append-only"):
            with writing(engine) as session:
                session.execute(text(f"UPDATE ticket_history SET {column} = 'x'"))
    with reading(engine) as session:
        assert set(session.execute(select(ticket_history.c.by)).scalars()) == {"kf1"}


async def test_while_a_ticket_is_open_its_conversation_waits(
    erasure: Erasure, number: str, talk: str, log: MessageLog, tickets: Tickets
) -> None:
    assert erasure.conversation(talk, "operator") == Erased(waiting=1)
    assert await texts(log, talk) == ["第0句", "第1句", "第2句"]


async def test_a_closed_ticket_is_kept_with_its_evidence_for_its_time(
    erasure: Erasure, number: str, talk: str, log: MessageLog, tickets: Tickets, engine: Engine
) -> None:
    await tickets.close(Change(number, 3, "kf1", "客户撤回"), "withdrawn")
    before = await tickets.get(number)
    assert erasure.conversation(talk, "operator").messages == 2
    assert await texts(log, talk) == ["", "第1句", ""]
    assert erasure.customer("C0008", "operator") == Erased()
    assert await tickets.get(number) == before
    long_ago = now() - timedelta(days=365 * kept()["tickets"]["years"] + 1)
    with writing(engine) as session:
        session.execute(update(ticket).values(closed_at=long_ago))
    assert erasure.conversation(talk, "operator") == Erased(messages=1, records=1)
    with pytest.raises(TicketNotFoundError):
        await tickets.get(number)
    assert await texts(log, talk) == ["", "", ""]


async def test_a_customers_old_tickets_go_also_where_they_came_by_letter(
    erasure: Erasure, tickets: Tickets, engine: Engine
) -> None:
    opened = await tickets.open(complaint(channel="letter"))
    other = await tickets.open(complaint(key="b", channel="letter", customer_id="C0014"))
    for each in (opened, other):
        await walk(tickets, each, "accepted", "in_progress", "answered", "closed")
    with writing(engine) as session:
        session.execute(update(ticket).values(closed_at=now() - timedelta(days=366 * 6)))
    assert erasure.customer("C0008", "operator") == Erased(records=1)
    assert await tickets.get(other.ticket.ticket_no)
