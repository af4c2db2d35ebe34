"""The two systems the copilot asks, played in the test's own process."""
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from rasa_sdk.executor import ActionExecutor

from dengta.handoff.copilot.answers import Answer, AnswersUnavailableError, action_call, read_answer
from dengta.handoff.copilot.understanding import Reading, UnderstandingUnavailableError, Understood


@lru_cache(maxsize=1)
def executor() -> ActionExecutor:
    """Return the action server's own executor with all actions."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


class Actions:
    """Runs the real actions in this process, or is out of order."""

    broken = False

    async def run(
        self, action: str, conversation_id: str, message: Mapping[str, Any], slots: Mapping[str, Any]
    ) -> Answer:
        if self.broken:
            raise AnswersUnavailableError("ClientConnectorError")
        result = await executor().run(action_call(action, conversation_id, message, slots))
        assert result is not None
        return read_answer(result)


class Model:
    """Understands every text as it is told to, or is out of order."""

    broken = False

    def __init__(self) -> None:
        self.readings: Sequence[Reading] = ()
        self.decision = "answer"
        self.entities: Sequence[Mapping[str, Any]] = ()

    def means(self, *readings: str, decision: str = "answer", **entities: Any) -> None:
        """Understand what follows as this."""
        self.broken = False
        self.readings = [Reading(each, 0.9 / position) for position, each in enumerate(readings, start=1)]
        self.decision = decision
        self.entities = [{"entity": kind, "value": value, "start": 0, "end": 0} for kind, value in entities.items()]

    async def understand(self, text: str) -> Understood:
        if self.broken:
            raise UnderstandingUnavailableError("TimeoutError")
        intent = {"name": self.readings[0].id.split("/")[0], "confidence": self.readings[0].confidence}
        message = {"text": text, "intent": intent, "entities": self.entities}
        return Understood(self.decision, self.readings, message)
