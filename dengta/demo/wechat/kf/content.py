"""What a kf message may hold.

Source: developer.work.weixin.qq.com/document/path/94677.
"""
from typing import Any, Callable, Mapping

from dengta.demo.wechat.errors import Refused

MAX_TEXT, MAX_HEAD, MAX_ID, MAX_LABEL, MAX_ITEMS = 2048, 1024, 128, 128, 10
MEDIA_KINDS = ("image", "voice", "video", "file")


def checked(body: Mapping[str, Any], has_media: Callable[[str], bool]) -> tuple[str, str, dict[str, Any]]:
    """Return kind, text and further parts of a message.

    Raises:
        Refused: 40008 the kind, 44004 no text, 45002 a text too long, 40007 the media, 40058 the menu.
    """
    kind = body.get("msgtype")
    part = body.get(kind) if isinstance(kind, str) else None
    if not isinstance(kind, str) or not isinstance(part, dict):
        raise Refused(40008)
    if kind == "text":
        return kind, _text(part.get("content")), {}
    if kind in MEDIA_KINDS:
        media_id = part.get("media_id")
        if not isinstance(media_id, str) or not has_media(media_id):
            raise Refused(40007)
        return kind, "", {"media_id": media_id}
    if kind == "link":
        return kind, str(part.get("title", "")), {"url": str(part.get("url", ""))}
    if kind == "msgmenu":
        return kind, *_menu(part)
    raise Refused(40008)


def _text(content: Any) -> str:
    if not isinstance(content, str) or not content.strip():
        raise Refused(44004)
    if len(content.encode()) > MAX_TEXT:
        raise Refused(45002)
    return content


def _menu(part: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    head, tail, items = part.get("head_content", ""), part.get("tail_content", ""), part.get("list", [])
    fits = isinstance(items, list) and len(items) <= MAX_ITEMS and all(isinstance(item, dict) for item in items)
    if not fits or len(head.encode()) > MAX_HEAD or len(tail.encode()) > MAX_HEAD:
        raise Refused(40058)
    return head, {"choices": [_item(item) for item in items], "tail": tail}


def _item(item: Mapping[str, Any]) -> dict[str, str]:
    kind = item.get("type")
    part = item.get(kind) if isinstance(kind, str) else None
    if not isinstance(part, dict) or not str(part.get("content", "")):
        raise Refused(40058)
    label, name = str(part["content"]), str(part.get("id", ""))
    if len(label.encode()) > MAX_LABEL or len(name.encode()) > MAX_ID:
        raise Refused(40058)
    return {"id": name, "label": label, "url": str(part.get("url", ""))}
