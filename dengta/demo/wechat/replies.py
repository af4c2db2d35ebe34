"""Judges what the connector answered to a push: nothing to say, a passive reply, or something not acceptable."""
from typing import Any, Callable, Mapping, Optional

from dengta.demo.wechat.envelope import BadAnswer, unseal
from dengta.demo.wechat.settings import Keys, Wire

MAX_TEXT_BYTES = 2048
NOTHING_TO_SAY = ("", "success")
TRANSFER = "transfer_customer_service"
# The parts a passive reply must have, by type: element, then its children.
PARTS = {
    "image": ("Image", ("MediaId",)),
    "voice": ("Voice", ("MediaId",)),
    "video": ("Video", ("MediaId",)),
    "music": ("Music", ("ThumbMediaId",)),
}


def judge(
    body: str, pushed: Mapping[str, Any], wire: Wire, keys: Keys, has_media: Callable[[str], bool]
) -> Optional[dict[str, Any]]:
    """Return the passive reply to `pushed`, None if the connector had nothing to say.

    Raises:
        BadAnswer: people would read that the service is out of order.
    """
    if body in NOTHING_TO_SAY:
        return None
    reply = unseal(body, wire, keys)
    if (reply.get("ToUserName"), reply.get("FromUserName")) != (pushed["FromUserName"], pushed["ToUserName"]):
        raise BadAnswer("ToUserName and FromUserName are not those of the message, swapped")
    if not str(reply.get("CreateTime", "")).isdigit():
        raise BadAnswer("CreateTime is not a number")
    _check_content(reply, pushed, has_media)
    return reply


def visible(reply: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the text and the other parts of a reply as a phone shows it."""
    kind = reply["MsgType"]
    if kind == "text":
        return reply["Content"], {}
    if kind == "news":
        names = {"title": "Title", "description": "Description", "url": "Url", "picture": "PicUrl"}
        found = [{ours: str(article.get(theirs, "")) for ours, theirs in names.items()} for article in _articles(reply)]
        return "", {"articles": found}
    name, children = PARTS[kind]
    return "", {"media_id": reply[name][children[0]]}


def wanted_agent(reply: Mapping[str, Any]) -> Optional[str]:
    """Return whom a transfer names, None if anybody will do."""
    info = reply.get("TransInfo")
    return info.get("KfAccount") if isinstance(info, dict) else None


def _check_content(reply: Mapping[str, Any], pushed: Mapping[str, Any], has_media: Callable[[str], bool]) -> None:
    kind = reply.get("MsgType")
    if kind == "text":
        _check_text(reply.get("Content"))
    elif kind in PARTS:
        name, children = PARTS[kind]
        part = reply.get(name)
        if not isinstance(part, dict) or not all(has_media(str(part.get(child))) for child in children):
            raise BadAnswer(f"a reply of type {kind} without media that exists")
    elif kind == "news":
        if len(_articles(reply)) != 1 or str(reply.get("ArticleCount")) != "1":
            raise BadAnswer("a news reply has exactly one article")
    elif kind == TRANSFER:
        if pushed["MsgType"] == "event":
            raise BadAnswer("an event cannot be transferred to a person")
    else:
        raise BadAnswer("unknown type of reply")


def _check_text(content: Any) -> None:
    if not isinstance(content, str) or not content.strip():
        raise BadAnswer("a text reply without text")
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise BadAnswer(f"a text reply of more than {MAX_TEXT_BYTES} bytes")


def _articles(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = reply.get("Articles")
    items = items.get("item") if isinstance(items, dict) else items
    listed = items if isinstance(items, list) else [items]
    return [item for item in listed if isinstance(item, dict)]
