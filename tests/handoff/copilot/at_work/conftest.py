"""The copilot at work: the real actions on a real book, and a model that understands what a test says it does."""
from typing import Any, Optional

import pytest

from dengta import clock
from dengta.conversation.log import MessageLog
from dengta.handoff.copilot.copilot import Copilot
from dengta.handoff.copilot.suggestions import Suggestion
from dengta.runtime import runtime
from dengta.stores import stores
from tests.actions.conftest import (  # noqa: F401
    backend_says,
    log,
    pristine,
    process,
    talk,
    verified,
)
from tests.handoff.copilot.systems import Actions, Model


class Desk:
    """An agent's place: customers write, and the copilot helps."""

    def __init__(self, log: MessageLog) -> None:  # noqa: F811
        self.model, self.actions = Model(), Actions()
        self._log = log
        self._count = 0

    @property
    def copilot(self) -> Copilot:
        """The copilot on the systems as they are now."""
        return Copilot(
            stores().engine,
            stores().vault,
            runtime().backends,
            runtime().identity.standing,
            self.model,
            self.actions,
            clock.now,
        )

    async def hears(self, conversation: str, text: str, reading: Optional[str] = None, **entities: Any) -> Suggestion:
        """Let the customer write, understood as `reading`, and return what the copilot suggests."""
        if reading is not None:
            self.model.means(reading, **entities)
        self._count += 1
        received = await self._log.receive(conversation, f"d{self._count}", {"text": text})
        return await self.copilot.suggest(conversation, received.seq)


@pytest.fixture
def desk(log: MessageLog) -> Desk:  # noqa: F811
    return Desk(log)
