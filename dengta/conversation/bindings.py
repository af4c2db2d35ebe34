"""Which customer a conversation is bound to, and which part of it is theirs."""
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.tables import binding, conversation


def end(session: Session, conversation_id: str) -> None:
    """End the binding of a conversation, if it has one, with what was said so far."""
    last_seq = select(conversation.c.last_seq).where(conversation.c.id == conversation_id).scalar_subquery()
    session.execute(
        update(binding)
        .where(binding.c.conversation_id == conversation_id, binding.c.ended_at.is_(None))
        .values(ended_at=clock.now(), until_seq=last_seq)
    )
