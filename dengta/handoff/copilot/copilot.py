"""The copilot of an agent: what a message means, how it could be answered, and what is wrong with a draft."""
import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Optional, TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.backends import Backends
from dengta.backends.outcomes import Found
from dengta.clock import SHANGHAI
from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.identity import Known, Standing
from dengta.database import DatabaseUnavailable, Transactions
from dengta.handoff import entries
from dengta.handoff.copilot import drafts
from dengta.handoff.copilot.answers import Answers, AnswersUnavailableError
from dengta.handoff.copilot.drafts import Context, Warned
from dengta.handoff.copilot.figures import Figures, fetch
from dengta.handoff.copilot.procedures import next_question, procedure_for
from dengta.handoff.copilot.proposals import NOTHING, Proposal, Proposals
from dengta.handoff.copilot.rules import rules
from dengta.handoff.copilot.suggestions import Suggestion, UnknownMessageError, meanings, shown
from dengta.handoff.copilot.understanding import Understanding, UnderstandingUnavailableError, Understood
from dengta.privacy.vault import Vault

T = TypeVar("T")
_LOOKED_BACK = 40  # messages in which the customer may have told already what would be asked
_ANSWER_SECONDS = 6.0  # for all actions that make one answer
_REMEMBERED = 500  # suggestions


@dataclass(frozen=True)
class _Heard:
    """What the customer wrote up to the message to be answered, and the tone the conversation is held in."""

    said: Sequence[str]
    tone: str


class Copilot:
    """Helps agents. It only reads: nothing reaches a customer through it, and nothing is changed."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        backends: Backends,
        standing: Callable[[str], Awaitable[Standing]],
        understanding: Understanding,
        answers: Answers,
        now: Callable[[], datetime],
    ) -> None:
        """`standing` tells who a conversation is bound to, as `Identity.standing` does; `now` is business time.

        Raises:
            CopilotRulesError: `copilot.yml` names something that does not exist.
        """
        self._rules = rules()
        self._database = Transactions(engine)
        self._bodies = Bodies(vault)
        self._backends = backends
        self._standing = standing
        self._understanding = understanding
        self._answers = answers
        self._now = now
        self._made: OrderedDict[tuple[str, int], Suggestion] = OrderedDict()

    async def suggest(self, conversation_id: str, seq: int) -> Suggestion:
        """Return what helps to answer a customer's message; what a system that is down would tell is left out.

        Raises:
            UnknownMessageError: there is no such message of a customer.
            DatabaseUnavailable: the conversation cannot be read.
        """
        heard = await self._database.read(lambda session: self._heard(session, conversation_id, seq))
        down: list[str] = []
        understood, standing = await asyncio.gather(
            self._or_say(down, "understanding", self._understanding.understand(heard.said[-1])),
            self._or_say(down, "identity", self._standing(conversation_id)),
        )
        meant = understood.reading if understood is not None else None
        figures, proposal = await asyncio.gather(
            self._figures(standing, self._rules.figures.get(meant or "", ())),
            self._or_say(down, "answers", self._proposal(conversation_id, heard.tone, understood)),
        )
        if figures.down:
            down.append(self._rules.down["book"])
        answer, question = proposal or NOTHING
        suggestion = Suggestion(
            seq=seq,
            at=self._now(),
            reading=meant,
            meanings=meanings(understood),
            verified=isinstance(standing, Known),
            figures=shown(figures),
            answer=answer,
            question=question or next_question(meant, heard.said),
            procedure=procedure_for(meant),
            down=tuple(down),
        )
        self._remember(conversation_id, suggestion)
        return suggestion

    async def suggested(self, conversation_id: str, seq: int) -> Suggestion:
        """Return what was suggested for a message last, or else what `suggest` returns, which may raise as it does."""
        made = self._made.get((conversation_id, seq))
        return made if made is not None else await self.suggest(conversation_id, seq)

    async def check(
        self, conversation_id: str, draft: str, seq: Optional[int] = None, sender: str = ""
    ) -> tuple[Warned, ...]:
        """Return what is wrong with what an agent is about to send, in answer to the message `seq` if that is known.

        `sender` is the agent's name, which they may tell.

        Raises:
            UnknownMessageError: there is no such message of a customer.
            DatabaseUnavailable: nobody can tell who the customer is.
        """
        standing = await self._standing(conversation_id)
        states_numbers = bool(drafts.numbers(self._rules, draft))
        proposed = (await self.suggested(conversation_id, seq)).answer if states_numbers and seq is not None else None
        if not isinstance(standing, Known):
            return drafts.warnings(self._rules, draft, Context(None, (), proposed or "", sender))
        customer = await self._backends.customer.get(standing.customer_id)
        known = (customer.value.name, customer.value.phone) if isinstance(customer, Found) else ()
        figures = await self._figures(standing, tuple(self._rules.kinds) if states_numbers else ())
        return drafts.warnings(self._rules, draft, Context(figures, known, proposed or "", sender))

    def forbidden(self, draft: str) -> tuple[Warned, ...]:
        """Return why a draft must not be sent as it is; nothing if it may be. No other system is asked."""
        return drafts.forbidden(self._rules, draft)

    async def _proposal(self, conversation_id: str, tone: str, understood: Optional[Understood]) -> Proposal:
        if understood is None:
            return NOTHING
        proposals = Proposals(self._rules, self._answers, conversation_id, tone)
        try:
            return await asyncio.wait_for(proposals.to(understood), _ANSWER_SECONDS)
        except asyncio.TimeoutError:
            raise AnswersUnavailableError("TimeoutError") from None

    async def _figures(self, standing: Optional[Standing], kinds: Sequence[str]) -> Figures:
        if not isinstance(standing, Known):
            return Figures((), ())
        return await fetch(self._backends, standing.customer_id, kinds, self._now().astimezone(SHANGHAI).date())

    async def _or_say(self, down: list[str], what: str, call: Awaitable[T]) -> Optional[T]:
        """Return what a call returns; None, and a sentence about it in `down`, if the system it needs is down."""
        try:
            return await call
        except (UnderstandingUnavailableError, AnswersUnavailableError, DatabaseUnavailable):
            down.append(self._rules.down[what])
            return None

    def _remember(self, conversation_id: str, suggestion: Suggestion) -> None:
        self._made[conversation_id, suggestion.seq] = suggestion
        self._made.move_to_end((conversation_id, suggestion.seq))
        while len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)

    def _heard(self, session: Session, conversation_id: str, seq: int) -> _Heard:
        after = max(0, seq - _LOOKED_BACK)
        messages = records.since(session, self._bodies, conversation_id, after, max(0, seq - after))
        theirs = [message for message in messages if message.author == "customer"]
        if not theirs or theirs[-1].seq != seq:
            raise UnknownMessageError()
        return _Heard([message.text for message in theirs], entries.tone(session, conversation_id))
