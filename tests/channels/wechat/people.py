"""People at our own desk who help a customer of WeChat, and what became of it."""
from typing import Any

from sqlalchemy import select

from dengta.clock import real_time
from dengta.conversation.tables import conversation
from dengta.database import reading
from dengta.handoff.queue import Queue
from dengta.handoff.rules import rules
from dengta.handoff.satisfaction.tables import rating, rating_reason
from tests.channels.conftest import Bot


async def help_and_leave(bot: Bot, how: str) -> None:
    """Let somebody take the only open conversation over, say a sentence, and `close` it or `give_back` it."""
    desk = Queue(bot.engine, bot.vault, rules(), real_time)
    await desk.presence("a1", "online", 9, ["general"])
    with reading(bot.engine) as session:
        talk = session.execute(select(conversation).where(conversation.c.ended_at.is_(None))).one()
    epoch = await desk.take_over(talk.id, "a1", talk.owner_epoch)
    await desk.say(talk.id, "a1", epoch, {"text": "您好，我来帮您"}, "m1")
    await (desk.close if how == "close" else desk.give_back)(talk.id, "a1", epoch)


def ratings(bot: Bot) -> list[Any]:
    """Return what was asked and answered."""
    with reading(bot.engine) as session:
        return session.execute(select(rating).order_by(rating.c.invited_at)).all()


def reasons(bot: Bot) -> list[str]:
    """Return the reasons that were chosen."""
    with reading(bot.engine) as session:
        return session.execute(select(rating_reason.c.reason).order_by(rating_reason.c.reason)).scalars().all()
