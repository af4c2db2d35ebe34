"""What people do with their phones, and how it reaches the connector."""
import itertools
import time
from typing import Any, Mapping, Optional

from aiohttp import ClientSession, TCPConnector

from dengta.demo.wechat.envelope import challenge
from dengta.demo.wechat.ledger import Kind
from dengta.demo.wechat.people import Person
from dengta.demo.wechat.push import Delivery, Pusher
from dengta.demo.wechat.replies import articles
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


class Customers:
    """The acts of all people; each returns when the message has been delivered, answered or given up."""

    def __init__(self, world: World, wire: Wire, http: ClientSession) -> None:
        self._world = world
        self._pusher = Pusher(http, wire, world.rules, world.account.keys)
        self._ids = itertools.count(time.time_ns())
        self.deliveries: list[Delivery] = []

    async def say(self, openid: str, text: str, menu_id: Optional[str] = None) -> Delivery:
        """Send a text; with `menu_id` it is a tap on an item of a message menu, which grants what a menu click does."""
        more = {"bizmsgmenuid": menu_id} if menu_id else {}
        return await self.message(openid, "text", text, {"Content": text, **more}, "click" if menu_id else "message")

    async def message(
        self, openid: str, kind: str, text: str, content: Mapping[str, Any], grant: Kind = "message", **more: Any
    ) -> Delivery:
        """Send a message of any type: `text` and `more` are what the phone shows, `content` its elements."""
        person = self._world.person(openid)
        if not person.following:
            raise ValueError("only a follower can write to the account")
        now = self._world.clock.now()
        person.acts(grant, now)
        person.show(now, "customer", kind, text, **more)
        self._world.notice()
        return await self._push(person, {"MsgType": kind, **content, "MsgId": next(self._ids)})

    async def event(self, openid: str, name: str, key: str = "", **elements: Any) -> Delivery:
        """Let an event happen: `subscribe`, `unsubscribe`, `SCAN`, `CLICK`, `VIEW`, …; `key` is the EventKey."""
        person = self._world.person(openid)
        now = self._world.clock.now()
        person.following = name != "unsubscribe" and (person.following or name == "subscribe")
        if name == "subscribe":
            person.followed_at = now
        if grant := GRANTED_BY.get(name.lower()):
            person.acts(grant, now)
        self._world.notice()
        return await self._push(person, {"MsgType": "event", "Event": name, "EventKey": key, **elements})

    async def verify(self) -> bool:
        """Verify the connector's URL; tell whether it answered the challenge."""
        params, echo = challenge(self._world.account.keys, encrypted=False)
        attempt = await self._pusher.get(params)
        return attempt.status == 200 and attempt.answer == echo

    async def _push(self, person: Person, content: Mapping[str, Any]) -> Delivery:
        head = {
            "ToUserName": self._world.account.original_id,
            "FromUserName": person.openid,
            "CreateTime": int(self._world.clock.now()),
        }
        delivery = Delivery({**head, **content})
        self.deliveries.append(delivery)
        await self._pusher.deliver(delivery, person.openid, self._world.has_media)
        self._show(person, delivery)
        self._world.notice()
        return delivery

    def _show(self, person: Person, delivery: Delivery) -> None:
        now = self._world.clock.now()
        if delivery.outcome == "failed" and person.following:
            person.show(now, "system", "notice", self._world.texts["platform"]["out_of_order"])
        elif delivery.reply is not None and delivery.reply["MsgType"] != "transfer_customer_service":
            text, more = _visible(delivery.reply)
            person.show(now, "passive", delivery.reply["MsgType"], text, **more)


def open_http() -> ClientSession:
    """Return a session that opens a new connection for every delivery."""
    return ClientSession(connector=TCPConnector(force_close=True, limit=0))


def _visible(reply: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = reply["MsgType"]
    if kind == "text":
        return reply["Content"], {}
    if kind == "news":
        names = {"Title": "title", "Description": "description", "Url": "url", "PicUrl": "picture"}
        return "", {"articles": [{ours: str(article.get(theirs, "")) for theirs, ours in names.items()}
                                 for article in articles(reply)]}
    return "", {"media_id": reply[kind.capitalize()].get("MediaId", "")}
