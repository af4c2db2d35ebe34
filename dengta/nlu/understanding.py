"""Graph component: decides whether to answer, to ask back, or to say that this is not ours."""
from __future__ import annotations

from typing import Any, Dict, List, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
)
from rasa.shared.nlu.training_data.message import Message

from dengta.nlu.intents import ReadingClassifier
from dengta.nlu.normalizer import NORMALIZED
from dengta.nlu.readings import CLARIFY, KINDS, READINGS, decide
from dengta.nlu.requests import REQUESTS

UNDERSTANDING = "understanding"
"""Name of the message property with the decision, the readings and, if there are two requests, their ids."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Understanding(GraphComponent):
    """Sets `understanding`; when it is to ask back, the intent becomes `nlu_fallback`, as with Rasa's own fallback."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must stand before this one."""
        return [ReadingClassifier]

    def __init__(self, thresholds: Dict[str, float]) -> None:
        self._thresholds = thresholds

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Understanding:
        """Create the component.

        Raises:
            InvalidConfigException: a threshold is missing or not a number from 0 to 1.
        """
        for name in KINDS:
            value = config.get(name)
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise InvalidConfigException(f"config.yml: {cls.__name__} needs {name}, a number from 0 to 1")
        return cls({name: float(config[name]) for name in KINDS})

    def process(self, messages: List[Message]) -> List[Message]:
        """Decide on messages."""
        for message in messages:
            readings = message.get(READINGS)
            requests = message.get(REQUESTS)
            clear = _is_readable(message) and not requests
            decision = decide(readings, self._thresholds) if clear else CLARIFY
            result = {"decision": decision, "readings": readings, "requests": requests}
            message.set(UNDERSTANDING, result, add_to_output=True)
            if decision == CLARIFY:
                _fall_back(message, 1 - readings[0]["confidence"])
        return messages


def _is_readable(message: Message) -> bool:
    """Tell whether there are words to read, and no day that does not exist (2月30日): both need asking back."""
    words = any(character.isalnum() for character in message.get(NORMALIZED).text)
    return words and not any(entity.get("impossible") for entity in message.get(ENTITIES) or ())


def _fall_back(message: Message, confidence: float) -> None:
    fallback = {INTENT_NAME_KEY: DEFAULT_NLU_FALLBACK_INTENT_NAME, PREDICTED_CONFIDENCE_KEY: round(confidence, 6)}
    message.set(INTENT, fallback, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [fallback, *message.get(INTENT_RANKING_KEY)], add_to_output=True)
