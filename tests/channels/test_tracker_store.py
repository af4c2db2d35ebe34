"""Rasa's memory: read back as it was, sealed, and stopped rather than lost when something fails."""
import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator, Optional

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    FollowupAction,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from dengta.channels import tracker_store
from dengta.channels.lock_store import ConversationLocks
from dengta.channels.tracker_store import SealedTrackerStore, TrackerConflict
from dengta.conversation.sealed import outbox_place
from dengta.conversation.tables import event_outbox, tracker_event
from dengta.database import DatabaseUnavailable, connect, migrate, reading, writing
from dengta.stores import Stores
from tests.backends.books import empty_database
from tests.vaults import new_vault

TALK = "f" * 32
PHONE = "19900000012"
DOMAIN = Domain.from_dict({"slots": {"phone": {"type": "text", "mappings": [{"type": "custom"}]}}})


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with empty_database(request.param, tmp_path) as url:
        migrate(url, "dengta.conversation")
        engine = connect(url, 5.0)
        yield engine
        engine.dispose()


@pytest.fixture
def opened(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    opened = Stores(engine, new_vault(engine, tmp_path))
    monkeypatch.setattr(tracker_store, "stores", lambda: opened)
    return opened


def store(monkeypatch: pytest.MonkeyPatch, amqp_url: Optional[str] = None) -> SealedTrackerStore:
    monkeypatch.setattr(tracker_store, "settings", lambda: SimpleNamespace(amqp_url=amqp_url))
    return SealedTrackerStore(domain=DOMAIN)


@pytest.fixture
def trackers(opened: Stores, monkeypatch: pytest.MonkeyPatch) -> SealedTrackerStore:
    return store(monkeypatch)


def heard(words: str = "这个月还多少", **parsed: Any) -> UserUttered:
    intent = {"name": "query_bill", "confidence": 0.9}
    return UserUttered(words, intent, parse_data={"text": words, "intent": intent, "entities": [], **parsed})


def turn(words: str = "这个月还多少") -> list[Event]:
    return [heard(words), ActionExecuted("action_bill"), BotUttered("应还 100.00 元"), ActionExecuted("action_listen")]


async def told(trackers: SealedTrackerStore, *events: Event) -> DialogueStateTracker:
    """Go on with the conversation as one turn does."""
    tracker = await trackers.get_or_create_tracker(TALK)
    for event in events:
        tracker.update(event)
    await trackers.save(tracker)
    return tracker


async def remembered(trackers: SealedTrackerStore) -> list[Event]:
    tracker = await trackers.retrieve(TALK)
    assert tracker is not None
    return list(tracker.events)


async def test_what_is_saved_is_read_back_equal(trackers: SealedTrackerStore) -> None:
    events = [
        SessionStarted(),
        ActionExecuted("action_listen"),
        heard(),
        DefinePrevUserUtteredFeaturization(False),
        EntitiesAdded([{"entity": "amount", "value": "100.00", "start": 0, "end": 3}]),
        ActiveLoop("form"),
        SlotSet("phone", PHONE),
        FollowupAction("action_bill"),
        ActionExecuted("action_bill", policy="rules", confidence=1.0),
        BotUttered("应还 100.00 元", {"buttons": [{"title": "明细", "payload": "/query_bill"}]}),
        AllSlotsReset(),
        SlotSet("phone", PHONE),
    ]
    saved = await told(trackers, *events)
    read = await trackers.retrieve(TALK)

    assert list(read.events) == list(saved.events)[1:]  # begins with the session, not with what was before it
    assert [event.timestamp for event in read.events] == [event.timestamp for event in list(saved.events)[1:]]
    assert read.get_slot("phone") == PHONE
    assert read.active_loop_name == "form"


async def test_turns_are_added_to_each_other(trackers: SealedTrackerStore) -> None:
    for _ in range(3):
        await told(trackers, *turn())

    assert sum(isinstance(event, UserUttered) for event in await remembered(trackers)) == 3


async def test_only_the_present_session_is_kept(trackers: SealedTrackerStore, engine: Engine) -> None:
    await told(trackers, *turn("昨天的话"))
    await told(trackers, ActionExecuted("action_session_start"), SessionStarted(), *turn("今天的话"))

    texts = [event.text for event in await remembered(trackers) if isinstance(event, UserUttered)]
    assert texts == ["今天的话"]
    with reading(engine) as session:
        first = session.execute(select(tracker_event.c.type_name).order_by(tracker_event.c.seq)).scalars().first()
    assert first == "session_started"


async def test_the_database_shows_nothing_and_what_the_customer_typed_is_masked(
    trackers: SealedTrackerStore, engine: Engine
) -> None:
    said = f"我叫王小明，手机号{PHONE}"
    phone = {"entity": "phone", "value": PHONE, "start": 9, "end": 20}
    await told(trackers, heard(said, entities=[phone]), SlotSet("phone", PHONE))

    with reading(engine) as session:
        rows = " ".join(str(tuple(row)) for row in session.execute(select(tracker_event)).all())
    assert PHONE not in rows and "王小明" not in rows and "query_bill" not in rows
    tracker = await trackers.retrieve(TALK)
    assert PHONE not in json.dumps(tracker.latest_message.as_dict(), ensure_ascii=False)
    assert "王小明" not in tracker.latest_message.text
    assert tracker.get_slot("phone") == PHONE


async def test_a_failed_read_starts_no_new_conversation(
    trackers: SealedTrackerStore, engine: Engine
) -> None:
    await told(trackers, *turn())
    with writing(engine) as session:
        session.execute(text("ALTER TABLE tracker_event RENAME TO away"))

    with pytest.raises(DatabaseUnavailable):
        await trackers.get_or_create_tracker(TALK)
    with writing(engine) as session:
        session.execute(text("ALTER TABLE away RENAME TO tracker_event"))
    await told(trackers, *turn())
    assert sum(isinstance(event, UserUttered) for event in await remembered(trackers)) == 2


async def test_a_failed_write_is_told_and_can_be_repeated(
    trackers: SealedTrackerStore, engine: Engine
) -> None:
    await told(trackers, *turn())
    tracker = await trackers.retrieve(TALK)
    for event in turn("后来"):
        tracker.update(event)
    with writing(engine) as session:
        session.execute(text("ALTER TABLE tracker_event RENAME TO away"))
    with pytest.raises(DatabaseUnavailable):
        await trackers.save(tracker)
    with writing(engine) as session:
        session.execute(text("ALTER TABLE away RENAME TO tracker_event"))
    await trackers.save(tracker)

    texts = [event.text for event in await remembered(trackers) if isinstance(event, UserUttered)]
    assert texts == ["这个月还多少", "后来"]


async def test_a_write_whose_answer_was_lost_is_stored_once(
    trackers: SealedTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, lost = tracker_store.database.run, iter([True, False])

    async def losing(call: Any, timeout: float) -> Any:
        result = await run(call, timeout)
        if next(lost, False):
            raise DatabaseUnavailable("timeout")
        return result

    tracker = await trackers.get_or_create_tracker(TALK)
    for event in turn():
        tracker.update(event)
    monkeypatch.setattr(tracker_store.database, "run", losing)
    await trackers.save(tracker)

    assert next(lost, None) is None
    assert sum(isinstance(event, UserUttered) for event in await remembered(trackers)) == 1


async def test_of_two_writers_one_is_refused(trackers: SealedTrackerStore) -> None:
    await told(trackers, *turn())
    one, other = await trackers.retrieve(TALK), await trackers.retrieve(TALK)
    for event in turn("先"):
        one.update(event)
    for event in turn("后"):
        other.update(event)
    await trackers.save(one)
    with pytest.raises(TrackerConflict):
        await trackers.save(other)

    texts = [event.text for event in await remembered(trackers) if isinstance(event, UserUttered)]
    assert texts == ["这个月还多少", "先"]


async def test_events_wait_for_a_broker_only_if_there_is_one_and_masked(
    opened: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(store(monkeypatch), heard(f"手机号{PHONE}"))
    with reading(opened.engine) as session:
        assert session.execute(select(event_outbox)).all() == []
    await told(store(monkeypatch, "amqp://broker/"), heard(f"手机号{PHONE}"), SlotSet("phone", PHONE))

    with reading(opened.engine) as session:
        rows = session.execute(select(event_outbox).order_by(event_outbox.c.id)).all()
    events = [json.loads(opened.vault.open(outbox_place(row.sender_id), row.data)) for row in rows]
    assert [event["event"] for event in events] == ["user", "slot"]
    assert all(event["sender_id"] == TALK for event in events)
    assert PHONE not in json.dumps(events)


async def test_a_conversation_is_locked_in_the_order_people_came() -> None:
    locks, order = ConversationLocks(), []

    async def speak(number: int) -> None:
        async with locks.lock(TALK):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(speak(number) for number in range(20)))
    async with locks.lock("another"), locks.lock(TALK):
        pass
    assert order == list(range(20))
