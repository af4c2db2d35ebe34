"""The conversation databases of tests/conversation serve the hand-over too."""
import pytest
from sqlalchemy.engine import Engine

from dengta.conversation.log import MessageLog
from dengta.privacy.vault import Vault
from tests.conversation.conftest import database_url, engine, log, vault  # noqa: F401
from tests.handoff.floor import Floor


@pytest.fixture
def floor(engine: Engine, vault: Vault, log: MessageLog) -> Floor:  # noqa: F811
    """Return the people's side of the test's own installation."""
    return Floor(engine, vault, log)
