"""`/_admin/…`: what a test or an operator may do to a platform that runs as a process, from this machine only."""
import json
from dataclasses import asdict, fields
from typing import Any, Awaitable, Callable, Mapping

from aiohttp import web

from dengta.demo.wechat.customer import CUSTOMERS, NotFollowing
from dengta.demo.wechat.gate import Fault
from dengta.demo.wechat.phone import Phone
from dengta.demo.wechat.push import Delivery
from dengta.demo.wechat.world import World

LOOPBACK = ("127.0.0.1", "::1")
Act = Callable[[web.Request, Mapping[str, Any]], Awaitable[Any]]


def routes() -> list[web.RouteDef]:
    """Return the routes of the administration."""
    return [
        web.get("/_admin/state", _guarded(_state)),
        web.get("/_admin/log", _guarded(_log)),
        web.post("/_admin/clock", _guarded(_clock)),
        web.post("/_admin/fault", _guarded(_fault)),
        web.post("/_admin/say", _guarded(_say)),
        web.post("/_admin/event", _guarded(_event)),
    ]


async def _state(request: web.Request, _body: Mapping[str, Any]) -> Any:
    """Tell the moment, and of everybody what they see and what may still be sent to them."""
    world = World.of(request)
    now = world.clock.now()
    people = [
        {
            "openid": person.openid,
            "following": person.following,
            "left": person.ledger.left(now),
            "with_agent": world.sessions.holds(person.openid, now),
            "lines": [line.as_dict() for line in person.lines],
        }
        for person in world.people.values()
    ]
    return {"now": now, "people": people}


async def _log(request: web.Request, _body: Mapping[str, Any]) -> Any:
    """Tell every call of the API and every message that was to be pushed."""
    calls = [asdict(call) | {"query": dict(call.query)} for call in World.of(request).gate.calls]
    return {"calls": calls, "deliveries": [asdict(delivery) for delivery in request.app[CUSTOMERS].deliveries]}


async def _clock(request: web.Request, body: Mapping[str, Any]) -> Any:
    """Advance the clock by `{"advance": seconds}`."""
    world = World.of(request)
    try:
        world.clock.advance(float(body.get("advance", 0)))
    except (TypeError, ValueError):
        raise web.HTTPBadRequest from None
    world.notice()
    return {"now": world.clock.now()}


async def _fault(request: web.Request, body: Mapping[str, Any]) -> Any:
    """Let the next calls of a path go wrong: the fields of `Fault`."""
    if "path" not in body or set(body) - {field.name for field in fields(Fault)}:
        raise web.HTTPBadRequest
    World.of(request).gate.faults.append(Fault(**body))
    return {}


async def _say(request: web.Request, body: Mapping[str, Any]) -> Any:
    """Send `{"openid", "text"}` as somebody, and answer how it was delivered."""
    phone = Phone(World.of(request), request.app[CUSTOMERS])
    try:
        return _told(await phone.say(str(body["openid"]), str(body["text"])))
    except (KeyError, NotFollowing):
        raise web.HTTPBadRequest from None


async def _event(request: web.Request, body: Mapping[str, Any]) -> Any:
    """Let an event `{"openid", "event", "key"}` happen, and answer how it was delivered."""
    if not {"openid", "event"} <= set(body):
        raise web.HTTPBadRequest
    customers = request.app[CUSTOMERS]
    return _told(await customers.event(str(body["openid"]), str(body["event"]), EventKey=str(body.get("key", ""))))


def _told(delivery: Delivery) -> dict[str, Any]:
    return {"outcome": delivery.outcome, "msg_id": delivery.message.get("MsgId"), "attempts": len(delivery.attempts)}


def _guarded(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Let only this machine in; a POST must be JSON, which no foreign page can send here unasked."""

    async def guarded(request: web.Request) -> web.Response:
        if request.remote not in LOOPBACK:
            raise web.HTTPForbidden
        if request.method == "GET":
            return web.json_response(await act(request, {}))
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise web.HTTPBadRequest from None
        if not isinstance(body, dict):
            raise web.HTTPBadRequest
        return web.json_response(await act(request, body))

    return guarded
