"""The WeChat channel's own sentences, read once per process from `data/lexicon/wechat.yml`."""
from functools import lru_cache
from typing import Any, Mapping

from dengta.data import read_data


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Any]:
    """Return `data/lexicon/wechat.yml`."""
    content: Mapping[str, Any] = read_data("lexicon/wechat")
    return content
