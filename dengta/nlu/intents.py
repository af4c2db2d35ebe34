"""Graph component: which of the ids of the taxonomy a message means."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dengta.nlu import checks, examples, fingerprint, linear
from dengta.nlu.normalizer import NORMALIZED, TextNormalizer
from dengta.nlu.readings import READINGS, Reading, base, read

_RANKING_LENGTH = 10


def ranking(readings: List[Reading]) -> List[Dict[str, Any]]:
    """Return Rasa's `intent_ranking` for readings sorted best first: each intent once, with its best confidence."""
    best: Dict[str, float] = {}
    for reading in readings:
        best.setdefault(base(reading["id"]), reading["confidence"])
    return [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: share} for name, share in best.items()][:_RANKING_LENGTH]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ReadingClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking` and `readings`, the confidences of all ids (faq/* apart), best first."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must stand before this one."""
        return [TextNormalizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default configuration: where ids are declared and where examples can be pointed at."""
        return {"domain": "domain.yml", "examples": "data/nlu"}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return a value that changes with the declared ids."""
        return fingerprint.of(Path({**cls.get_default_config(), **config}["domain"]))

    def __init__(
        self,
        config: Dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: Optional[linear.LinearModel] = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReadingClassifier:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ReadingClassifier:
        """Load the trained component; a model archive without its arrays raises and is not served."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, linear.LinearModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Check the examples and train on them.

        Raises:
            checks.TrainingDataError: the examples contradict each other or the domain.
        """
        messages = [message for message in training_data.training_examples if _is_labelled_text(message)]
        self._check(messages, training_data)
        self._model = linear.train([message.get(NORMALIZED).text for message in messages], [_id(m) for m in messages])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read messages."""
        assert self._model is not None, "used before training"
        for message in messages:
            readings = read(self._model, message.get(NORMALIZED).text)
            ranked = ranking(readings)
            message.set(READINGS, readings)
            message.set(INTENT, dict(ranked[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranked, add_to_output=True)
        return messages

    def _check(self, messages: List[Message], training_data: TrainingData) -> None:
        declared = checks.declared_ids(Path(self._config["domain"]), training_data.responses)
        places = {(e.text, e.intent): e.place for e in examples.read(Path(self._config["examples"]))}
        pairs = []
        for message in messages:
            text, intent = message.get(TEXT), _id(message)
            place = places.get((text, intent), "training data")
            pairs.append((examples.Example(text, intent, place), message.get(NORMALIZED).text))
        checks.check(pairs, declared)


def _is_labelled_text(message: Message) -> bool:
    """Tell examples, also empty ones, from the intents that stories bring along without a text."""
    return bool(message.get(INTENT)) and message.get(TEXT) is not None


def _id(message: Message) -> str:
    return str(message.get_full_intent())
