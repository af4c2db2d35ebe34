"""Further endpoints of the official account: people, media, the menu, notices, sessions of human agents."""
import itertools
import time
from typing import Any, Mapping

from aiohttp import web

from dengta.demo.wechat.customer import CUSTOMERS
from dengta.demo.wechat.errors import Refused, answer
from dengta.demo.wechat.media import read_upload
from dengta.demo.wechat.menu import checked
from dengta.demo.wechat.world import World

_notice_ids = itertools.count(time.time_ns() // 1000)


async def user_info(request: web.Request, _body: None) -> dict[str, Any]:
    """`GET /cgi-bin/user/info`: of somebody who does not follow only the ids are told."""
    person = World.of(request).people.get(request.query.get("openid", ""))
    if person is None:
        raise Refused(40003)
    ids = {"openid": person.openid, "unionid": person.unionid}
    if not person.following:
        return {"subscribe": 0, **ids}
    return {"subscribe": 1, **ids, "language": "zh_CN", "subscribe_time": int(person.followed_at), "remark": ""}


async def upload_media(request: web.Request, _body: None) -> dict[str, Any]:
    """`POST /cgi-bin/media/upload?type=…`, multipart."""
    world = World.of(request)
    kind, data = await read_upload(request)
    media = world.media.add(kind, data, world.clock.now())
    return {"type": kind, "media_id": media.media_id, "created_at": int(media.created)}


async def get_media(request: web.Request, _body: None) -> web.Response:
    """`GET /cgi-bin/media/get?media_id=…`: the file itself."""
    world = World.of(request)
    media = world.media.find(request.query.get("media_id"), world.clock.now())
    if media is None:
        raise Refused(40007)
    disposition = {"Content-Disposition": f'attachment; filename="{media.media_id[:16]}"'}
    return web.Response(body=media.data, content_type=media.content_type, headers=disposition)


async def create_menu(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/menu/create`: the account's menu on every phone."""
    world = World.of(request)
    world.menu = checked(body)
    world.notice()
    return answer()


async def send_template(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/message/template/send`; its result arrives as the event TEMPLATESENDJOBFINISH."""
    world = World.of(request)
    if body.get("template_id") not in world.account.templates:
        raise Refused(40037)
    person = world.follower(body.get("touser"))
    number = next(_notice_ids)
    person.show(world.clock.now(), "template", "template", _values(body), url=str(body.get("url", "")))
    world.notice()
    customers = request.app[CUSTOMERS]
    customers.later(customers.event(person.openid, "TEMPLATESENDJOBFINISH", MsgID=number, Status="success"))
    return answer(msgid=number)


async def send_subscribed(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/message/subscribe/send` and `…/bizsend`: one message for each time the person allowed it."""
    world = World.of(request)
    if body.get("template_id") not in world.account.templates:
        raise Refused(40037)
    person = world.people.get(str(body.get("touser")))
    if person is None:
        raise Refused(40003)
    if body["template_id"] not in person.allowed_templates:
        raise Refused(43101)
    person.allowed_templates.remove(body["template_id"])
    person.show(world.clock.now(), "template", "template", _values(body), url=str(body.get("page", "")))
    world.notice()
    return answer(msgid=next(_notice_ids))


async def create_session(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /customservice/kfsession/create`."""
    world = World.of(request)
    person = world.follower(body.get("openid"))
    agent = world.sessions.create(person.openid, body.get("kf_account"), world.clock.now())
    customers = request.app[CUSTOMERS]
    customers.later(customers.event(person.openid, "kf_create_session", KfAccount=agent))
    return answer()


async def close_session(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /customservice/kfsession/close`."""
    world = World.of(request)
    person = world.follower(body.get("openid"))
    agent = world.sessions.close(person.openid, body.get("kf_account"), world.clock.now())
    customers = request.app[CUSTOMERS]
    customers.later(customers.event(person.openid, "kf_close_session", KfAccount=agent))
    return answer()


async def get_session(request: web.Request, _body: None) -> dict[str, Any]:
    """`GET /customservice/kfsession/getsession?openid=…`: who talks to a customer, and since when."""
    world = World.of(request)
    person = world.follower(request.query.get("openid"))
    session = world.sessions.find(person.openid, world.clock.now())
    if session is None or session.agent is None:
        raise Refused(65413)
    return answer(kf_account=session.agent, createtime=int(session.since))


async def get_waiting(request: web.Request, _body: None) -> dict[str, Any]:
    """`GET /customservice/kfsession/getwaitcase`: who waits in the queue."""
    world = World.of(request)
    waiting = world.sessions.waiting(world.clock.now())
    cases = [{"openid": openid, "latest_time": int(since)} for openid, since in waiting]
    return {"count": len(cases), "waitcaselist": cases}


def _values(body: Mapping[str, Any]) -> str:
    data = body.get("data")
    if not isinstance(data, dict) or not all(isinstance(part, dict) and "value" in part for part in data.values()):
        raise Refused(47001)
    return "\n".join(str(part["value"]) for part in data.values())
