"""Hides personal data in texts that leave the record: logs, exports, prompts, the agents' screens."""
import re
from collections.abc import Callable, Sequence

from dengta.privacy.folding import fold
from dengta.privacy.recognise.addresses import REGION
from dengta.privacy.recognise.names import SURNAME
from dengta.privacy.recognisers import find

_STARS = "***"


def mask(text: str, known: Sequence[str] = ()) -> str:
    """Return a text with its personal data masked; `known` are exact values of the customer's record.

    What stays: of a phone 138****5678, of an identity number the region and the century, of a card, a landline or the
    code of a firm the last four, of a name the surname, of an address province and city, of an e-mail the first letter
    and the host. Nothing is found in a masked text, so masking it again changes nothing.
    """
    while found := find(text, known):
        for each in reversed(found):
            text = text[:each.start] + _hidden(each.kind, text[each.start:each.end]) + text[each.end:]
    return text


def _hidden(kind: str, secret: str) -> str:
    """Return what may be shown of a secret: always fewer characters than it has, so that masking comes to an end."""
    folded = fold(secret)
    shown = _SHOWN[kind](_NO_DIGIT.sub("", folded.digits) if kind in _NUMBERS else folded.text)
    return shown if len(shown.replace("*", "")) < len(secret.replace("*", "")) else _STARS


def _name(name: str) -> str:
    surname = SURNAME.match(name)
    return (surname.group() if surname else "") + "**"


def _address(address: str) -> str:
    region = REGION.match(address)
    return (region.group() if region else "") + _STARS


def _email(address: str) -> str:
    user, _, host = address.partition("@")
    return f"{user[0]}{_STARS}@{host.strip()}"


_NUMBERS = ("phone", "landline", "id_number", "card", "qq")
_NO_DIGIT = re.compile(r"\D")
_SHOWN: dict[str, Callable[[str], str]] = {
    "phone": lambda digits: f"{digits[:3]}****{digits[-4:]}",
    "landline": lambda digits: f"****{digits[-4:]}",
    "id_number": lambda digits: digits[: 6 if len(digits) == 15 else 8] + "*" * 10,
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
