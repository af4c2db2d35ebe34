"""Talks of people with customers that are about to end."""
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.engine import Row

from dengta.database import writing
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import Answer
from dengta.handoff.satisfaction.tables import rating
from tests.conversation.conftest import database_url, engine, log, vault  # noqa: F401
from tests.handoff.floor import Floor

Talk = Callable[..., Awaitable[Row]]


@pytest.fixture
def helped(floor: Floor) -> Talk:
    """Let an agent help a customer, close the conversation, and return the invitation."""

    async def helped(agent: str = "a1", group: str = "general", said: str = "已经为您处理好了") -> Row:
        talk, epoch = await floor.helped(agent, group)
        await floor.queue.say(talk, agent, epoch, {"text": said}, "m1")
        await floor.queue.close(talk, agent, epoch)
        return next(row for row in floor.rows(rating) if row.conversation_id == talk)

    return helped


@pytest.fixture
def rate(floor: Floor) -> Callable[[Row, Answer], None]:
    """Answer an invitation."""

    def rate(invitation: Row, answer: Answer) -> None:
        with writing(floor.engine) as session:
            answers.give(session, floor.vault, invitation.id, answer, floor.time)

    return rate
