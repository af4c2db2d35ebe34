"""What a client may send: its shape is checked, its text made harmless before anything is stored."""
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Optional

from dengta.channels.errors import RefusedError

MAX_TEXT = 500
COMMANDS = {
    "human": "/request_human",
    "senior": "/switch_senior_mode",
    "standard": "/switch_standard_mode",
}

_CLIENT_MSG_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_REMOVED = {"Cc", "Cf", "Cs"}  # controls, zero-width and direction marks, half surrogate pairs
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
_SLASH, _HARMLESS_SLASH = "/", "\uff0f"


@dataclass(frozen=True)
class Sent:
    """A well-formed message: exactly one of `text` (cleaned), `payload_id` and `command` is set."""

    client_msg_id: str
    text: Optional[str] = None
    payload_id: Optional[str] = None
    command: Optional[str] = None


def read(raw: bytes) -> Sent:
    """Check the body of a POST; keys the protocol does not know are ignored.

    Raises:
        RefusedError: `invalid_json`, `invalid_message`, `empty_message`, `too_long`.
    """
    body = read_object(raw)
    client_msg_id = body.get("client_msg_id")
    given = {key: body[key] for key in ("text", "payload_id", "command") if body.get(key) is not None}
    if not isinstance(client_msg_id, str) or not _CLIENT_MSG_ID.fullmatch(client_msg_id):
        raise RefusedError("invalid_message")
    if len(given) != 1 or not all(isinstance(value, str) for value in given.values()):
        raise RefusedError("invalid_message")
    return Sent(client_msg_id, **_checked(given))


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        RefusedError: `invalid_json`; `invalid_message`, it is something else.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError("invalid_json") from None
    if not isinstance(body, dict):
        raise RefusedError("invalid_message")
    return body


def clean(text: str) -> str:
    """Return a `tidy` text.

    Raises:
        RefusedError: `empty_message` if nothing visible is left, `too_long` if more than 500 characters are.
    """
    visible = tidy(text)
    if not visible:
        raise RefusedError("empty_message")
    if len(visible) > MAX_TEXT:
        raise RefusedError("too_long")
    return visible


def tidy(text: str) -> str:
    """Return what a customer visibly typed, in NFC, with a leading `/` made full-width so that Rasa runs no command."""
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    visible = "".join(character for character in lines if character == "\n" or not _invisible(character))
    trimmed = unicodedata.normalize("NFC", visible).strip()
    return _HARMLESS_SLASH + trimmed[1:] if trimmed.startswith(_SLASH) else trimmed


def _checked(given: dict[str, Any]) -> dict[str, str]:
    if "text" in given:
        return {"text": clean(given["text"])}
    if given.get("command", "human") not in COMMANDS:
        raise RefusedError("invalid_message")
    return given


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in _REMOVED or character in _BLANKS
