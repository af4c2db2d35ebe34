"""Our connector and the platform that plays WeCom, introduced to each other over real sockets."""
import asyncio
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from sqlalchemy import select

from dengta.channels.channel import Channel
from dengta.channels.wechat.kf.channel import KfChannel
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import conversation, message
from dengta.database import reading
from dengta.demo.wechat import Corp, Handle
from dengta.stores import Stores
from dengta.wecom import Corporation, Handoff
from tests.channels.conftest import Bot

CORP = Corp()
WK = next(iter(CORP.kf_accounts))
LI, WANG = "wmDengtaLi0000000000000000001", "wmDengtaWang00000000000000002"
SEND, SYNC, TRANS = "/cgi-bin/kf/send_msg", "/cgi-bin/kf/sync_msg", "/cgi-bin/kf/service_state/trans"
PATIENCE = 20.0


def corporation(base: str, **changes: Any) -> Corporation:
    """Return our settings for the platform's corporation."""
    given = {"aes_keys": (CORP.aes_key,), "handoff": "wecom", "servicer": None, "api": base, **changes}
    return Corporation(CORP.corpid, CORP.secret, CORP.token, **given)


class KfBot(Bot):
    """A process of ours with the channel kf. What is set before `start` holds for it."""

    def __init__(self, database_url: str, folder: Path, wx: Handle) -> None:
        super().__init__(database_url, folder)
        self.wx = wx
        self.handoff: Handoff = "wecom"
        self.servicer: Optional[str] = None
        self.url = f"http://127.0.0.1:{self.port}/webhooks/kf"
        self.channel: KfChannel

    def channels(self) -> list[Channel]:
        ours = corporation(self.wx.base, handoff=self.handoff, servicer=self.servicer)
        clock = self.wx.world.clock
        self.channel = KfChannel(
            ours, Stores(self.engine, self.vault), now=lambda: datetime.fromtimestamp(clock.now(), timezone.utc)
        )
        return [self.channel]

    async def start(self) -> None:
        await super().start()
        self.wx.kf.wire.connector = self.url

    def heard(self) -> list[str]:
        """Return what Rasa was given, in order."""
        return [given.text for given in self.agent.heard]

    def record(self) -> list[tuple[str, str]]:
        """Return the record of all conversations: who said what, in the order it was stored."""
        bodies = Bodies(self.vault)
        with reading(self.engine) as session:
            rows = session.execute(select(message).order_by(message.c.id)).all()
            return [(row.author_kind, bodies.read(row).get("text", "")) for row in rows]

    def owner(self) -> tuple[str, Optional[str]]:
        """Return state and owner of the only conversation."""
        with reading(self.engine) as session:
            row = session.execute(select(conversation)).one()
            return row.state, row.owner_id


async def shown(wx: Handle, count: int, customer: str = LI) -> list[str]:
    """Wait until a phone shows `count` lines that are not the customer's, and return their texts."""
    await wx.until(lambda: len(wx.kf.shown(customer)) >= count, PATIENCE)
    return texts(wx, customer)


def texts(wx: Handle, customer: str = LI) -> list[str]:
    """Return what a phone shows without the customer's own messages."""
    return [line.text for line in wx.kf.shown(customer)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that only the database shows.

    Raises:
        asyncio.TimeoutError: it does not come.
    """

    async def waiting() -> None:
        while not condition():  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.01)

    await asyncio.wait_for(waiting(), PATIENCE)
