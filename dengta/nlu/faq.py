"""Graph component: which answer of the knowledge base fits, in the form Rasa's retrieval actions read."""
from __future__ import annotations

from typing import Any, Dict, List, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import RESPONSE_SELECTOR
from rasa.shared.nlu.training_data.message import Message

from dengta.nlu.intents import ReadingClassifier
from dengta.nlu.readings import READINGS, base
from dengta.nlu.retrieval import FAQ, faq_selection

_RANKING_LENGTH = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class FaqSelector(GraphComponent):
    """Sets `response_selector` from the readings: the best `faq/*` id, also when another intent is better."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must stand before this one."""
        return [ReadingClassifier]

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqSelector:
        """Create the component; it has no configuration."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Select answers; the confidences are those of the readings, so they are comparable with other intents."""
        for message in messages:
            ranked = [(r["id"], r["confidence"]) for r in message.get(READINGS) if base(r["id"]) == FAQ]
            if ranked:
                (best, confidence), *others = ranked[:_RANKING_LENGTH]
                message.set(RESPONSE_SELECTOR, faq_selection(best, confidence, others), add_to_output=True)
        return messages
