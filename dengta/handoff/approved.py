"""The approved wording: every response of the domain and of `data/faq`, as customers read it."""
import re
from functools import lru_cache
from typing import Any, Mapping

import yaml

from dengta.channels.wording import fill
from dengta.dialogue.wording import Wording
from dengta.settings import ROOT

_GAP = re.compile(r"\{\w+\}|\[\[\w+\]\]")  # where a value or an official contact is put


@lru_cache(maxsize=1)
def domain() -> Mapping[str, Any]:
    """Return the domain with the answers of the knowledge base merged in, as Rasa has it."""
    merged = _read(ROOT / "domain.yml")
    for path in sorted((ROOT / "data" / "faq").glob("*.yml")):
        merged["responses"].update(_read(path)["responses"])
    return merged


def phrase(response: str, tone: str, **values: Any) -> str:
    """Return a response with its values and the official contacts put in.

    Raises:
        KeyError: there is no such response, or a value it needs is missing.
    """
    return fill(Wording(domain(), tone).phrase(response, **values))


def is_response(name: str) -> bool:
    """Tell whether there is a response of that name."""
    return name in domain()["responses"]


def template(response: str) -> re.Pattern[str]:
    """Return the pattern of everything a response can say, in any tone; a missing response is a KeyError."""
    texts = [variation["text"] for variation in domain()["responses"][response]]
    return re.compile("|".join(".*?".join(map(re.escape, _GAP.split(text))) for text in texts), re.DOTALL)


def _read(path: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
