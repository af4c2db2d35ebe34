"""One running assistant for all scenarios."""

from collections.abc import Iterator

import pytest

from tests.scenarios.stack import Stack, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start bot and action server on seeded databases of their own."""
    with running(tmp_path_factory.mktemp("dengta")) as stack:
        yield stack
