"""Erasure removes what it says it removes, keeps what `retention.yml` says is kept, and nothing of anybody else's."""
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Iterator

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Engine

from dengta.__main__ import main
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.clock import now
from dengta.conversation import ownership, records
from dengta.conversation.accounts import Accounts
from dengta.conversation.bodies import Bodies
from dengta.conversation.erasure import Erased, Erasure, kept
from dengta.conversation.history import History
from dengta.conversation.identity import Anonymous, Identity
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered
from dengta.conversation.profiles import Profile, Profiles
from dengta.conversation.tables import (
    account,
    binding,
    conversation,
    event_outbox,
    handoff,
    message,
    one_time_code,
    tracker_event,
)
from dengta.database import reading, writing
from dengta.privacy import audit
from dengta.privacy.master import master
from dengta.privacy.tables import audit as entries
from dengta.privacy.vault import Vault
from dengta.settings import settings
from tests.conversation.identity.conftest import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PHONE,
    Carrier,
    verify,
)
from tests.conversation.turns import says, texts

OPENID = "oTestOpenid-0000000000000001"


@pytest.fixture
def erasure(engine: Engine, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Erasure]:
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield Erasure(engine, vault)
    for cached in (settings, master):
        cached.cache_clear()


@pytest.fixture
async def spoken(log: MessageLog, identity: Identity, carrier: Carrier, engine: Engine, accounts: Accounts) -> str:
    """A WeChat conversation in which the customer asked about a bill, with everything that gathers around one."""
    met = await accounts.meet("wechat", OPENID, OPENID)
    talk = met.conversation_id
    await says(log, talk, "我叫张三，这个月还多少", "query_bill")
    await verify(identity, carrier, talk)
    with writing(engine) as session:
        event = {"sender_id": talk, "data": "{}", "seq": 1, "type_name": "user", "timestamp": 1.0}
        session.execute(insert(tracker_event).values(**event))
        session.execute(insert(event_outbox).values(sender_id=talk, data="{}", created_at=now()))
    return talk


def request_person(engine: Engine, talk: str, state: str, **values: Any) -> None:
    row = {"ticket_no": f"RG{talk[:8]}", "conversation_id": talk, "customer_id": CUSTOMER, "reason": "file_complaint",
           "state": state, "created_at": now(), "callback_by": now(), **values}  # fmt: skip
    with writing(engine) as session:
        session.execute(insert(handoff).values(**row))


def count(engine: Engine, *tables: Any) -> list[int]:
    with reading(engine) as session:
        return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


async def test_a_customer_is_erased_wherever_they_spoke(
    erasure: Erasure, spoken: str, log: MessageLog, identity: Identity, engine: Engine
) -> None:
    await Profiles(engine).set_tone(CUSTOMER, "senior")
    erased = erasure.customer(CUSTOMER, "operator")
    assert erased == Erased(messages=2, records=6)  # account, code, event, outgoing event, binding, profile
    assert await texts(log, spoken) == ["", ""]
    with reading(engine) as session:
        rows = session.execute(select(message)).all()
    assert [(row.reading, row.client_msg_id) for row in rows] == [(None, None)] * 2
    assert count(engine, account, one_time_code, tracker_event, event_outbox, binding) == [0] * 5
    assert await History(engine).parts(CUSTOMER) == ()
    assert await Profiles(engine).get(CUSTOMER) == Profile()
    assert await identity.standing(spoken) == Anonymous()
    assert not await log.is_open(spoken)


async def test_erasing_again_changes_nothing_and_says_so(erasure: Erasure, spoken: str, engine: Engine) -> None:
    erasure.customer(CUSTOMER, "operator")
    before = count(engine, message, binding, entries)
    assert erasure.customer(CUSTOMER, "operator") == Erased()
    assert erasure.conversation(spoken, "operator") == Erased()
    assert erasure.conversation("never was", "operator") == Erased()
    assert erasure.customer("C9999", "operator") == Erased()
    assert count(engine, message, binding, entries) == before


async def test_the_audit_trail_tells_of_it_without_texts(erasure: Erasure, spoken: str, engine: Engine) -> None:
    erasure.customer(CUSTOMER, "agent-7")
    with reading(engine) as session:
        entry = session.execute(select(entries)).one()
        assert [number for number, _ in audit.walk(session)] == [1]
    assert (entry.event, entry.actor, entry.subject) == ("erased", "agent-7", f"customer {CUSTOMER}")
    assert "张三" not in entry.detail and '"messages":2' in entry.detail


async def test_the_next_customer_of_a_conversation_keeps_their_part(
    erasure: Erasure, spoken: str, log: MessageLog, identity: Identity, carrier: Carrier, engine: Engine
) -> None:
    with writing(engine) as session:  # an answer that came too late, kept for audit
        session.execute(update(conversation).values(owner_epoch=conversation.c.owner_epoch + 1))
    await log.receive(spoken, "late", {"text": "我的账单呢"})
    inbound = await log.claim(spoken)
    assert inbound is not None
    with writing(engine) as session:
        session.execute(update(conversation).values(owner_epoch=conversation.c.owner_epoch + 1))
    assert not await log.reply(spoken, inbound, Answered([{"text": "张三的账单"}]))
    await verify(identity, carrier, spoken, OTHER_PHONE, OTHER_CUSTOMER)
    await says(log, spoken, "我是第二位")
    assert erasure.customer(CUSTOMER, "operator").in_use == 1
    await log.end(spoken)
    assert erasure.customer(CUSTOMER, "operator").messages == 4
    assert await texts(log, spoken) == ["", "", "", "我是第二位", "re: 我是第二位"]
    (part,) = await History(engine).parts(OTHER_CUSTOMER)
    assert (part.first_seq, part.last_seq) == (4, 5)
    assert erasure.customer(OTHER_CUSTOMER, "operator").messages == 2
    assert set(await texts(log, spoken)) == {""}


async def test_a_conversation_that_waits_for_a_person_is_left_until_they_are_done(
    erasure: Erasure, spoken: str, log: MessageLog, engine: Engine
) -> None:
    request_person(engine, spoken, "waiting")
    assert erasure.customer(CUSTOMER, "operator") == Erased(waiting=1)
    assert await log.is_open(spoken) and "张三" in (await texts(log, spoken))[0]
    with writing(engine) as session:
        session.execute(update(handoff).values(state="done"))
    assert erasure.customer(CUSTOMER, "operator").messages == 2
    with reading(engine) as session:
        assert session.execute(select(handoff.c.customer_id)).scalar_one() == CUSTOMER


async def test_a_conversation_with_a_person_in_it_is_left(
    erasure: Erasure, spoken: str, engine: Engine, vault: Vault, log: MessageLog
) -> None:
    with writing(engine) as session:
        ownership.change(session, Bodies(vault), spoken, "HUMAN", owner_id="agent-1")
    assert erasure.conversation(spoken, "operator") == Erased(in_use=1)
    assert await log.is_open(spoken)


async def test_a_complaint_stays_on_record_for_its_time_and_loses_what_only_an_open_talk_needs(
    erasure: Erasure, spoken: str, log: MessageLog, engine: Engine
) -> None:
    await says(log, spoken, "我要投诉你们", "file_complaint")
    erased = erasure.customer(CUSTOMER, "operator")
    assert (erased.messages, erased.complaints) == (0, 1)
    assert "我要投诉你们" in await texts(log, spoken)
    assert count(engine, account) == [0], "the address is only for an open talk"
    assert [part.conversation_id for part in await History(engine).parts(CUSTOMER)] == [spoken]
    long_ago = now() - timedelta(days=365 * kept()["complaints"]["years"] + 1)
    with writing(engine) as session:
        session.execute(update(conversation).values(ended_at=long_ago))
    assert erasure.customer(CUSTOMER, "operator").messages == 4


async def test_requests_for_a_person_are_kept_for_their_time(erasure: Erasure, spoken: str, engine: Engine) -> None:
    request_person(engine, spoken, "done")
    erasure.customer(CUSTOMER, "operator")
    assert count(engine, handoff) == [1]
    long_ago = now() - timedelta(days=365 * kept()["handoffs"]["years"] + 1)
    with writing(engine) as session:
        session.execute(update(handoff).values(created_at=long_ago))
    erasure.conversation(spoken, "operator")
    assert count(engine, handoff) == [0]


async def test_the_wish_not_to_be_disturbed_outlives_everything_else(erasure: Erasure, engine: Engine) -> None:
    profiles = Profiles(engine)
    await profiles.set_tone(CUSTOMER, "senior")
    await profiles.set_do_not_disturb(CUSTOMER, True)
    assert erasure.customer(CUSTOMER, "operator") == Erased(records=1)
    assert await profiles.get(CUSTOMER) == Profile("standard", do_not_disturb=True)


async def test_a_conversation_nobody_was_verified_in_is_erased_by_its_id(
    erasure: Erasure, log: MessageLog, engine: Engine
) -> None:
    talk, other = await log.open_conversation("web"), await log.open_conversation("web")
    for each in (talk, other):
        await says(log, each, "我的号码是 19900000008")
    assert erasure.conversation(talk, "operator") == Erased(messages=2)
    assert await texts(log, talk) == ["", ""]
    assert await texts(log, other) == ["我的号码是 19900000008", "re: 我的号码是 19900000008"]
    with reading(engine) as session:
        assert not records.is_open(session, talk) and records.is_open(session, other)


async def test_an_operator_erases_by_a_command_and_is_told_what_stays(
    erasure: Erasure,
    spoken: str,
    log: MessageLog,
    identity: Identity,
    carrier: Carrier,
    engine: Engine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    with writing(engine) as session:
        waiting = {"conversation_id": spoken, "account_id": "a", "rendered_seq": 2}
        session.execute(insert(wechat_delivery).values(**waiting))
        piece = {"conversation_id": spoken, "position": 1, "uid": "u", "kind": "text", "content": "x", "state": "sent"}
        session.execute(insert(wechat_out).values(**piece))
    complaint = await log.open_conversation("web")
    await says(log, complaint, "我要投诉你们", "file_complaint")
    await verify(identity, carrier, complaint)
    monkeypatch.setenv("DENGTA_DATABASE_URL", database_url)
    for arguments in (["--customer", CUSTOMER], ["--conversation", spoken]):
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["dengta", "erase", *arguments])
        assert main() is None
    first, kept_back, second = capsys.readouterr().out.splitlines()
    assert first == "Emptied 2 messages and deleted 8 other records."
    assert kept_back == "Conversations that stay on record as complaints (data/lexicon/retention.yml): 1"
    assert second == "Emptied 0 messages and deleted 0 other records."
    assert await texts(log, spoken) == ["", ""]
    assert count(engine, wechat_delivery, wechat_out) == [0, 0]


def test_everything_that_is_kept_has_a_reason_and_nobody_is_said_to_have_confirmed_it() -> None:
    assert set(kept()) == {"waiting", "complaints", "handoffs", "tickets", "ratings", "do_not_disturb", "audit"}
    assert all(rule["because"] and rule["confirmed"] is None for rule in kept().values())
