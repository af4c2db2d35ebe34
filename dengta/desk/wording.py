"""The desk's own sentences, read once per process from `data/lexicon/desk.yml`."""
from collections.abc import Mapping
from functools import lru_cache

from dengta.data import read_data


@lru_cache(maxsize=1)
def errors() -> Mapping[str, str]:
    """Return the sentence of every error code."""
    content = read_data("lexicon/desk")
    sentences: Mapping[str, str] = content["errors"]
    return sentences
