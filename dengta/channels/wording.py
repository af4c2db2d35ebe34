"""The channel's own sentences and the official contacts, read once per process from `data/lexicon/`."""
import re
from functools import lru_cache
from typing import Any, Mapping

from dengta.data import read_data
from dengta.settings import settings

_PLACEHOLDER = re.compile(r"\[\[(\w+)\]\]")


class UnknownContactError(Exception):
    """A text names a contact that `data/lexicon/contacts.yml` does not have; the message is the key."""


@lru_cache(maxsize=1)
def web() -> Mapping[str, Any]:
    """Return `data/lexicon/web.yml`: sections widget, commands, turn_failed, errors."""
    content: Mapping[str, Any] = read_data("lexicon/web")
    return content


@lru_cache(maxsize=1)
def contacts() -> Mapping[str, str]:
    """Return every official contact by key, with the service hours of the settings filled in."""
    content = read_data("lexicon/contacts")
    hours = {"opens": f"{settings().service_opens:%H:%M}", "closes": f"{settings().service_closes:%H:%M}"}
    return {key: entry["text"].format(**hours) for group in content.values() for key, entry in group.items()}


def fill(text: str) -> str:
    """Replace every `[[key]]` by the contact of that name.

    Raises:
        UnknownContactError: there is no such contact; half a sentence must not reach a customer.
    """
    return _PLACEHOLDER.sub(_contact, text)


def _contact(found: "re.Match[str]") -> str:
    key = found.group(1)
    if key not in contacts():
        raise UnknownContactError(key)
    return contacts()[key]
