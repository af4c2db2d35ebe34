"""Graph component: gives every message its plain form, for the components after it."""
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dengta.nlu import fingerprint
from dengta.nlu.importer import told
from dengta.nlu.normalize import Normalizer

NORMALIZED = "normalized"
"""Name of the message property with the `Normalized` text."""

NORMALIZED_EXAMPLES = "normalized_examples"
"""Name of the message property with the normalised texts of the examples it stands for (see `importer.told`)."""

_FILE = "normalize.yml"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextNormalizer(GraphComponent):
    """Sets `normalized`; the text of the message stays as the customer typed it."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default configuration: the path of the word list."""
        return {"lexicon": "data/lexicon/normalize.yml"}

    @staticmethod
    def supported_languages() -> Optional[List[str]]:
        """Return the only language this is for."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return a value that changes with the word list."""
        return fingerprint.of(Path({**cls.get_default_config(), **config}["lexicon"]))

    def __init__(self, normalizer: Normalizer, lexicon: Path, storage: ModelStorage, resource: Resource) -> None:
        self._normalizer = normalizer
        self._lexicon = lexicon
        self._storage = storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextNormalizer:
        """Create the component from the word list of the project.

        Raises:
            dengta.nlu.lexicon.LexiconError: a line of the list cannot be used.
        """
        lexicon = Path(config["lexicon"])
        return cls(Normalizer.load(lexicon), lexicon, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextNormalizer:
        """Load the component with the word list inside the model."""
        with model_storage.read_from(resource) as folder:
            return cls(Normalizer.load(folder / _FILE), folder / _FILE, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Copy the word list into the model; there is nothing to learn."""
        with self._storage.write_to(self._resource) as folder:
            shutil.copyfile(self._lexicon, folder / _FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the training examples."""
        self.process(training_data.training_examples)
        for message in training_data.training_examples:
            texts = [self._normalizer.normalize(text).text for text, _ in told(message)]
            message.set(NORMALIZED_EXAMPLES, texts)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Normalise messages."""
        for message in messages:
            text = message.get(TEXT)
            if text is not None:
                message.set(NORMALIZED, self._normalizer.normalize(text))
        return messages
