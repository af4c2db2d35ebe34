"""The platform in the hands of a test: `async with platform() as wx`."""
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Callable, Optional

from aiohttp import web

from dengta.demo.wechat.clock import Clock
from dengta.demo.wechat.customer import Customers, open_http
from dengta.demo.wechat.gate import Call, Fault
from dengta.demo.wechat.kf.customer import KfCustomers
from dengta.demo.wechat.people import Shown
from dengta.demo.wechat.phone import Phone
from dengta.demo.wechat.push import Delivery
from dengta.demo.wechat.server import application
from dengta.demo.wechat.settings import Account, Corp, Rules, Wire
from dengta.demo.wechat.world import World

PATIENCE = 20.0
TEST_RULES = Rules(read_limit=0.5)


class Handle(Phone):
    """A running platform. `base` is its address, `wire` how it reaches the connector, `world` its inside.

    `kf` are the customers of the corporation's kf account, with a wire of their own.
    """

    def __init__(self, world: World, wire: Wire, customers: Customers, kf: KfCustomers) -> None:
        super().__init__(world, customers)
        self.base, self.world, self.wire, self.customers, self.kf = world.base, world, wire, customers, kf

    async def event(self, openid: str, name: str, key: str = "", **elements: Any) -> Delivery:
        """Let any event happen; `key` is its EventKey."""
        return await self.customers.event(openid, name, EventKey=key, **elements)

    async def send(self, openid: str, kind: str, **elements: Any) -> Delivery:
        """Send a message of any type, such as `location`, with the elements WeChat gives it."""
        return await self.customers.message(openid, kind, "", elements)

    async def verify(self) -> bool:
        """Verify the connector's URL as WeChat's console does; tell whether it passed."""
        return await self.customers.verify()

    def shown(self, openid: str) -> list[Shown]:
        """Return what the phone shows, in order, without the person's own messages."""
        person = self.world.people.get(openid)
        return person.shown() if person is not None else []

    async def wait_shown(self, openid: str, count: int, seconds: float = PATIENCE) -> list[Shown]:
        """Return what the phone shows as soon as there are `count` lines.

        Raises:
            asyncio.TimeoutError: there are fewer after `seconds`.
        """
        await self.until(lambda: len(self.shown(openid)) >= count, seconds)
        return self.shown(openid)

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait for anything on the platform: a call, a message, a delivery.

        Raises:
            asyncio.TimeoutError: the condition does not hold after `seconds`.
        """
        await self.world.until(condition, seconds)

    def calls(self, path: Optional[str] = None) -> list[Call]:
        """Return the calls of the API in order, those of one path if it is given."""
        return [call for call in self.world.gate.calls if path in (None, call.path)]

    @property
    def deliveries(self) -> list[Delivery]:
        """Return every message that was to be pushed, in order."""
        return list(self.customers.deliveries)

    def advance(self, seconds: float) -> None:
        """Move the platform's clock forward."""
        self.world.clock.advance(seconds)
        self.world.notice()

    def fault(
        self, path: str, times: int = 1, errcode: Optional[int] = None, delay: float = 0.0, drop: Optional[str] = None
    ) -> None:
        """Let the next calls of a path go wrong; see `Fault`."""
        self.world.gate.faults.append(Fault(path, times, errcode, delay, drop))


@asynccontextmanager
async def platform(
    connector: str = "",
    account: Optional[Account] = None,
    corp: Optional[Corp] = None,
    rules: Rules = TEST_RULES,
    running: bool = False,
    port: int = 0,
) -> AsyncIterator[Handle]:
    """Run a platform on 127.0.0.1; `connector` may be set later, as `wx.wire.connector`.

    Args:
        connector: where messages are pushed to.
        account: appid, secret, token, keys; the default account is `Account()`.
        corp: the same of the corporation with kf, `Corp()`; its connector is set as `wx.kf.wire.connector`.
        rules: limits; by default WeChat's, with 0.5 s in place of 5 s for an answer.
        running: whether the clock runs by itself; in tests it stands still until advanced.
        port: where it listens; 0 takes a free one.
    """
    world, wire = World(account or Account(), corp or Corp(), rules, Clock(running)), Wire(connector)
    async with open_http() as http:
        customers = Customers(world, wire, http)
        kf = KfCustomers(world, Wire(""), http, customers)
        runner = web.AppRunner(application(world, customers, kf), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            world.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield Handle(world, wire, customers, kf)
        finally:
            await customers.close()
            await runner.cleanup()
