"""Tracker stores on both databases, as the process of the assistant has one."""
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from dengta.channels import tracker_store as module
from dengta.channels.tracker_store import SealedTrackerStore
from dengta.conversation.tables import event_outbox, tracker_event
from dengta.database import connect, reading, writing
from dengta.settings import read
from dengta.stores import Stores
from tests.databases import conversations
from tests.vaults import new_vault

PHONE = "19900000008"
DOMAIN = Domain.from_dict(
    {
        "intents": ["query_bill"],
        "slots": {
            "phone": {"type": "any", "mappings": [{"type": "custom"}]},
            "anything": {"type": "any", "mappings": [{"type": "custom"}]},
        },
    }
)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Stores]:
    with conversations(kind, folder) as url:
        engine = connect(url, 5.0)
        yield Stores(engine, new_vault(engine, folder))
        engine.dispose()


@contextmanager
def store_on(stores: Stores, **settings: Any) -> Iterator[SealedTrackerStore]:
    """Yield a tracker store as the process of the assistant has one."""
    with pytest.MonkeyPatch.context() as process:
        process.setattr(module, "stores", lambda: stores)
        process.setattr(module, "settings", lambda: replace(read({}), **settings))
        yield SealedTrackerStore(domain=DOMAIN)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    with opened(request.param, tmp_path_factory.mktemp("stores")) as stores:
        yield stores


@pytest.fixture
def clean(stores: Stores) -> Stores:
    with writing(stores.engine) as session:
        session.execute(tracker_event.delete())
        session.execute(event_outbox.delete())
    return stores


@pytest.fixture
def store(clean: Stores) -> Iterator[SealedTrackerStore]:
    with store_on(clean) as store:
        yield store


@pytest.fixture
def publishing(clean: Stores) -> Iterator[SealedTrackerStore]:
    with store_on(clean, amqp_url="amqp://broker.example/") as store:
        yield store


def told(events: Any) -> list[dict[str, Any]]:
    """Return events as data, which compare by everything they hold."""
    return [event.as_dict() for event in events]


async def begun(store: SealedTrackerStore, *events: Event) -> DialogueStateTracker:
    """Begin a conversation `talk` with these events, saved."""
    tracker = DialogueStateTracker("talk", DOMAIN.slots)
    await go_on(store, tracker, SessionStarted(), *events)
    return tracker


async def go_on(store: SealedTrackerStore, tracker: DialogueStateTracker, *events: Event) -> None:
    for event in events:
        tracker.update(event)
    await store.save(tracker)


def rows(stores: Stores, table: Any = tracker_event) -> list[Any]:
    with reading(stores.engine) as session:
        found: list[Any] = session.execute(select(table).order_by(table.c.id)).all()
        return found
