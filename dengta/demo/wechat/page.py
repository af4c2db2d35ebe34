"""The phone in the browser: its files, and what it does and shows. Every browser is somebody of its own."""
import asyncio
import base64
import hashlib
import json
import secrets
from typing import Any, Coroutine, Mapping

from aiohttp import web

from dengta.demo.wechat.customer import CUSTOMERS
from dengta.demo.wechat.media import KINDS
from dengta.demo.wechat.people import Person
from dengta.demo.wechat.phone import Phone
from dengta.demo.wechat.world import World
from dengta.settings import ROOT

COOKIE = "dengta_phone"
COOKIE_LASTS = 30 * 86_400
MAX_TEXT = 600
HEARTBEAT = 15.0
# Files of the web chat that the phone page shares.
SHARED = {"dom.js", "times.js", "lighthouse.svg", "shore.svg", "shore-night.svg"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def routes() -> list[web.RouteDef]:
    """Return the routes of the page."""
    return [
        web.get("/", _page),
        web.get("/wechat/{name}", _file),
        web.get("/chat/{name}", _file),
        web.get("/texts", _texts),
        web.get("/media/{media_id}", _media),
        web.get("/phone/events", _events),
        web.post("/phone/say", _say),
        web.post("/phone/voice", _voice),
        web.post("/phone/image", _image),
        web.post("/phone/click", _click),
        web.post("/phone/follow", _follow),
    ]


async def _page(request: web.Request) -> web.StreamResponse:
    response = web.FileResponse(ROOT / "web" / "wechat" / "index.html", headers=HEADERS)
    session = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
    response.set_cookie(COOKIE, session, max_age=COOKIE_LASTS, httponly=True, samesite="Strict")
    return response


async def _file(request: web.Request) -> web.StreamResponse:
    folder, name = request.path.split("/")[1], request.match_info["name"]
    path = ROOT / "web" / folder / name
    if (folder == "chat" and name not in SHARED) or path.suffix not in (".js", ".css", ".svg") or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=HEADERS)


async def _texts(request: web.Request) -> web.Response:
    return web.json_response(World.of(request).texts["phone"])


async def _media(request: web.Request) -> web.Response:
    world = World.of(request)
    media = world.media.find(request.match_info["media_id"], world.clock.now())
    if media is None:
        raise web.HTTPNotFound
    return web.Response(body=media.data, content_type=media.content_type, headers=HEADERS)


async def _events(request: web.Request) -> web.StreamResponse:
    """Stream all lines of the phone and then the new ones, with its state whenever that changes.

    Events: `hello` (the person's openid, so that a page knows its lines), `line`, `state`, `ready` after the old lines.
    """
    world, person = World.of(request), _person(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    await response.write(_event("hello", {"openid": person.openid, "since": world.started}))
    sent, state, ready = 0, None, False
    while True:
        news = world.news
        fresh = person.lines[sent:]
        sent += len(fresh)
        for line in fresh:
            await response.write(_event("line", line.as_dict()))
        if (now := _state(world, person)) != state:
            state = now
            await response.write(_event("state", state))
        if not ready:
            ready = True
            await response.write(_event("ready", {}))
        try:
            await asyncio.wait_for(news.wait(), 1.0 if state["typing"] else HEARTBEAT)
        except asyncio.TimeoutError:
            await response.write(b": still here\n\n")


async def _say(request: web.Request) -> web.Response:
    body = await _body(request)
    text, menu_id = _text(body.get("text"), MAX_TEXT), body.get("menu_id")
    phone, openid = _phone(request)
    if menu_id is not None:
        return _start(request, phone.choose(openid, _text(menu_id, 64), text))
    return _start(request, phone.say(openid, text))


async def _voice(request: web.Request) -> web.Response:
    body = await _body(request)
    text = _text(body.get("text"), MAX_TEXT)
    phone, openid = _phone(request)
    seconds = min(60, 1 + len(text) // 4)
    return _start(request, phone.voice(openid, text if body.get("recognised") is True else None, seconds))


async def _image(request: web.Request) -> web.Response:
    data = await request.read()
    if not data.startswith(KINDS["image"][1]) or len(data) > KINDS["image"][0]:
        raise web.HTTPBadRequest
    phone, openid = _phone(request)
    return _start(request, phone.image(openid, data))


async def _click(request: web.Request) -> web.Response:
    body = await _body(request)
    phone, openid = _phone(request)
    if "url" in body:
        return _start(request, phone.view(openid, _text(body["url"], 2048)))
    return _start(request, phone.click(openid, _text(body.get("key"), 128)))


async def _follow(request: web.Request) -> web.Response:
    on = (await _body(request)).get("on")
    phone, openid = _phone(request)
    request.app[CUSTOMERS].later(phone.follow(openid) if on is True else phone.unfollow(openid))
    return web.Response(status=202)


def _start(request: web.Request, act: Coroutine[Any, Any, Any]) -> web.Response:
    """Let a follower's act happen in the background: the phone shows what comes of it."""
    if not _person(request).following:
        act.close()
        raise web.HTTPConflict
    request.app[CUSTOMERS].later(act)
    return web.Response(status=202)


def _phone(request: web.Request) -> tuple[Phone, str]:
    world = World.of(request)
    return Phone(world, request.app[CUSTOMERS]), _person(request).openid


def _person(request: web.Request) -> Person:
    """Return who the browser is: the openid follows from its cookie, so that it outlives the platform."""
    session = request.cookies.get(COOKIE)
    if not session:
        raise web.HTTPUnauthorized
    world = World.of(request)
    digest = hashlib.sha256(f"{world.account.appid} {session}".encode()).digest()
    return world.person("o" + base64.urlsafe_b64encode(digest).decode()[:27], following=False)


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise web.HTTPBadRequest
    return value


def _state(world: World, person: Person) -> dict[str, Any]:
    return {"following": person.following, "typing": person.is_typed_to(world.clock.now()), "menu": world.menu}


def _event(kind: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
