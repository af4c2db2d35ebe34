"""What customers and servicers of kf do, and the callback that tells the connector to pull."""
import secrets
from collections import deque
from typing import Any, Mapping, Optional

from aiohttp import ClientSession, web

from dengta.demo.wechat.customer import Customers
from dengta.demo.wechat.envelope import BadAnswer, challenge, seal_for_corp
from dengta.demo.wechat.errors import Refused
from dengta.demo.wechat.kf.desk import SESSION_LASTS, Desk, State, Talk
from dengta.demo.wechat.people import Shown
from dengta.demo.wechat.push import Delivery, Pusher
from dengta.demo.wechat.replies import NOTHING_TO_SAY
from dengta.demo.wechat.settings import Wire
from dengta.demo.wechat.world import World

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5
ACCEPTED, TRANSFERRED, CLOSED = 1, 2, 3


class KfCustomers:
    """Acts at a corporation's kf accounts; each returns when its callback was answered or given up.

    Customers are named by external_userid and, without `open_kfid`, write to the first kf account.
    """

    def __init__(self, world: World, wire: Wire, http: ClientSession, others: Customers) -> None:
        self.desk, self.wire = Desk(world.corp), wire
        self._world, self._others = world, others
        self._pusher = Pusher(http, wire, world.rules)
        self._first = next(iter(world.corp.kf_accounts))
        self._syncs: deque[float] = deque()
        self.deliveries: deque[Delivery] = deque(maxlen=10_000)

    async def say(self, customer: str, text: str, menu_id: str = "", open_kfid: str = "") -> Delivery:
        """Write a text; with `menu_id` it is a tap on an item of a menu."""
        part = {"content": text, **({"menu_id": menu_id} if menu_id else {})}
        return await self.send(customer, "text", part, text, open_kfid)

    async def voice(self, customer: str, open_kfid: str = "") -> Delivery:
        """Send a voice message."""
        media = self._world.media.add("voice", b"#!AMR\n" + bytes(64), self._world.clock.now())
        return await self.send(customer, "voice", {"media_id": media.media_id}, "", open_kfid)

    async def image(self, customer: str, data: bytes, open_kfid: str = "") -> Delivery:
        """Send a picture."""
        media = self._world.media.add("image", data, self._world.clock.now())
        return await self.send(customer, "image", {"media_id": media.media_id}, "", open_kfid)

    async def send(
        self, customer: str, kind: str, part: Mapping[str, Any], text: str = "", open_kfid: str = ""
    ) -> Delivery:
        """Send a message of any kind; it begins a session if there is none."""
        talk, now = self._meet(customer, open_kfid)
        if talk.state is State.ENDED:
            self.desk.move(talk, State.NEW, "", now)
        talk.moved, talk.wrote = now, True
        talk.customer.acts("message", now)
        talk.customer.show(now, "customer", kind, text)
        ids = {"open_kfid": talk.open_kfid, "external_userid": customer}
        self.desk.note(talk.open_kfid, {**ids, "origin": CUSTOMER, "msgtype": kind, kind: dict(part)}, now)
        return await self._call_back(talk, now)

    async def enter(self, customer: str, scene: str = "", param: str = "", open_kfid: str = "") -> Delivery:
        """Open the chat; who has not written and was not welcomed in 48 hours may be welcomed."""
        talk, now = self._meet(customer, open_kfid)
        event = {"event_type": "enter_session", "scene": scene, "scene_param": param}
        if not talk.wrote and (talk.welcomed is None or now - talk.welcomed >= SESSION_LASTS):
            event["welcome_code"] = self.desk.new_code(talk, "welcome", now)
        return await self._event(talk, event, now)

    async def accept(self, customer: str, servicer: str, open_kfid: str = "") -> Delivery:
        """Let a servicer take a customer out of the queue."""
        talk, now = self._meet(customer, open_kfid)
        return await self._serve(talk, State.SERVICER, servicer, ACCEPTED, now)

    async def end(self, customer: str, open_kfid: str = "") -> Delivery:
        """Let the servicer end the session."""
        talk, now = self._meet(customer, open_kfid)
        return await self._serve(talk, State.ENDED, "", CLOSED, now)

    async def servicer_says(self, customer: str, text: str, open_kfid: str = "") -> Delivery:
        """Let the servicer write to the customer; the log holds it with origin 5."""
        talk, now = self._meet(customer, open_kfid)
        talk.customer.show(now, "agent", "text", text)
        ids = {"open_kfid": talk.open_kfid, "external_userid": customer, "servicer_userid": talk.servicer}
        self.desk.note(talk.open_kfid, {**ids, "origin": SERVICER, "msgtype": "text", "text": {"content": text}}, now)
        return await self._call_back(talk, now)

    async def verify(self) -> bool:
        """Verify the connector's URL with an encrypted challenge; tell whether it passed."""
        params, echo = challenge(self.desk.corp.keys, encrypted=True)
        attempt = await self._pusher.get(params)
        return attempt.status == 200 and attempt.answer == echo

    def shown(self, customer: str, open_kfid: str = "") -> list[Shown]:
        """Return what the customer's phone shows without their own messages."""
        talk = self.desk.talks.get((customer, open_kfid or self._first))
        return talk.customer.shown() if talk is not None else []

    def fail_next(self, fail_type: int = 0) -> None:
        """Let the next message be accepted and not arrive; the log tells it as msg_send_fail."""
        self.desk.failing.append(fail_type)

    def later_failure(self, talk: Talk, msgid: str, fail_type: int) -> None:
        """Tell the connector, beside what is going on, that a message did not arrive."""
        event = {"event_type": "msg_send_fail", "fail_msgid": msgid, "fail_type": fail_type}
        self._others.later(self._event(talk, event, self._world.clock.act()))

    def new_msgid(self) -> str:
        """Return an id for a message whose sender gave none."""
        return secrets.token_hex(16)

    def count_sync(self, now: float) -> None:
        """Count a pull without token.

        Raises:
            Refused: 45009 there were too many within a minute.
        """
        while self._syncs and now - self._syncs[0] >= 60:
            self._syncs.popleft()
        if len(self._syncs) >= self._world.rules.syncs_without_token:
            raise Refused(45009)
        self._syncs.append(now)

    def _meet(self, customer: str, open_kfid: str) -> tuple[Talk, float]:
        now = self._world.clock.act()
        return self.desk.meet(customer, open_kfid or self._first, now), now

    async def _serve(self, talk: Talk, state: State, servicer: str, change: int, now: float) -> Delivery:
        old = talk.servicer
        code: Optional[str] = self.desk.move(talk, state, servicer, now)
        event: dict[str, Any] = {"event_type": "session_status_change", "change_type": change}
        event |= {"old_servicer_userid": old} if old else {}
        event |= {"new_servicer_userid": servicer} if servicer else {}
        return await self._event(talk, event | ({"msg_code": code} if code else {}), now)

    async def _event(self, talk: Talk, event: dict[str, Any], now: float) -> Delivery:
        ids = {"open_kfid": talk.open_kfid, "external_userid": talk.customer.openid}
        self.desk.note(talk.open_kfid, {"origin": SYSTEM, "msgtype": "event", "event": {**event, **ids}}, now)
        return await self._call_back(talk, now)

    async def _call_back(self, talk: Talk, now: float) -> Delivery:
        corp = self.desk.corp
        delivery = Delivery({
            "ToUserName": corp.corpid,
            "CreateTime": int(now),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": self.desk.new_sync_token(now),
            "OpenKfId": talk.open_kfid,
        })
        self.deliveries.append(delivery)
        await self._pusher.deliver(
            delivery, lambda: seal_for_corp(delivery.message, self.wire, corp.keys), _require_nothing
        )
        self._world.notice()
        return delivery


def _require_nothing(answer: str) -> None:
    if answer not in NOTHING_TO_SAY:
        raise BadAnswer("a callback is answered with nothing")


KF = web.AppKey("kf", KfCustomers)
