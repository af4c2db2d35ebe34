"""Graph component: which of the ids of the taxonomy a message means."""
from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dengta.nlu import checks, fingerprint, linear
from dengta.nlu.concepts import Concepts
from dengta.nlu.examples import Example
from dengta.nlu.importer import told
from dengta.nlu.normalizer import NORMALIZED, NORMALIZED_EXAMPLES, TextNormalizer
from dengta.nlu.readings import READINGS, Reading, base, read
from dengta.nlu.requests import REQUESTS, Requests

_RANKING_LENGTH = 10
_REQUESTS_FILE = "requests.yml"


def ranking(readings: List[Reading]) -> List[Dict[str, Any]]:
    """Return Rasa's `intent_ranking` for readings sorted best first: each intent once, with its best confidence."""
    best: Dict[str, float] = {}
    for reading in readings:
        best.setdefault(base(reading["id"]), reading["confidence"])
    return [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: share} for name, share in best.items()][:_RANKING_LENGTH]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ReadingClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking`, `readings` and `requests`.

    Readings are the confidences of all ids (faq/* apart), best first; requests the two ids of a message with two.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must stand before this one."""
        return [TextNormalizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default configuration: where ids are declared and words stand."""
        return {
            "domain": "domain.yml",
            "concepts": "data/lexicon/concepts.yml",
            "requests": "data/lexicon/requests.yml",
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return a value that changes with the declared ids and the word lists."""
        complete = {**cls.get_default_config(), **config}
        return fingerprint.of(*(Path(complete[name]) for name in ("domain", "concepts", "requests")))

    def __init__(
        self,
        config: Dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        requests: Requests,
        model: Optional[linear.LinearModel] = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._requests = requests
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReadingClassifier:
        """Create an untrained component.

        Raises:
            dengta.nlu.lexicon.LexiconError: a line of the list of requests cannot be used.
        """
        return cls(config, model_storage, resource, Requests.load(Path(config["requests"])))

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
            requests = Requests.load(folder / _REQUESTS_FILE)
            return cls(config, model_storage, resource, requests, linear.LinearModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Check the examples and train on them.

        Raises:
            checks.TrainingDataError: the examples contradict each other or the domain.
            dengta.nlu.lexicon.LexiconError: a line of the list of concepts cannot be used.
        """
        found = [pair for message in training_data.training_examples for pair in _examples(message)]
        checks.check(found, checks.declared_ids(Path(self._config["domain"]), training_data.responses))
        texts, labels = [text for _, text in found], [example.intent for example, _ in found]
        self._model = linear.train(texts, labels, Concepts.load(Path(self._config["concepts"])))
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            shutil.copyfile(self._config["requests"], folder / _REQUESTS_FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read messages."""
        assert self._model is not None, "used before training"
        read_part = partial(read, self._model)
        for message in messages:
            normalized = message.get(NORMALIZED)
            readings = read_part(normalized.text)
            ranked = ranking(readings)
            message.set(READINGS, readings)
            message.set(REQUESTS, self._requests.find(message.get(TEXT), normalized, readings, read_part))
            message.set(INTENT, dict(ranked[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranked, add_to_output=True)
        return messages


def _examples(message: Message) -> Iterator[Tuple[Example, str]]:
    """Yield (example, normalised text); stories bring messages with an intent and no example."""
    for (text, place), normalized in zip(told(message), message.get(NORMALIZED_EXAMPLES)):
        yield Example(text, message.get_full_intent(), place), normalized
