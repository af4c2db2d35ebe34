"""Reads the labelled examples under `data/nlu/` with the place each one stands at."""
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import yaml


@dataclass(frozen=True)
class Example:
    """A training example; `place` is file:line."""

    text: str
    intent: str
    place: str


def read(folder: Path) -> list[Example]:
    """Return the examples of every YAML file in `folder`, in file order; an empty one has an empty text."""
    return [example for path in sorted(folder.rglob("*.yml")) for example in of_file(path)]


def of_file(path: Path) -> Iterator[Example]:
    """Yield the examples of one YAML file in their order."""
    section = _node(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), "nlu")
    for item in section.value if section is not None else []:
        intent, body = _node(item, "intent"), _node(item, "examples")
        if intent is not None and body is not None:
            first = body.start_mark.line + 2
            for offset, line in enumerate(str(body.value).splitlines()):
                if line.startswith("-"):
                    yield Example(line[1:].strip(), str(intent.value), f"{path}:{first + offset}")


def _node(mapping: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)
