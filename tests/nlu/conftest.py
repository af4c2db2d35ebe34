"""The project's word lists, read once."""
from pathlib import Path

import pytest

from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon"


@pytest.fixture(scope="session")
def normalizer() -> Normalizer:
    return Normalizer.load(LEXICON / "normalize.yml")


@pytest.fixture(scope="session")
def names() -> Names:
    return Names.load(LEXICON / "entities.yml")
