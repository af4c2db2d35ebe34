"""Rasa's events as they leave the process: what a customer typed is masked, and nothing is kept that nobody reads."""
from typing import Any, Mapping

from rasa.shared.core.events import Event, UserUttered

from dengta.privacy.masking import mask

_READINGS_KEPT = 3  # of all 80: the tracker repeats them for every message


def for_tracker(event: Event) -> dict[str, Any]:
    """Return an event for Rasa's memory: personal data masked in what the customer typed, slots as they are."""
    data: dict[str, Any] = event.as_dict()
    return _said(data) if isinstance(event, UserUttered) else data


def for_broker(event: Event) -> dict[str, Any]:
    """Return an event for other systems: personal data masked wherever it stands."""
    masked: dict[str, Any] = _masked(for_tracker(event))
    return masked


def _said(data: dict[str, Any]) -> dict[str, Any]:
    parsed = {key: value for key, value in data["parse_data"].items() if key != "response_selector"}
    for key in parsed.keys() & {"text", "entities"}:
        parsed[key] = _masked(parsed[key])
    if ranking := parsed.get("intent_ranking"):
        parsed["intent_ranking"] = ranking[:_READINGS_KEPT]
    if understanding := parsed.get("understanding"):
        parsed["understanding"] = {**understanding, "readings": understanding["readings"][:_READINGS_KEPT]}
    return {**data, "text": _masked(data["text"]), "parse_data": parsed}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(entry) for key, entry in value.items()}
    return [_masked(entry) for entry in value] if isinstance(value, (list, tuple)) else value
