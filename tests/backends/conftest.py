"""A frozen clock, and the demo book on SQLite and on PostgreSQL."""
from pathlib import Path
from typing import Callable, Iterator

import pytest

from dengta.backends import Backends
from dengta.settings import settings
from tests.backends.books import opened, pristine_book
from tests.backends.whole import DATES, Whole, whole_book
from tests.databases import copy_of


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the clock to 10:00 on the business date; call the fixture with another moment to move it."""

    def set_to(moment: str) -> None:
        monkeypatch.setenv("DENGTA_DEMO_NOW", moment)
        settings.cache_clear()

    set_to("2026-11-22T10:00:00")
    yield set_to
    settings.cache_clear()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def pristine_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The seeded book; only ever copied."""
    with pristine_book(request.param, tmp_path_factory.mktemp("book")) as url:
        yield url


@pytest.fixture(scope="session")
def read_url(pristine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A book for tests that change nothing."""
    with copy_of(pristine_url, tmp_path_factory.mktemp("read")) as url:
        yield url


@pytest.fixture
def book_url(pristine_url: str, tmp_path: Path) -> Iterator[str]:
    """A book of the test's own."""
    folder = tmp_path / "book"
    folder.mkdir()
    with copy_of(pristine_url, folder) as url:
        yield url


@pytest.fixture
def backends(read_url: str) -> Iterator[Backends]:
    """The adapters on the book that nobody changes."""
    with opened(read_url) as adapters:
        yield adapters


@pytest.fixture
def changeable(book_url: str) -> Iterator[Backends]:
    """The adapters on a book of the test's own."""
    with opened(book_url) as adapters:
        yield adapters


@pytest.fixture(scope="session", params=DATES, ids=str)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The whole book on ordinary and on awkward dates."""
    with whole_book(tmp_path_factory.mktemp("whole"), request.param) as book:
        yield book
