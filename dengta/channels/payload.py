"""Button payloads: `/intent{"entity": "value"}` or `/faq/how_to_open`, turned into a parse result that skips NLU."""
import json
import re
from typing import Any, Optional

from dengta.nlu.retrieval import FAQ, faq_selection

_PAYLOAD = re.compile(r"/(?P<id>[A-Za-z_]\w*(?:/\w+)?)\s*(?P<entities>\{.*\})?", re.DOTALL)


class PayloadError(Exception):
    """A button carries a payload nobody can read: a mistake in our own texts. The message is the intent part only."""


def parse_data(payload: str, title: str) -> Optional[dict[str, Any]]:
    """Return what NLU would return for a click on this button, None if the payload is plain text for NLU to read.

    Raises:
        PayloadError: it starts with `/` but is not an intent with an optional JSON object of entities.
    """
    if not payload.startswith("/"):
        return None
    found = _PAYLOAD.fullmatch(payload.strip())
    if found is None:
        raise PayloadError(payload.split("{")[0])
    reading = found.group("id")
    intent = {"name": reading.split("/")[0], "confidence": 1.0}
    parsed = {
        "text": title,
        "intent": intent,
        "intent_ranking": [intent],
        "entities": _entities(reading, found.group("entities") or "{}"),
        "understanding": {"decision": "answer", "readings": [{"id": reading, "confidence": 1.0}]},
    }
    if reading.startswith(f"{FAQ}/"):
        parsed["response_selector"] = faq_selection(reading, 1.0)
    return parsed


def _entities(reading: str, raw: str) -> list[dict[str, Any]]:
    try:
        values = json.loads(raw)
    except ValueError:
        raise PayloadError(reading) from None
    return [
        {"entity": name, "value": value, "start": 0, "end": 0, "confidence_entity": 1.0, "extractor": "button"}
        for name, value in values.items()
    ]
