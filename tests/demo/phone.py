"""The phone page in a browser, and the platform behind it in a thread of its own: Playwright runs a loop itself."""
import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Coroutine, TypeVar

from playwright.sync_api import Locator, Page, expect

from dengta.demo.wechat import Handle, Rules, platform
from dengta.demo.wechat.push import Delivery
from tests.demo.conftest import listening
from tests.demo.connector import Connector

PATIENCE = 20.0
Result = TypeVar("Result")


class Backstage:
    """A platform `wx` and the `connector` it pushes to; `call` does something on their side."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wx: Handle, connector: Connector) -> None:
        self._loop, self.wx, self.connector = loop, wx, connector

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on the platform's loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def delivered(self, count: int) -> list[Delivery]:
        """Wait until this many messages have been delivered or given up."""
        self.call(self.wx.until(lambda: sum(one.outcome != "pending" for one in self.wx.deliveries) >= count))
        return self.wx.deliveries

    def send(self, kind: str, part: dict[str, Any]) -> None:
        """Let the account send the only person something of any kind, whatever the quota."""
        self.call(self._show(kind, part))

    async def _show(self, kind: str, part: dict[str, Any]) -> None:
        (person,) = self.wx.world.people.values()
        person.show(self.wx.world.clock.now(), "custom", kind, **part)
        self.wx.world.notice()


@contextmanager
def backstage() -> Iterator[Backstage]:
    """Run a platform and its connector in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    connector, stage = Connector(), _Stage()
    try:
        wx = asyncio.run_coroutine_threadsafe(stage.open(connector), loop).result(PATIENCE)
        yield Backstage(loop, wx, connector)
    finally:
        asyncio.run_coroutine_threadsafe(stage.close(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class _Stage:
    """Keeps the platform open between two calls from another thread."""

    async def open(self, connector: Connector) -> Handle:
        self._closing, ready = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with listening(connector) as url, platform(url, rules=Rules(read_limit=0.5), running=True) as wx:
                ready.set_result(wx)
                await self._closing.wait()

        self._task = asyncio.create_task(run())
        return await ready

    async def close(self) -> None:
        self._closing.set()
        await self._task


class PhonePage:
    """The phone as somebody sees and touches it."""

    def __init__(self, page: Page, stage: Backstage) -> None:
        self.page, self.stage = page, stage
        self.texts: dict[str, Any] = stage.wx.world.texts["phone"]
        self.field = page.get_by_role("textbox", name=self.texts["input"])
        self.bubbles = page.locator(".bubble")
        self.notices = page.locator(".notice")
        self.banner = page.locator(".banner")
        self.state = page.locator(".state")

    def open(self) -> "PhonePage":
        """Go to the page and wait until it is connected."""
        self.page.goto(self.stage.wx.base)
        expect(self.state).not_to_be_empty()
        return self

    def follow(self) -> "PhonePage":
        """Press the button that follows the account."""
        self.button("follow").click()
        expect(self.field).to_be_visible()
        return self

    def button(self, text: str) -> Locator:
        """Return a button by the key of its text."""
        return self.page.get_by_role("button", name=self.texts[text], exact=True)

    def say(self, text: str) -> None:
        """Type a text and press Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def shows(self, *texts: str) -> None:
        """Wait until the conversation consists of exactly these bubbles, in this order."""
        expect(self.bubbles).to_have_text(list(texts))
