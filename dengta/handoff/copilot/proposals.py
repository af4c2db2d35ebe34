"""What an agent could answer: the approved text for what was understood, with the customer's figures in it."""
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from dengta.dialogue.names import IDENTITY_FORM, SLOT_TONE
from dengta.dialogue.readings import reading_title
from dengta.handoff.approved import domain, phrase
from dengta.handoff.copilot.answers import Answer, Answers, Part
from dengta.handoff.copilot.rules import Rules, response_to
from dengta.handoff.copilot.understanding import CLARIFY, Understood


class Proposal(NamedTuple):
    """An answer that may be sent, and what to ask next; either may be missing."""

    answer: Optional[str]
    question: Optional[str]


NOTHING = Proposal(None, None)


class Proposals:
    """Makes proposals in the tone of one conversation."""

    def __init__(self, rules: Rules, answers: Answers, conversation_id: str, tone: str) -> None:
        self._rules = rules
        self._answers = answers
        self._conversation_id = conversation_id
        self._tone = tone

    async def to(self, understood: Understood) -> Proposal:
        """Return what to answer to a message.

        Raises:
            AnswersUnavailableError: the answer has figures, and they cannot be had.
        """
        if understood.decision == CLARIFY:
            return Proposal(None, self._clarify(understood))
        reading = understood.reading
        if reading is None or reading in self._rules.unanswered:
            return NOTHING
        if reading in self._rules.actions:
            return await self._with_figures(self._rules.actions[reading], understood.message)
        own = self._rules.own_words.get(reading)
        if own is not None:
            return Proposal(own[self._tone], None)
        response = response_to(reading)
        return Proposal(self._spoken([Part(response, {})]), None) if response is not None else NOTHING

    async def _with_figures(self, action: str, message: Mapping[str, Any]) -> Proposal:
        answer = await self._run(action, message, {})
        if answer.form is None:
            return Proposal(self._spoken(answer.parts), None)
        if answer.form == IDENTITY_FORM:
            return Proposal(None, self._rules.asks[IDENTITY_FORM][self._tone])
        return await self._in_form(answer, answer.form, message)

    async def _in_form(self, answer: Answer, form: str, message: Mapping[str, Any]) -> Proposal:
        """Return what the bot says once an action has opened a form: its first question, or what it led to."""
        missing = _missing(form, answer.slots)
        if missing is None:
            complete = self._rules.complete.get(form)
            last = await self._run(complete, message, answer.slots) if complete is not None else answer
            return Proposal(self._spoken(last.parts), None)
        action_asks = f"action_ask_{form}_{missing}"
        if action_asks in domain()["actions"]:
            asked = await self._run(action_asks, message, answer.slots)
            return Proposal(self._spoken(asked.parts), None)
        return Proposal(self._spoken(answer.parts), self._spoken([Part(f"utter_ask_{form}_{missing}", {})]))

    async def _run(self, action: str, message: Mapping[str, Any], slots: Mapping[str, Any]) -> Answer:
        return await self._answers.run(action, self._conversation_id, message, {SLOT_TONE: self._tone, **slots})

    def _clarify(self, understood: Understood) -> Optional[str]:
        titles = [title for each in understood.readings if (title := reading_title(each.id)) is not None]
        if not titles:
            return None
        if len(titles) == 1:
            return self._rules.asks["clarify_one"][self._tone].format(first=titles[0])
        return self._rules.asks["clarify_two"][self._tone].format(first=titles[0], second=titles[1])

    def _spoken(self, parts: Sequence[Part]) -> Optional[str]:
        text = "\n".join(phrase(part.response, self._tone, **part.values) for part in parts)
        return as_person(self._rules, text) or None


def as_person(rules: Rules, text: str) -> str:
    """Return a text of the bot as a person says it, who does not offer to fetch a person."""
    for sought, put in rules.spoken_by_people:
        text = sought.sub(put, text)
    return text.strip()


def _missing(form: str, slots: Mapping[str, Any]) -> Optional[str]:
    """Return the first slot that a form has to ask for."""
    required = domain()["forms"][form]["required_slots"]
    return next((slot for slot in required if slots.get(slot) is None), None)
