"""Finds held-out sentences that stand, word for word or nearly, among the training examples."""
import re
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from dengta.nlu.examples import Example

NEAR = 0.85
"""Share of characters in common, by edit distance, from which a sentence counts as a copy of another."""

_AROUND = re.compile(r"^(你好|您好|请问|问一下|麻烦)+|[吗呢啊呀吧了的嘛么]+$")
_NOT_WORD = re.compile(r"[^\w]+")


def leaks(
    held_out: Sequence[str], examples: Sequence[Example], plain: Callable[[str], str]
) -> list[tuple[str, Example]]:
    """Return (held-out sentence, its nearest example) for every held-out sentence that is a near copy.

    Sentences are compared in the form that `plain` gives them (that of the normaliser), without punctuation,
    greetings before and particles behind: 请问怎么还款呢 is a copy of 怎么还款.
    """
    told = [_core(plain(example.text)) for example in examples]
    found = []
    for sentence in held_out:
        likeness = process.cdist([_core(plain(sentence))], told, scorer=Levenshtein.normalized_similarity)[0]
        nearest = int(np.argmax(likeness))
        if likeness[nearest] >= NEAR:
            found.append((sentence, examples[nearest]))
    return found


def _core(text: str) -> str:
    words = _NOT_WORD.sub("", text)
    return _AROUND.sub("", words) or words
