"""Reads word lists under `data/lexicon/`: sections of canonical words with the variants people type."""
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import yaml


class LexiconError(Exception):
    """A word list cannot be used; the message reads `file:line: reason`."""


@dataclass(frozen=True)
class Entry:
    """One variant of a canonical word; `canonical` is None in a section that is a plain list."""

    section: str
    canonical: str | None
    variant: str
    line: int


def read(path: Path) -> list[Entry]:
    """Return the entries of a word list in file order.

    A section is either a mapping `canonical: [variant, …]` or a plain list of words. A canonical
    word without variants is an entry of itself.

    Raises:
        LexiconError: the file is missing or not YAML, a value has another shape, or a variant is given twice.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"))
    except OSError:
        raise LexiconError(f"{path}:1: the file cannot be read") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LexiconError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    if root is None:
        return []
    entries = list(_sections(path, root))
    _refuse_duplicates(path, entries)
    return entries


def _sections(path: Path, root: yaml.Node) -> Iterator[Entry]:
    for section, body in _pairs(path, root):
        if isinstance(body, yaml.SequenceNode):
            for variant in body.value:
                yield Entry(section, None, _word(path, variant), _line(variant))
            continue
        for canonical, variants in _pairs(path, body):
            if not isinstance(variants, yaml.SequenceNode):
                raise LexiconError(f"{path}:{_line(variants)}: {canonical} needs a list of variants, as in [a, b]")
            if not variants.value:
                yield Entry(section, canonical, canonical, _line(variants))
            for variant in variants.value:
                if _word(path, variant) == canonical:
                    raise LexiconError(f"{path}:{_line(variant)}: {canonical} is listed as a variant of itself")
                yield Entry(section, canonical, _word(path, variant), _line(variant))


def _pairs(path: Path, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise LexiconError(f"{path}:{_line(node)}: expected `name: …` pairs")
    for key, value in node.value:
        yield _word(path, key), value


def _word(path: Path, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise LexiconError(f"{path}:{_line(node)}: expected a word")
    return str(node.value).strip()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _refuse_duplicates(path: Path, entries: list[Entry]) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        earlier = seen.setdefault(entry.variant, entry)
        if earlier is not entry:
            raise LexiconError(f"{path}:{entry.line}: {entry.variant} already stands in line {earlier.line}")
