"""The WeChat channel's own sentences, read once per process from `data/lexicon/wechat.yml`."""
from functools import lru_cache
from typing import Any, Mapping

import yaml

from dengta.settings import ROOT


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Any]:
    """Return `data/lexicon/wechat.yml`."""
    content: Mapping[str, Any] = yaml.safe_load((ROOT / "data/lexicon/wechat.yml").read_text(encoding="utf-8"))
    return content
