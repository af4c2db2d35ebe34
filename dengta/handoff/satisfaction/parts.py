"""A person's part of a conversation: from the moment somebody waited for people until the bot, or nobody, had it."""
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import message
from dengta.handoff.satisfaction.rules import Risk
from dengta.handoff.tables import queue_entry

_WENT_ON = ("transferred", "taken_over", "agent_gone")


@dataclass(frozen=True)
class Part:
    """The epochs of a part, both included, with the causes of its stretches and the skill group of the last one."""

    conversation_id: str
    from_epoch: int
    until_epoch: int
    causes: frozenset[str]
    group: str


def ended(session: Session, conversation_id: str, until_epoch: int) -> Optional[Part]:
    """Return the part that has just ended with `until_epoch`, None if nobody ever waited for a person.

    Stretches belong together when one began in the same moment in which the one before was left to another person.
    """
    rows = session.execute(
        select(queue_entry).where(queue_entry.c.conversation_id == conversation_id).order_by(queue_entry.c.id.desc())
    ).all()
    if not rows:
        return None
    stretches = [rows[0]]
    for row in rows[1:]:
        if row.why_left not in _WENT_ON or row.left_at != stretches[-1].entered_at:
            break
        stretches.append(row)
    causes = frozenset(row.reason for row in stretches)
    return Part(conversation_id, stretches[-1].epoch, until_epoch, causes, stretches[0].group)


def speakers(session: Session, part: Part) -> Sequence[str]:
    """Select the people who said something in it."""
    return session.execute(
        select(message.c.author_id)
        .distinct()
        .where(_of(part), message.c.author_kind == "agent", message.c.status == "sent")
        .order_by(message.c.author_id)
    ).scalars().all()


def shows(session: Session, bodies: Bodies, part: Part, risks: Sequence[Risk]) -> bool:
    """Tell whether one of these risks is in the cause of the hand-over or in what the customer said in the part."""
    if any(part.causes & risk.readings for risk in risks):
        return True
    said: Sequence[Row] = session.execute(select(message).where(_of(part), message.c.author_kind == "customer")).all()
    texts = [bodies.read(row).get("text", "") for row in said]
    return any(risk.phrases.occur_in(text) for risk in risks for text in texts)


def _of(part: Part) -> object:
    return (message.c.conversation_id == part.conversation_id) & message.c.epoch.between(
        part.from_epoch, part.until_epoch
    )
