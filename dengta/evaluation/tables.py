"""Labelled tables: questions with the ids they may mean, and sentences with their entities."""
import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from dengta.settings import ROOT

HELD_OUT = ROOT / "tests" / "nlu" / "held_out.tsv"
"""The project's own table of questions, which are never trained on."""
_COLUMNS = ["stratum", "gold", "text"]


class TableError(Exception):
    """A table cannot be used; the message names file, line and reason."""


@dataclass(frozen=True)
class Question:
    """A question with its kind (`stratum`) and the ids that are right for it (`gold`), the first one foremost.

    The stratum of questions that are not ours has the name of their id, `out_of_scope`.
    """

    stratum: str
    gold: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Span:
    """An entity in a sentence: its name, its offsets in characters, and its value as text."""

    entity: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Sentence:
    """A sentence with all its entities."""

    text: str
    spans: tuple[Span, ...]


def questions(path: Path, declared: Collection[str]) -> list[Question]:
    """Read a tab-separated table with the columns stratum, gold (ids joined by `|`) and text.

    Raises:
        TableError: a column is missing, a text is empty or an id is not declared.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if rows.fieldnames != _COLUMNS:
            raise TableError(f"{path}:1: the columns must be {', '.join(_COLUMNS)}")
        return [_question(row, f"{path}:{line}", declared) for line, row in enumerate(rows, start=2)]


def sentences(path: Path) -> list[Sentence]:
    """Read a list of `{text, entities: [{entity, start, end, value, span}]}`; `span` repeats the characters meant.

    Raises:
        TableError: the offsets of an entity do not hold its `span`.
    """
    found = []
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        spans = tuple(Span(e["entity"], e["start"], e["end"], str(e["value"])) for e in item["entities"])
        for span, entity in zip(spans, item["entities"]):
            if item["text"][span.start:span.end] != entity["span"]:
                raise TableError(f"{path}: {item['text']}: {entity['span']} does not stand at {span.start}")
        found.append(Sentence(item["text"], spans))
    return found


def _question(row: dict[str, str], place: str, declared: Collection[str]) -> Question:
    gold = tuple((row["gold"] or "").split("|"))
    unknown = [name for name in gold if name not in declared]
    if unknown:
        raise TableError(f"{place}: {', '.join(unknown)} is not declared")
    if not (row["text"] or "").strip():
        raise TableError(f"{place}: empty text")
    return Question(row["stratum"], gold, row["text"])
