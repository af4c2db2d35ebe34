"""No failure of the database is taken for an empty memory, and nothing is stored twice or over something else."""
import asyncio
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import text

from dengta.channels import tracker_store as module
from dengta.channels.agent import StrictAgent
from dengta.channels.lock_store import ConversationLocks
from dengta.channels.output import TurnOutput
from dengta.channels.server import load_agent
from dengta.channels.tracker_store import SealedTrackerStore, TrackerConflict
from dengta.conversation.tables import event_outbox
from dengta.database import DatabaseUnavailable, writing
from dengta.settings import read
from dengta.stores import Stores
from tests.channels.small_model import train
from tests.channels.trackers.conftest import PHONE, begun, go_on, rows, told


async def test_a_memory_that_cannot_be_read_is_no_empty_memory(store: SealedTrackerStore, clean: Stores) -> None:
    tracker = await begun(store, SlotSet("phone", PHONE))
    with missing(clean, "tracker_event"):
        for ask in (store.retrieve, store.get_or_create_tracker, store.exists):
            with pytest.raises(DatabaseUnavailable):
                await ask("talk")
    found = await store.retrieve("talk")

    assert found is not None
    assert told(found.events) == told(tracker.events)


async def test_what_cannot_be_saved_whole_is_not_saved_and_can_be_saved_later(
    publishing: SealedTrackerStore, clean: Stores
) -> None:
    tracker = await begun(publishing, UserUttered("一"))
    with missing(clean, "event_outbox"), pytest.raises(DatabaseUnavailable):
        await go_on(publishing, tracker, UserUttered("二"))
    assert [row.seq for row in rows(clean)] == [1, 2]
    await go_on(publishing, tracker, UserUttered("三"))

    assert [row.seq for row in rows(clean)] == [1, 2, 3, 4]
    assert len(rows(clean, event_outbox)) == 4


async def test_two_writers_cannot_overwrite_each_other(store: SealedTrackerStore, clean: Stores) -> None:
    await begun(store, UserUttered("一"))
    one, other = await store.retrieve("talk"), await store.retrieve("talk")
    await go_on(store, one, UserUttered("二"))
    with pytest.raises(TrackerConflict):
        await go_on(store, other, UserUttered("三"), UserUttered("四"))
    trackers = [await store.retrieve("talk") for _ in range(4)]
    outcomes = await asyncio.gather(
        *(go_on(store, tracker, UserUttered(f"{i}")) for i, tracker in enumerate(trackers)), return_exceptions=True
    )

    assert sorted(map(type, outcomes), key=str) == sorted([type(None), *[TrackerConflict] * 3], key=str)
    assert [row.seq for row in rows(clean)] == [1, 2, 3, 4]
    assert [e.text for e in (await store.retrieve("talk")).events if isinstance(e, UserUttered)][:2] == ["一", "二"]


async def test_a_save_whose_answer_was_lost_is_not_stored_twice(
    publishing: SealedTrackerStore, clean: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = await begun(publishing, UserUttered("一"))
    monkeypatch.setattr(module.database, "run", losing(module.database.run, answers=1))
    await go_on(publishing, tracker, UserUttered("二"), SlotSet("anything", 1))
    await go_on(publishing, tracker, UserUttered("三"))

    assert [row.seq for row in rows(clean)] == [1, 2, 3, 4, 5]
    assert len(rows(clean, event_outbox)) == 5


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("model"))


async def test_an_outage_in_a_dialogue_stops_the_turn_and_the_dialogue_goes_on(
    store: SealedTrackerStore, clean: Stores, model: Path
) -> None:
    endpoints = {
        "action_endpoint": {"url": "http://127.0.0.1:9/webhook"},
        "tracker_store": {"type": "dengta.channels.tracker_store.SealedTrackerStore"},
        "lock_store": {"type": "dengta.channels.lock_store.ConversationLocks"},
    }
    agent = await asyncio.to_thread(load_agent, replace(read({}), model=model), endpoints)
    assert await say(agent, "你好") == ["您好"]
    await agent.tracker_store.save(await with_slot(agent, "order_no", "JJ2"))
    before = [row.seq for row in rows(clean)]
    with missing(clean, "tracker_event"), pytest.raises(DatabaseUnavailable):
        await say(agent, "人工")
    assert [row.seq for row in rows(clean)] == before
    assert await say(agent, "人工") == ["已转人工"]

    tracker = await agent.tracker_store.retrieve("talk")
    assert tracker.get_slot("order_no") == "JJ2"
    assert [event.text for event in tracker.events if isinstance(event, UserUttered)] == ["你好", "人工"]


async def test_a_conversation_is_locked_first_come_first_served() -> None:
    locks, order, gate = ConversationLocks(), [], asyncio.Event()

    async def visit(number: int, talk: str = "talk") -> None:
        async with locks.lock(talk):
            order.append(number)
            if number == 0:
                await gate.wait()
                raise ValueError

    visitors = [asyncio.create_task(visit(number)) for number in range(5)]
    await asyncio.sleep(0)
    await visit(99, "another")
    assert order == [0, 99]
    gate.set()
    await asyncio.gather(*visitors, return_exceptions=True)

    assert order == [0, 99, 1, 2, 3, 4]


@contextmanager
def missing(stores: Stores, table: str) -> Iterator[None]:
    """Let a table be away for a while."""
    with writing(stores.engine) as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    yield
    with writing(stores.engine) as session:
        session.execute(text(f"ALTER TABLE away RENAME TO {table}"))


async def say(agent: StrictAgent, words: str) -> list[str]:
    """Say something in the conversation `talk` and return the texts of the answer."""
    output = TurnOutput("web")
    await agent.handle_message(UserMessage(words, output, "talk", input_channel="web"))
    return [body["text"] for body in output.bodies]


async def with_slot(agent: StrictAgent, name: str, value: str) -> DialogueStateTracker:
    tracker: DialogueStateTracker = await agent.tracker_store.retrieve("talk")
    tracker.update(SlotSet(name, value))
    return tracker


def losing(run: Callable[..., Any], answers: int) -> Callable[..., Any]:
    """Return a `database.run` that does its work, but loses the first answers."""
    left = [answers]

    async def lost(call: Callable[[], Any]) -> Any:
        result = await run(call)
        if left[0]:
            left[0] -= 1
            raise DatabaseUnavailable("timeout")
        return result

    return lost
