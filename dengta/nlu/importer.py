"""Hands the examples to Rasa a file at a time: it copies and hashes every single message a dozen times over."""
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import List, Optional, Text, Tuple

from rasa.shared.importers import utils
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dengta.nlu import examples
from dengta.nlu.examples import Example

EXAMPLES = "examples"
"""Name of the message property with the (text, place) of every example that the message stands for."""

_PLACE_UNKNOWN = "training data"


class ExampleImporter(RasaFileImporter):
    """Reads a project's files as Rasa does, but for its examples: see `EXAMPLES`. Named in config.yml."""

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """Return all training data; the examples of an intent come in two messages, as Rasa mistrusts a single one."""
        read = {path: list(examples.of_file(Path(path))) for path in self._nlu_files}
        others = utils.training_data_from_paths([path for path, found in read.items() if not found], language)
        return others.merge(TrainingData(list(_messages([one for found in read.values() for one in found]))))


def told(message: Message) -> List[Tuple[str, str]]:
    """Return (text, place) of the examples that a message of the training data stands for, also an empty text."""
    alone = [] if message.get(TEXT) is None else [(message.get(TEXT), _PLACE_UNKNOWN)]
    return message.get(EXAMPLES) or alone


def _messages(found: List[Example]) -> Iterator[Message]:
    by_intent: dict[str, List[Example]] = defaultdict(list)
    for one in found:
        by_intent[one.intent].append(one)
    for intent, all_of_it in by_intent.items():
        for part in (all_of_it[:1], all_of_it[1:]):
            if part:
                message = Message.build(part[0].text, intent)
                message.set(EXAMPLES, [(example.text, example.place) for example in part])
                yield message
