"""Graph component: the figures, days, codes and names in a message."""
from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dengta import clock
from dengta.nlu import amounts, codes, dates, fingerprint, months, periods
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalized
from dengta.nlu.normalizer import NORMALIZED, TextNormalizer
from dengta.nlu.spans import Found, idioms, without_overlaps, word_borders

_FILE = "entities.yml"
_FIGURES = (amounts.ENTITY, periods.ENTITY)
_PERSON = re.compile(
    r"(?:(?:叫|姓名|名字|户名)[是为:]?|我是|(?:本人|持卡人|收款人|联系人)[是为:])"
    r"(?:周[一二三四五六日天]|[万陆伍][一二三四五六七八九十百千万])"
    r"[^\W\d_来去还打扣办说的到能才会上下休就]?(?=[,。!?、;:的 ]|$)"
)
"""A name that reads like a day or a number: 我叫周一鸣, 户名陆百川."""


def find(normalized: Normalized, names: Names, today: date) -> List[Dict[str, Any]]:
    """Return Rasa entity dictionaries with offsets into the text as typed.

    Values: amount "15000.00" (yuan), period 12 (instalments), date "2026-12-15" or the month of a bill "2026-10",
    phone, id_number, card_tail and order_no as plain strings, bank, product and channel as their canonical name. A day
    that does not exist has the value None and `"impossible": True`.
    """
    text = _PERSON.sub(lambda match: "/" * len(match.group()), normalized.text)
    borders = word_borders(text)
    found = without_overlaps(
        [
            *codes.find(text),
            *dates.find(text, today, borders),
            *months.find(text, today),
            *periods.find(text),
            *amounts.find(text),
            *names.find(text, borders),
        ]
    )
    sayings = idioms(text)
    return [_entity(entity, normalized) for entity in found if not _is_figure_of_speech(entity, sayings)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityFinder(GraphComponent, EntityExtractorMixin):
    """Adds what `find` sees to the entities of a message."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """Return the components that must stand before this one."""
        return [TextNormalizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default configuration: the path of the list of names."""
        return {"lexicon": "data/lexicon/entities.yml"}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Return a value that changes with the list of names."""
        return fingerprint.of(Path({**cls.get_default_config(), **config}["lexicon"]))

    def __init__(self, names: Names, lexicon: Path, storage: ModelStorage, resource: Resource) -> None:
        self._names = names
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
    ) -> EntityFinder:
        """Create the component from the list of names of the project.

        Raises:
            dengta.nlu.lexicon.LexiconError: a line of the list cannot be used.
        """
        lexicon = Path(config["lexicon"])
        return cls(Names.load(lexicon), lexicon, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityFinder:
        """Load the component with the list of names inside the model."""
        with model_storage.read_from(resource) as folder:
            return cls(Names.load(folder / _FILE), folder / _FILE, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Copy the list of names into the model; there is nothing to learn."""
        with self._storage.write_to(self._resource) as folder:
            shutil.copyfile(self._lexicon, folder / _FILE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Find the entities of messages."""
        for message in messages:
            found = self.add_extractor_name(find(message.get(NORMALIZED), self._names, clock.today()))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _is_figure_of_speech(found: Found, sayings: List[range]) -> bool:
    return found.entity in _FIGURES and any(
        saying.start <= found.start and found.end <= saying.stop and found.end - found.start < len(saying)
        for saying in sayings
    )


def _entity(found: Found, normalized: Normalized) -> Dict[str, Any]:
    start, end = normalized.original(found.start, found.end)
    entity = {"entity": found.entity, "start": start, "end": end, "value": found.value}
    return {**entity, "impossible": True} if found.impossible else entity
