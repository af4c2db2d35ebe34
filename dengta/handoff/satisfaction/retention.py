"""What the erasure of a customer or a conversation leaves of ratings; `data/lexicon/retention.yml` says why."""
from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from dengta.handoff.satisfaction.tables import rating


class RatingCases:
    """Ratings as `dengta.conversation.erasure.Cases`: the figures stay, the words and who wrote them go."""

    def wait(self, session: Session, conversation_id: str) -> bool:
        """Return False: nobody waits for a rating."""
        return False

    def evidence(self, session: Session, conversation_id: str) -> Collection[int]:
        """Return no messages."""
        return ()

    def forget_conversation(self, session: Session, conversation_id: str) -> int:
        """Make the ratings of a conversation nobody's; return how many were somebody's."""
        return _forget(session, rating.c.conversation_id == conversation_id)

    def forget_customer(self, session: Session, customer_id: str) -> int:
        """Make the ratings of a customer nobody's; return how many there were."""
        return _forget(session, rating.c.customer_id == customer_id)


def _forget(session: Session, whose: Any) -> int:
    somebodys = or_(rating.c.words.is_not(None), rating.c.customer_id.is_not(None), rating.c.account_id.is_not(None))
    nobodys = {"words": None, "customer_id": None, "account_id": None}
    return int(session.execute(update(rating).where(whose, somebodys).values(**nobodys)).rowcount)
