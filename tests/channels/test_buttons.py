"""Every button written in the texts leads somewhere."""
from typing import Any, Iterator

import pytest
import yaml

from dengta.channels.payload import parse_data
from dengta.settings import ROOT

SOURCES = [ROOT / "domain.yml", *sorted((ROOT / "data" / "faq").glob("*.yml"))]
DOCUMENTS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in SOURCES}
RESPONSES = {name: texts for document in DOCUMENTS.values() for name, texts in document.get("responses", {}).items()}


def intents() -> set[str]:
    declared = DOCUMENTS["domain.yml"]["intents"]
    return {intent if isinstance(intent, str) else next(iter(intent)) for intent in declared}


def buttons() -> Iterator[Any]:
    for name, texts in RESPONSES.items():
        for payload, title in {(b["payload"], b["title"]) for text in texts for b in text.get("buttons", [])}:
            yield pytest.param(payload, title, id=f"{name} {payload}")


@pytest.mark.parametrize("payload, title", buttons())
def test_a_button_names_a_declared_intent_or_an_existing_answer(payload: str, title: str) -> None:
    parsed = parse_data(payload.replace("{{", "{").replace("}}", "}"), title)
    assert parsed is not None
    assert parsed["intent"]["name"] in intents()
    if "response_selector" in parsed:
        assert parsed["response_selector"]["faq"]["response"]["utter_action"] in RESPONSES
