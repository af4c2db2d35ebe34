"""What the assistant said in one turn, and the expectations a scenario may have of it."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from dengta.settings import ROOT
from tests.scenarios.chat import Message
from tests.scenarios.working_memory import LastTurn

_UNFINISHED = re.compile(r"[{}]|\[\[|\]\]|utter_|\bNone\b|\bnan\b")
_CUSTOMERS_PHONE = re.compile(r"19900000[0-2]\d\d")
_APOLOGY = yaml.safe_load((ROOT / "data/lexicon/web.yml").read_text(encoding="utf-8"))["turn_failed"]["text"]


@dataclass(frozen=True)
class Answer:
    """The messages of a turn, how it was understood, and the slots after it."""

    messages: list[Message]
    turn: LastTurn
    slots: dict[str, Any]

    @property
    def text(self) -> str:
        """Everything said, line by line."""
        return "\n".join(m["text"] for m in self.messages if m["author"] == "bot")

    @property
    def titles(self) -> list[str]:
        """The buttons offered."""
        return [button["title"] for m in self.messages for button in m.get("buttons", [])]

    def check(self, expect: dict[str, Any]) -> None:
        """Compare with a step's `expect`; what every answer must be is checked too."""
        self._decent(bool(expect.get("apology")))
        for words in expect.get("words", []):
            assert words in self.text, f"missing words: {words}"
        for words in expect.get("not_words", []):
            assert words not in self.text, f"unwanted words: {words}"
        if "any_of" in expect:
            assert any(words in self.text for words in expect["any_of"]), f"none of {expect['any_of']}"
        for title in expect.get("buttons", []):
            assert title in self.titles, f"missing button: {title}"
        for title in expect.get("not_buttons", []):
            assert title not in self.titles, f"unwanted button: {title}"
        self._check_understanding(expect)

    def _check_understanding(self, expect: dict[str, Any]) -> None:
        if "intent" in expect:
            assert self.turn.intent == expect["intent"], f"understood as {self.turn.intent}, not {expect['intent']}"
        for action in expect.get("actions", []):
            assert action in self.turn.actions, f"missing action: {action}"
        for name, value in expect.get("slots", {}).items():
            assert self.slots.get(name) == value, f"slot {name} is {self.slots.get(name)!r}, not {value!r}"
        if "display" in expect:
            shown = [m["custom"]["tone"] for m in self.messages if m.get("custom", {}).get("type") == "tone"]
            assert shown == [expect["display"]], f"the display was switched to {shown}"

    def _decent(self, apology: bool) -> None:
        said = [(m["text"], str(m.get("custom"))) for m in self.messages if m["author"] == "bot"]
        assert len(set(said)) == len(said), "the same thing was said twice"
        assert not _UNFINISHED.search(self.text), "an unfilled placeholder"
        assert not _CUSTOMERS_PHONE.search(self.text), "a customer's whole phone number"
        assert (_APOLOGY in self.text) == apology, "an apology instead of an answer" if not apology else "no apology"
        for message in self.messages:
            titles = [button["title"] for button in message.get("buttons", [])]
            assert len(set(titles)) == len(titles), "a button is offered twice"
