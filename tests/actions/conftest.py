"""Actions on a real seeded book and a real conversation database, at 10:00 on a fixed day."""
import importlib
import pkgutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Awaitable, Callable, Iterator

import pytest

import actions
import dengta.runtime
from dengta.backends import Backends
from dengta.backends.outcomes import Outcome
from dengta.backends.sql import build
from dengta.conversation.log import MessageLog
from dengta.database import connect
from dengta.privacy.master import create_master, master
from dengta.runtime import runtime
from dengta.settings import settings
from dengta.stores import stores
from tests.actions.stage import Instead
from tests.backends.books import customer as customer_of
from tests.backends.books import found, pristine_book
from tests.databases import conversations, copy_of

NOW = "2026-11-22T10:00:00"

for module in pkgutil.walk_packages(actions.__path__, "actions."):
    importlib.import_module(module.name)  # as the action server does


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The seeded book; only ever copied."""
    with pristine_book("sqlite", tmp_path_factory.mktemp("book")) as url:
        yield url


@pytest.fixture(autouse=True)
def process(pristine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings and runtime of an action server of the test's own."""
    create_master(tmp_path / "master.key")
    with copy_of(pristine, tmp_path) as book_url, conversations("sqlite", tmp_path) as url:
        settings_of_the_test = {
            "DENGTA_DEMO": "true",
            "DENGTA_DEMO_NOW": NOW,
            "DENGTA_BOOK_URL": book_url,
            "DENGTA_DATABASE_URL": url,
            "DENGTA_MASTER_KEY_FILE": str(tmp_path / "master.key"),
            "DENGTA_SECRET": "a secret for tests, long enough to be one",
            "DENGTA_SERVICE_HOURS": "09:00-21:00",
            "DENGTA_CALLBACK_HOURS": "2",
            "DENGTA_SMS_URL": "",
        }
        for name, value in settings_of_the_test.items():
            monkeypatch.setenv(name, value)
        _forget()
        yield
    _forget()


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock to another moment."""

    def set_to(moment: str) -> None:
        monkeypatch.setenv("DENGTA_DEMO_NOW", moment)
        settings.cache_clear()

    return set_to


@pytest.fixture
def log() -> MessageLog:
    """The conversation log of the test."""
    return MessageLog(stores().engine, stores().vault)


@pytest.fixture
async def talk(log: MessageLog) -> str:
    """A conversation in which nobody is verified."""
    return await log.open_conversation("web")


async def last_code(log: MessageLog, conversation: str) -> str:
    """Return the last one-time code the demo showed."""
    cards = [message.custom for message in await log.since(conversation, 0) if message.author == "demo"]
    return str(cards[-1]["code"])


@dataclass(frozen=True)
class Persona:
    """A verified customer of the book."""

    talk: str
    customer_id: str
    phone: str


Verified = Callable[[str], Awaitable[Persona]]


@pytest.fixture
def verified(log: MessageLog) -> Verified:
    """Open a conversation bound to a persona of the book."""

    async def bind(key: str) -> Persona:
        customer_id = await customer_of(runtime().backends, key)
        phone = found(await runtime().backends.customer.get(customer_id)).phone
        conversation = await log.open_conversation("web")
        await runtime().identity.send_code(conversation, phone, customer_id)
        await runtime().identity.check_code(conversation, await last_code(log, conversation))
        return Persona(conversation, customer_id, phone)

    return bind


BackendSays = Callable[..., None]


@pytest.fixture
def backend_says(monkeypatch: pytest.MonkeyPatch) -> BackendSays:
    """Make methods of one area answer with prepared outcomes: `backend_says("loan", notes=Unavailable("timeout"))`."""
    prepared: dict[str, dict[str, Outcome[Any]]] = {}

    def disturbed(url: str, timeout: float) -> Backends:
        backends = build(url, timeout)
        areas = {area: Instead(getattr(backends, area), outcomes) for area, outcomes in prepared.items()}
        return replace(backends, **areas)

    def prepare(area: str, **outcomes: Outcome[Any]) -> None:
        prepared.setdefault(area, {}).update(outcomes)
        monkeypatch.setattr(dengta.runtime, "build", disturbed)
        runtime.cache_clear()

    return prepare


@pytest.fixture
def lose_conversations(tmp_path: Path) -> Callable[[], None]:
    """Make the conversation database fail from now on."""

    def lose() -> None:
        engine = connect(settings().database_url, 5.0)
        with engine.execution_options(dengta_writes=True).begin() as connection:
            for table in ("handoff", "lockout", "one_time_code", "binding"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
        engine.dispose()

    return lose


def _forget() -> None:
    for opened in (settings, master, stores, runtime):
        opened.cache_clear()
