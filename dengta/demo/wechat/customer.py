"""What people do with their phones, and how it reaches the connector."""
import asyncio
import itertools
import time
from collections import deque
from typing import Any, Coroutine, Mapping, Optional

from aiohttp import ClientSession, TCPConnector, web

from dengta.demo.wechat.envelope import challenge, seal
from dengta.demo.wechat.ledger import Kind
from dengta.demo.wechat.people import Person
from dengta.demo.wechat.push import Delivery, Pusher
from dengta.demo.wechat.replies import TRANSFER, judge, visible, wanted_agent
from dengta.demo.wechat.settings import Wire
from dengta.demo.wechat.world import World

# Events that let the account answer, by name in lower case.
GRANTED_BY: dict[str, Kind] = {
    "subscribe": "subscribe",
    "scan": "scan",
    "click": "click",
    "scancode_push": "click",
    "scancode_waitmsg": "click",
    "user_enter_tempsession": "enter",
}
_KEPT = 100_000


class NotFollowing(Exception):
    """Only a follower can write to the account."""


class Customers:
    """The acts of all people; each returns when the message has been delivered, answered or given up."""

    def __init__(self, world: World, wire: Wire, http: ClientSession) -> None:
        self._world, self._wire = world, wire
        self._pusher = Pusher(http, wire, world.rules)
        self._ids = itertools.count(time.time_ns())
        self._tasks: set[asyncio.Task[Any]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)

    async def message(
        self, openid: str, kind: str, text: str, elements: Mapping[str, Any], grant: Kind = "message", **more: Any
    ) -> Delivery:
        """Send a message: `text` and `more` are what the phone shows, `elements` what is pushed.

        Raises:
            NotFollowing.
        """
        person = self._world.person(openid)
        if not person.following:
            raise NotFollowing
        now = self._world.clock.act()
        person.acts(grant, now)
        person.show(now, "customer", kind, text, **more)
        self._world.notice()
        return await self._push(person, {"MsgType": kind, **elements, "MsgId": next(self._ids)})

    async def event(self, openid: str, name: str, **elements: Any) -> Delivery:
        """Let an event happen: `subscribe`, `unsubscribe`, `SCAN`, `CLICK`, `VIEW`, ….

        Following again while following, as a scan of the account's code is, changes nothing but the quota.
        """
        person = self._world.person(openid)
        now = self._world.clock.act()
        if name in ("subscribe", "unsubscribe"):
            person.follow(name == "subscribe", now)
        if grant := GRANTED_BY.get(name.lower()):
            person.acts(grant, now)
        self._world.notice()
        return await self._push(person, {"MsgType": "event", "Event": name, **elements})

    async def verify(self) -> bool:
        """Verify the connector's URL; tell whether it answered the challenge."""
        params, echo = challenge(self._world.account.keys, encrypted=False)
        attempt = await self._pusher.get(params)
        return attempt.status == 200 and attempt.answer == echo

    def later(self, act: Coroutine[Any, Any, Any]) -> None:
        """Let an act happen beside what is going on."""
        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what still happens."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _push(self, person: Person, content: Mapping[str, Any]) -> Delivery:
        now = self._world.clock.now()
        head = {"ToUserName": self._world.account.original_id, "FromUserName": person.openid, "CreateTime": int(now)}
        delivery = Delivery({**head, **content})
        self.deliveries.append(delivery)
        if content["MsgType"] != "event" and self._world.sessions.holds(person.openid, now):
            delivery.outcome = "person"
        else:
            keys, wire, message = self._world.account.keys, self._wire, delivery.message
            await self._pusher.deliver(
                delivery,
                lambda: seal(message, wire, keys, person.openid),
                lambda answer: judge(answer, message, wire, keys, self._world.has_media),
            )
            await self._show(person, delivery)
        self._world.notice()
        return delivery

    async def _show(self, person: Person, delivery: Delivery) -> None:
        now, reply = self._world.clock.now(), delivery.reply
        if delivery.outcome == "failed" and person.following:
            person.show(now, "system", "notice", self._world.texts["platform"]["out_of_order"])
        elif reply is not None and reply["MsgType"] == TRANSFER:
            await self._transfer(person, wanted_agent(reply), now)
        elif reply is not None and person.following:
            text, more = visible(reply)
            person.show(now, "passive", reply["MsgType"], text, **more)

    async def _transfer(self, person: Person, wanted: Optional[str], now: float) -> None:
        agent = self._world.sessions.transfer(person.openid, wanted, now)
        if agent is not None:
            await self.event(person.openid, "kf_create_session", KfAccount=agent)


def open_http() -> ClientSession:
    """Return a session that opens a new connection for every delivery."""
    return ClientSession(connector=TCPConnector(force_close=True, limit=0))


CUSTOMERS = web.AppKey("customers", Customers)
