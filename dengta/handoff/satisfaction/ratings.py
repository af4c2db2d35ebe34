"""Ratings as channels work with them: each call is one transaction."""
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.clock import real_time
from dengta.database import Transactions
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import Answer, Invitation
from dengta.privacy.vault import Vault


class Ratings:
    """The invitations of all conversations, also of those that have ended.

    Every call raises UnknownInvitationError if the conversation was never asked this, and DatabaseUnavailable when the
    database does not answer.
    """

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], datetime] = real_time) -> None:
        self._database = Transactions(engine)
        self._vault = vault
        self._now = now

    async def find(self, conversation_id: str, invitation: str) -> Invitation:
        """Return an invitation and what was answered."""
        return await self._database.read(lambda session: self._find(session, conversation_id, invitation))

    async def give(self, conversation_id: str, invitation: str, answer: Answer) -> Invitation:
        """Note an answer in the place of an earlier one.

        Raises:
            ExpiredError, InvalidAnswerError: nothing was changed.
        """

        def work(session: Session) -> Invitation:
            self._find(session, conversation_id, invitation)
            answers.give(session, self._vault, invitation, answer, self._now())
            return self._find(session, conversation_id, invitation)

        return await self._database.write(work)

    async def decline(self, conversation_id: str, invitation: str) -> Invitation:
        """Note that the customer does not want to answer.

        Raises:
            ExpiredError: nothing was changed.
        """

        def work(session: Session) -> Invitation:
            self._find(session, conversation_id, invitation)
            answers.decline(session, invitation, self._now())
            return self._find(session, conversation_id, invitation)

        return await self._database.write(work)

    def _find(self, session: Session, conversation_id: str, invitation: str) -> Invitation:
        return answers.find(session, self._vault, conversation_id, invitation, self._now())
