"""What Rasa remembers of a conversation, read from its tracker store: slots, the last reading, the last actions."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dengta.conversation.sealed import tracker_place
from dengta.conversation.tables import tracker_event
from dengta.database import connect, reading
from dengta.privacy.vault import open_vault


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


class WorkingMemory:
    """Reads the sealed events of a conversation database with its master key file."""

    def __init__(self, database: Path, key_file: Path) -> None:
        self._engine = connect(f"sqlite:///{database}", 10.0)
        self._vault = open_vault(self._engine, key_file)

    def slots(self, conversation_id: str) -> dict[str, Any]:
        """Return the slots that were ever set, with their present values."""
        return {e["name"]: e["value"] for e in self._events(conversation_id) if e["event"] == "slot"}

    def last_turn(self, conversation_id: str) -> LastTurn:
        """Return the latest turn that was stored."""
        intent, confidence, entities, actions = "", 0.0, [], []
        for event in self._events(conversation_id):
            if event["event"] == "user":
                parsed = event["parse_data"]
                understood = parsed.get("intent") or {}
                intent, confidence = understood.get("name") or "", understood.get("confidence") or 0.0
                if intent == "faq":
                    intent = parsed["understanding"]["readings"][0]["id"]
                entities = [(e["entity"], e["value"]) for e in parsed.get("entities") or []]
                actions = []
            elif event["event"] == "action" and event["name"] != "action_listen":
                actions.append(event["name"])
        return LastTurn(intent, confidence, entities, actions)

    def _events(self, conversation_id: str) -> list[dict[str, Any]]:
        with reading(self._engine) as session:
            rows = session.execute(
                select(tracker_event)
                .where(tracker_event.c.sender_id == conversation_id)
                .order_by(tracker_event.c.seq)
            ).all()
        return [json.loads(self._vault.open(tracker_place(conversation_id, row.seq), row.data)) for row in rows]
