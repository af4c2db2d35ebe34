"""Hides personal data in texts that leave the record: logs, exports, prompts, the agents' screens."""
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from dengta.privacy.folding import fold
from dengta.privacy.recognise.addresses import region
from dengta.privacy.recognise.names import surname
from dengta.privacy.recognisers import find

_STARS = "***"


def mask(text: str, known: Sequence[str] = ()) -> str:
    """Return a text with its personal data masked; `known` are exact values of the customer's record.

    What stays: of a phone 138****5678, of an identity number the region and the century, of a card or a code of a firm the
    last four, of a name the surname, of an address province and city, of an e-mail the first letter and the host.
    Nothing is found in a masked text, so masking it again changes nothing.
    """
    while found := find(text, known):
        for each in reversed(found):
            text = text[:each.start] + _hidden(each.kind, text[each.start:each.end]) + text[each.end:]
    return text


def _hidden(kind: str, secret: str) -> str:
    """Return what may be shown of a secret: always some characters fewer than it has, so that masking comes to an end."""
    folded = fold(secret)
    shown = _MASKS[kind](re.sub(r"[^\da-z]", "", folded.digits.lower()) if kind in _OF_DIGITS else folded.text)
    return shown if len(shown.replace("*", "")) < len(secret.replace("*", "")) else _STARS


def _name(text: str) -> str:
    match = surname().match(text)
    return (match.group() if match else "") + "**"


def _address(text: str) -> str:
    match = _region().match(text)
    return (match.group() if match else "") + _STARS


def _email(text: str) -> str:
    local, _, host = text.partition("@")
    return f"{local[0]}{_STARS}@{host.strip()}"


@lru_cache(maxsize=1)
def _region() -> re.Pattern[str]:
    return re.compile(region())


_OF_DIGITS = ("phone", "landline", "id_number", "card", "qq", "credit_code")
_MASKS: dict[str, Callable[[str], str]] = {
    "phone": lambda digits: f"{digits[:3]}****{digits[-4:]}",
    "landline": lambda digits: f"****{digits[-4:]}",
    "id_number": lambda digits: digits[:8] + "*" * 10,
    "card": lambda digits: f"****{digits[-4:]}",
    "credit_code": lambda code: f"****{code[-4:].upper()}",
    "name": _name,
    "address": _address,
    "one_time_code": lambda _: "******",
    "email": _email,
    "wechat": lambda account: account[0] + _STARS,
    "qq": lambda digits: digits[0] + _STARS,
    "plate": lambda plate: plate[:2].upper() + "*****",
}
