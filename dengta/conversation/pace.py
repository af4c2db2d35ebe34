"""How fast customers may write, in one conversation and in all of theirs together, whichever process receives it.

A conversation counts its messages in windows of `WINDOW`, in its own row, which `receive` holds and writes anyway. A
customer's conversations are added up when one of them receives something. Counted in real time, so that a frozen demo
clock does not stop a window.
"""
import math
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation.tables import binding, conversation

WINDOW = timedelta(seconds=10)
CONVERSATION_LIMIT = 20
CUSTOMER_LIMIT = 40


class TooManyMessages(Exception):
    """Somebody writes too fast; nothing was stored. The next message is welcome after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


def count(session: Session, talk: Row, now: datetime) -> None:
    """Count one more message of a locked conversation.

    Raises:
        TooManyMessages: there were too many in this conversation, or in those bound to its customer.
    """
    since, sent = talk.pace_since, talk.pace_count
    if since is None or since <= now - WINDOW:
        since, sent = now, 0
    if sent >= CONVERSATION_LIMIT:
        raise TooManyMessages(_seconds_until(since + WINDOW, now))
    _count_for_customer(session, talk.id, now)
    session.execute(
        update(conversation).where(conversation.c.id == talk.id).values(pace_since=since, pace_count=sent + 1)
    )


def _count_for_customer(session: Session, conversation_id: str, now: datetime) -> None:
    customer = select(binding.c.customer_id).where(
        binding.c.conversation_id == conversation_id, binding.c.ended_at.is_(None)
    )
    total, since = session.execute(
        select(func.sum(conversation.c.pace_count), func.min(conversation.c.pace_since))
        .join(binding, binding.c.conversation_id == conversation.c.id)
        .where(
            binding.c.customer_id == customer.scalar_subquery(),
            binding.c.ended_at.is_(None),
            conversation.c.pace_since > now - WINDOW,
        )
    ).one()
    if (total or 0) >= CUSTOMER_LIMIT:
        raise TooManyMessages(_seconds_until(since + WINDOW, now))


def _seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, math.ceil((moment - now).total_seconds()))
