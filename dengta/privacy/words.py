"""The word lists of `data/lexicon/privacy.yml`, as recognisers need them."""
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable

import yaml

from dengta.settings import ROOT

PATH = ROOT / "data" / "lexicon" / "privacy.yml"


class WordsError(Exception):
    """The word lists cannot be used; the message names the file and the list."""


def words(*path: str) -> tuple[str, ...]:
    """Return a list of words, the longest first so that none hides a longer one.

    Raises:
        WordsError: the file or the list is missing, or it is not a list of words.
    """
    found = _at(path)
    if not isinstance(found, list) or not found or not all(isinstance(word, str) and word for word in found):
        raise WordsError(f"{PATH}: {'.'.join(path)} must be a list of words")
    return tuple(sorted(found, key=len, reverse=True))


def characters(*path: str) -> str:
    """Return a list of characters that is written as one word, on one line or several.

    Raises:
        WordsError: the file or the list is missing, or it is not text.
    """
    found = _at(path)
    if not isinstance(found, str) or not found.strip():
        raise WordsError(f"{PATH}: {'.'.join(path)} must be a row of characters")
    return re.sub(r"\s", "", found)


def names(*path: str) -> tuple[str, ...]:
    """Return the names of the lists in a section, in their order.

    Raises:
        WordsError: the file or the section is missing.
    """
    found = _at(path)
    if not isinstance(found, dict):
        raise WordsError(f"{PATH}: {'.'.join(path)} must hold lists under names")
    return tuple(map(str, found))


def either(choices: Iterable[str]) -> str:
    """Return a pattern that matches any of the words, the first of the list foremost."""
    return f"(?:{'|'.join(map(re.escape, choices))})"


def _at(path: Iterable[str]) -> Any:
    found: Any = _file(PATH)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


@lru_cache(maxsize=1)
def _file(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # safe, and 20 times as fast
    except (OSError, yaml.YAMLError) as error:
        raise WordsError(f"{path}: cannot be read ({type(error).__name__})") from None
