"""The project's word lists, read once, and the extractor on them."""
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dengta.nlu.entities import find
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon"
TODAY = date(2026, 11, 22)  # a Sunday


@pytest.fixture(scope="session")
def normalizer() -> Normalizer:
    return Normalizer.load(LEXICON / "normalize.yml")


@pytest.fixture(scope="session")
def names() -> Names:
    return Names.load(LEXICON / "entities.yml")


@pytest.fixture
def entities(normalizer: Normalizer, names: Names) -> Callable[[str], list[tuple[str, str, object]]]:
    """Return a function that gives (entity, characters as typed, value) for each entity of a text."""

    def of(text: str) -> list[tuple[str, str, object]]:
        found = find(normalizer.normalize(text), names, TODAY)
        return [(entity["entity"], text[entity["start"]:entity["end"]], entity["value"]) for entity in found]

    return of
