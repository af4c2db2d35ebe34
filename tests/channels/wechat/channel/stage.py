"""Our connector and the platform that plays WeChat, introduced to each other over real sockets."""
import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Optional

from dengta.channels.channel import Channel
from dengta.channels.wechat.channel import WeChatChannel
from dengta.channels.wechat.patience import Patience
from dengta.channels.wechat.voice import Recognise
from dengta.demo.wechat import Account, Handle, Rules, platform
from dengta.official_account import API, Handoff, OfficialAccount
from dengta.stores import Stores
from tests.channels.conftest import Bot

LI = "oDengtaLi00000000000000000001"
WANG = "oDengtaWang000000000000000002"
SEND, TYPING = "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"
FAST = 10.0  # seconds a turn is waited for where it is to be answered passively: more than a busy machine needs
SLOW = 0.05  # where it is not


def account(wechat: Account, **changes: Any) -> OfficialAccount:
    """Return our settings for an account of the platform."""
    keys = tuple(key for key in (wechat.aes_key, wechat.previous_aes_key) if key)
    given = {"aes_keys": keys, "handoff": "desk", "kf_account": None, "api": API, **changes}
    return OfficialAccount(wechat.appid, wechat.secret, wechat.token, **given)


class WeChatBot(Bot):
    """A process of ours with the WeChat channel. What is set before `start` holds for it."""

    def __init__(self, database_url: str, folder: Path, wx: Handle) -> None:
        super().__init__(database_url, folder)
        self.wx = wx
        self.patience = FAST
        self.handoff: Handoff = "desk"
        self.kf_account: Optional[str] = None
        self.recognise: Optional[Recognise] = None
        self.url = f"http://127.0.0.1:{self.port}/webhooks/wechat"

    def channels(self) -> list[Channel]:
        ours = account(
            self.wx.world.account, handoff=self.handoff, kf_account=self.kf_account, api=self.wx.base
        )
        stores = Stores(self.engine, self.vault)
        return [WeChatChannel(ours, stores, self.recognise, Patience(self.patience))]

    async def start(self) -> None:
        await super().start()
        self.wx.wire.connector = self.url

    def heard(self) -> list[str]:
        """Return what Rasa was given, in order."""
        return [message.text for message in self.agent.heard]


@asynccontextmanager
async def wechat(read_limit: float = FAST + 1, **rules: Any) -> AsyncIterator[Handle]:
    """Run the platform; `read_limit` takes the place of WeChat's five seconds."""
    async with platform(rules=Rules(read_limit=read_limit, **rules)) as wx:
        yield wx


def texts(wx: Handle, openid: str = LI) -> list[str]:
    """Return what the account said to somebody, in order."""
    return [line.text for line in wx.shown(openid)]


def sources(wx: Handle, openid: str = LI) -> list[str]:
    """Return how it came: `passive`, `custom`, `system`."""
    return [line.source for line in wx.shown(openid)]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what nobody tells of, such as a row of the database.

    Raises:
        AssertionError: it did not come to hold.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
