"""Turns a normalised text into the features the intent model counts, in three views."""
import re
from collections.abc import Callable

import rjieba

View = Callable[[str], list[str]]

_DIGITS = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[^\w%]+")
_START, _END = "^", "$"


def characters(text: str) -> list[str]:
    """Return all runs of one to three characters; the ends are marked, every number is one 0."""
    plain = _plain(text)
    return [plain[i:i + size] for size in (1, 2, 3) for i in range(len(plain) - size + 1)]


def gaps(text: str) -> list[str]:
    """Return pairs of characters with one or two others between them (还…款), which survive inserted words."""
    plain = _plain(text)
    return [f"{plain[i]}_{plain[i + step]}" for step in (2, 3) for i in range(len(plain) - step)]


def words(text: str) -> list[str]:
    """Return the words of the text and the pairs of neighbouring words."""
    single = [word for word in rjieba.cut(_DIGITS.sub("0", text)) if _NOT_WORD.sub("", word)]
    return single + [f"{left}_{right}" for left, right in zip(single, single[1:])]


VIEWS: tuple[View, ...] = (characters, gaps, words)


def _plain(text: str) -> str:
    words_only = _NOT_WORD.sub("", _DIGITS.sub("0", text))
    return _START + words_only + _END if words_only else ""
