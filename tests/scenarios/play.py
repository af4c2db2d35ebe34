"""Plays one scenario against the running stack, as a browser would."""

import re
from typing import Any

from dengta.backends.sql.seed import personas
from tests.scenarios import figures
from tests.scenarios.answer import Answer
from tests.scenarios.chat import Chat
from tests.scenarios.script import Scenario, Step
from tests.scenarios.stack import NOW, Stack

PHONES = {persona.key: persona.phone for persona in personas()}


class Play:
    """One conversation; `transcript` tells what happened so far, for whoever reads a failure."""

    def __init__(self, stack: Stack, scenario: Scenario) -> None:
        self.stack = stack
        self.scenario = scenario
        self.chat = Chat(stack.address)
        self.transcript: list[str] = []
        self._unanswered = 0

    def run(self) -> None:
        """Do every step and check what it brought.

        Raises:
            AssertionError: something was not as written; the transcript ends there.
        """
        for step in self.scenario.steps:
            getattr(self, f"_{step.act}")(step)

    def _say(self, step: Step) -> None:
        self._send(step, text=step.what)

    def _command(self, step: Step) -> None:
        self._send(step, command=step.what)

    def _click(self, step: Step) -> None:
        button = self.chat.button(step.what)
        assert button, f"there is no button {step.what}"
        self._send(step, payload_id=button)

    def _phone(self, step: Step) -> None:
        """Type the phone of a persona."""
        self._send(step, text=PHONES[step.what])

    def _code(self, step: Step) -> None:
        """Type the code that was shown, or a wrong one."""
        shown = self._shown_code()
        assert shown, "no code was shown"
        self._send(step, text=shown if step.what == "shown" else f"{(int(shown) + 1) % 1_000_000:06d}")

    def _raw(self, step: Step) -> None:
        """Send something the server is to refuse; nothing may come of it."""
        what = dict(step.what)
        status, error, words = what.pop("status"), what.pop("error"), what.pop("words")
        text = what.pop("text", None)
        if text is not None:
            what["text"] = text * what.pop("times", 1)
        response = self.chat.post_body(what["body"].encode()) if "body" in what else self.chat.post(**what)
        self.transcript.append(f"客：{str(what)[:80]}\n    refused: {response.status_code} {response.text}")
        assert (response.status_code, response.json()["error"]) == (status, error), f"not refused with {status} {error}"
        assert words in response.json()["message"], f"missing words: {words}"
        before = len(self.chat.messages)
        self.chat.read()
        assert len(self.chat.messages) == before, "a refused message was stored or answered"

    def _hear(self, step: Step) -> None:
        """Wait for the answer to what was said with `expect: later`."""
        self._heard(step, self._unanswered)

    def _reload(self, step: Step) -> None:
        """Reload the page: it shows what it showed before."""
        assert self.chat.shown_after_reload() == self.chat.messages, "a reloaded page shows something else"

    def _window(self, step: Step) -> None:
        """Go on in another browser, which is another conversation."""
        self.chat = Chat(self.stack.address)
        self.transcript.append(f"    -- another window: {step.what} --")

    def _switch(self, step: Step) -> None:
        """Switch databases: {book: down | slow | up, dengta: …}."""
        for database, disturbance in step.what.items():
            self.stack.disturb(database, disturbance)
            self.transcript.append(f"    -- {database} is {disturbance} --")

    def _kill(self, step: Step) -> None:
        self.stack.kill(step.what)
        self.transcript.append(f"    -- {step.what} is dead --")

    def _start(self, step: Step) -> None:
        """Start `bot` or `actions` again; {process: …, DENGTA_…: …} starts it under other settings."""
        what = {"process": step.what} if isinstance(step.what, str) else dict(step.what)
        process = what.pop("process")
        self.stack.revive(process, what)
        self.transcript.append(f"    -- {process} runs again {what or ''} --")

    def _send(self, step: Step, **what: Any) -> None:
        seq = self._post(**what)
        if step.expect.get("later"):
            self._unanswered = seq
            return
        self._heard(step, seq)

    def _heard(self, step: Step, seq: int) -> None:
        answer = self._answer(seq)
        if self.scenario.customer and answer.slots.get("requested_slot") == "phone":
            self._answer(self._post(text=PHONES[self.scenario.customer]))
            answer = self._answer(self._post(text=self._shown_code()))
        answer.check(step.expect)
        self._check_figures(answer)

    def _check_figures(self, answer: Answer) -> None:
        """Every sum a verified customer is told comes from their own book, unless it is a quote for a new loan."""
        if self.scenario.customer and "action_quote_loan" not in answer.turn.actions:
            strange = figures.unknown(answer.text, self.stack.pristine_book, PHONES[self.scenario.customer], NOW)
            assert not strange, f"sums the book does not hold: {strange}"

    def _post(self, **what: Any) -> int:
        response = self.chat.post(**what)
        assert response.status_code == 202, response.text
        seq = int(response.json()["seq"])
        self.chat.read()
        self.transcript.append(f"客：{next(m['text'] for m in self.chat.messages if m['seq'] == seq)}")
        return seq

    def _answer(self, seq: int) -> Answer:
        messages = self.chat.answer(seq)
        for message in messages:
            titles = "".join(f" [{button['title']}]" for button in message.get("buttons", []))
            self.transcript.append(f"灯：{message['text'] or message.get('custom')}{titles}")
        turn = self.stack.memory.last_turn(self.chat.conversation_id)
        self.transcript.append(f"    ({turn})")
        return Answer(messages, turn, self.stack.memory.slots(self.chat.conversation_id))

    def _shown_code(self) -> str:
        codes = [m["custom"]["code"] for m in self.chat.messages if m.get("custom", {}).get("type") == "demo_code"]
        return codes[-1] if codes and re.fullmatch(r"\d{6}", codes[-1]) else ""
