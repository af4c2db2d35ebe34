"""What Rasa remembers of a conversation, read from its tracker store: slots, the last reading, the last actions."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LastTurn:
    """How the latest message was understood and what was done about it."""

    intent: str
    confidence: float
    entities: list[tuple[str, Any]]
    actions: list[str]

    def __str__(self) -> str:
        entities = "".join(f" {kind}={value}" for kind, value in self.entities)
        return f"{self.intent} {self.confidence:.2f}{entities} → {', '.join(self.actions) or 'nothing'}"


def slots(tracker: Path, conversation_id: str) -> dict[str, Any]:
    """Return the slots that were ever set, with their present values."""
    return {e["name"]: e["value"] for e in _events(tracker, conversation_id) if e["event"] == "slot"}


def last_turn(tracker: Path, conversation_id: str) -> LastTurn:
    """Return the latest turn that was stored."""
    intent, confidence, entities, actions = "", 0.0, [], []
    for event in _events(tracker, conversation_id):
        if event["event"] == "user":
            reading = event["parse_data"]
            understood = reading.get("intent") or {}
            intent, confidence = understood.get("name") or "", understood.get("confidence") or 0.0
            if intent == "faq":
                intent = reading["intent"].get("full_retrieval_intent_name") or _best_reading(reading)
            entities = [(e["entity"], e["value"]) for e in reading.get("entities") or []]
            actions = []
        elif event["event"] == "action" and event["name"] != "action_listen":
            actions.append(event["name"])
    return LastTurn(intent, confidence, entities, actions)


def _best_reading(reading: dict[str, Any]) -> str:
    """The answer the selector chose; a clicked button names it itself."""
    return str(reading["response_selector"]["faq"]["response"]["intent_response_key"])


def _events(tracker: Path, conversation_id: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(tracker, timeout=10)) as connection:
        rows = connection.execute("SELECT data FROM events WHERE sender_id = ? ORDER BY id", [conversation_id])
        return [json.loads(data) for (data,) in rows]
