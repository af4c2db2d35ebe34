"""The API of kf: `/cgi-bin/kf/…` and the corporation's token."""
import re
from typing import Any, Mapping

from aiohttp import web

from dengta.demo.wechat.errors import Refused, answer
from dengta.demo.wechat.kf.content import checked
from dengta.demo.wechat.kf.customer import KF, KfCustomers
from dengta.demo.wechat.kf.desk import LOG_LASTS, State, Talk
from dengta.demo.wechat.world import World

MAX_LIMIT = 1000
_MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
_CURSOR = re.compile(r"c(\d+)")


async def gettoken(request: web.Request, _body: None) -> dict[str, Any]:
    """`GET /cgi-bin/gettoken?corpid=…&corpsecret=…`: the same token until shortly before its end."""
    world = World.of(request)
    asked = request.query
    token, seconds = world.corp_tokens.stable(
        asked.get("corpid", ""), asked.get("corpsecret", ""), False, world.clock.now()
    )
    return answer(access_token=token, expires_in=seconds)


async def sync_msg(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/sync_msg`: the log of the last three days after a cursor."""
    world, kf = World.of(request), request.app[KF]
    now, limit, token = world.clock.now(), body.get("limit", MAX_LIMIT), body.get("token")
    kf.desk.require_account(body.get("open_kfid"))
    if not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise Refused(40058)
    if token:
        if not kf.desk.knows_sync_token(token, now):
            raise Refused(95007)
    else:
        kf.count_sync(now)
    start = _position(body.get("cursor") or "c0")
    entries = [
        (index + 1, entry)
        for index, (open_kfid, entry) in enumerate(kf.desk.log[start:], start)
        if open_kfid == body["open_kfid"] and now - entry["send_time"] < LOG_LASTS
    ]
    page = entries[: min(limit, world.rules.page)]
    end = page[-1][0] if page else start
    return answer(
        next_cursor=f"c{end}", has_more=int(len(entries) > len(page)), msg_list=[entry for _, entry in page]
    )


async def send_msg(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/send_msg`: at most five for each message of the customer, within 48 hours."""
    world, kf = World.of(request), request.app[KF]
    now = world.clock.now()
    talk = kf.desk.find(body.get("touser"), body.get("open_kfid"), now)
    if talk.state not in (State.NEW, State.ASSISTANT):
        raise Refused(95018)
    content = checked(body, world.has_media)
    msgid, is_new = _msgid(body, kf, world)
    if is_new:
        talk.customer.ledger.spend(now, closed=95002, used_up=95001)
        _show(talk, content, msgid, kf, world)
    return answer(msgid=msgid)


async def send_msg_on_event(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/send_msg_on_event`: one message for the code of an event."""
    world, kf = World.of(request), request.app[KF]
    content = checked(body, world.has_media)
    if content[0] not in ("text", "msgmenu"):
        raise Refused(40008)
    talk = kf.desk.use_code(body.get("code"), content[0], world.clock.now())
    msgid, is_new = _msgid(body, kf, world)
    if is_new:
        _show(talk, content, msgid, kf, world)
    return answer(msgid=msgid)


async def get_state(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/service_state/get`."""
    desk = request.app[KF].desk
    talk = desk.find(body.get("external_userid"), body.get("open_kfid"), World.of(request).clock.now())
    return answer(service_state=int(talk.state), servicer_userid=talk.servicer)


async def change_state(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/service_state/trans`."""
    world, desk = World.of(request), request.app[KF].desk
    now = world.clock.now()
    talk = desk.find(body.get("external_userid"), body.get("open_kfid"), now)
    code = desk.change(talk, body.get("service_state"), body.get("servicer_userid", ""), now)
    world.notice()
    return answer(msg_code=code) if code else answer()


async def list_accounts(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/kf/account/list`."""
    offset, limit = body.get("offset", 0), body.get("limit", 100)
    if not isinstance(offset, int) or not isinstance(limit, int) or offset < 0 or not 1 <= limit <= 100:
        raise Refused(40058)
    accounts = [
        {"open_kfid": open_kfid, "name": name, "avatar": "", "manage_privilege": True}
        for open_kfid, name in request.app[KF].desk.corp.kf_accounts.items()
    ]
    return answer(account_list=accounts[offset : offset + limit])


def _position(cursor: Any) -> int:
    found = _CURSOR.fullmatch(cursor) if isinstance(cursor, str) else None
    if found is None:
        raise Refused(40058)
    return int(found.group(1))


def _msgid(body: Mapping[str, Any], kf: KfCustomers, world: World) -> tuple[str, bool]:
    msgid = body.get("msgid") or kf.new_msgid()
    if not isinstance(msgid, str) or not _MSGID.fullmatch(msgid):
        raise Refused(40058)
    if msgid not in kf.desk.sent:
        return msgid, True
    if world.rules.repeated_msgid:
        raise Refused(world.rules.repeated_msgid)
    return msgid, False


def _show(talk: Talk, content: tuple[str, str, dict[str, Any]], msgid: str, kf: KfCustomers, world: World) -> None:
    kf.desk.sent.add(msgid)
    if kf.desk.failing:
        kf.later_failure(talk, msgid, kf.desk.failing.pop(0))
        return
    kind, text, more = content
    talk.customer.show(world.clock.now(), "kf", kind, text, **more)
    world.notice()
