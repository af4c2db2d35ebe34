"""Customer-service messages of the official account and the typing state: `/cgi-bin/message/custom/…`.

Sources: /doc/service/api/customer/message/api_sendcustommessage and …/api_typing.
"""
from typing import Any, Mapping

from aiohttp import web

from dengta.demo.wechat.errors import Refused, answer
from dengta.demo.wechat.replies import MAX_TEXT_BYTES
from dengta.demo.wechat.world import World

MAX_MENU_ITEMS = 10  # kf documents 10; for official accounts only the error is documented
MEDIA_KINDS = ("image", "voice", "video")


async def send(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/message/custom/send`."""
    world = World.of(request)
    person = world.follower(body.get("touser"))
    kind = body.get("msgtype")
    part = body.get(kind) if isinstance(kind, str) else None
    if not isinstance(part, dict):
        raise Refused(40008)
    text, more = _content(str(kind), part, world)
    person.ledger.spend(world.clock.now())
    person.show(world.clock.now(), "custom", str(kind), text, **more)
    world.notice()
    return answer()


async def typing(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/message/custom/typing`, and the mini program's `…/custom/business/typing`."""
    world = World.of(request)
    now = world.clock.now()
    person = world.follower(body.get("touser"))
    command = body.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise Refused(45072)
    if not person.was_in_contact(now):
        raise Refused(45080)
    if command == "Typing" and person.is_typed_to(now):
        raise Refused(45081)
    person.show_typing(now, command == "Typing")
    world.notice()
    return answer()


def _content(kind: str, part: Mapping[str, Any], world: World) -> tuple[str, dict[str, Any]]:
    if kind == "text":
        return _text(part.get("content")), {}
    if kind in MEDIA_KINDS:
        return "", {"media_id": _media(part.get("media_id"), world)}
    if kind == "news":
        return "", {"articles": _articles(part.get("articles"))}
    if kind == "msgmenu":
        return _menu(part)
    raise Refused(40008)


def _text(content: Any) -> str:
    if not isinstance(content, str) or not content.strip():
        raise Refused(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise Refused(45002)
    return content


def _media(media_id: Any, world: World) -> str:
    if not isinstance(media_id, str) or not world.has_media(media_id):
        raise Refused(40007)
    return media_id


def _articles(articles: Any) -> list[dict[str, str]]:
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise Refused(40035)
    names = {"title": "title", "description": "description", "url": "url", "picurl": "picture"}
    return [{ours: str(articles[0].get(theirs, "")) for theirs, ours in names.items()}]


def _menu(part: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    items = part.get("list")
    if not isinstance(items, list) or not all(isinstance(item, dict) and item.get("content") for item in items):
        raise Refused(40035)
    if len(items) > MAX_MENU_ITEMS:
        raise Refused(45098)
    choices = [{"id": str(item.get("id", "")), "label": str(item["content"])} for item in items]
    return str(part.get("head_content", "")), {"choices": choices, "tail": str(part.get("tail_content", ""))}
