"""Reading what was pushed: its kind, its fields, and the key by which its repetitions are known."""
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any, Optional

from dengta.channels.wechat import messages
from dengta.channels.wechat.messages import Event, Incoming, KfNotice, Message, UnknownEvent, UnknownMessage
from dengta.channels.wechat.wire import Fields, Malformed
from dengta.clock import SHANGHAI

_EVENT = "event"
_KF_NOTICE = "kf_msg_or_event"
_EVENT_IDENTITY = ("FromUserName", "CreateTime", "Event", "EventKey", "MsgID")
_KIND = re.compile(r"[a-z0-9_]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,11}")
_MESSAGES: dict[str, type[Message]] = {
    "text": messages.Text,
    "image": messages.Image,
    "voice": messages.Voice,
    "video": messages.Video,
    "shortvideo": messages.Video,
    "location": messages.Location,
    "link": messages.Link,
    "miniprogrampage": messages.MiniProgramPage,
}
_EVENTS: dict[str, type[Event]] = {
    "subscribe": messages.Subscribe,
    "unsubscribe": messages.Unsubscribe,
    "scan": messages.Scan,
    "click": messages.Click,
    "view": messages.View,
    "location": messages.Position,
    "templatesendjobfinish": messages.TemplateSent,
    "kf_create_session": messages.KfSessionCreated,
    "kf_close_session": messages.KfSessionClosed,
    "kf_switch_session": messages.KfSessionSwitched,
    "user_enter_tempsession": messages.EnteredTempSession,
}


def read(fields: Fields, appid: str) -> Incoming:
    """Make a message or event of what was sent to the account `appid`.

    Raises:
        Malformed: it does not say who sent it.
    """
    sender = _text(fields, "FromUserName")
    if not sender:
        raise Malformed("nobody sent it")
    kind, event = _kind(fields, "MsgType"), _kind(fields, "Event")
    found: type[Incoming] = _MESSAGES.get(kind, UnknownMessage)
    if kind == _EVENT:
        found = _EVENTS.get(event, UnknownEvent)
    values: dict[str, Any] = {
        "appid": appid,
        "account": _text(fields, "ToUserName"),
        "sender": sender,
        "sent_at": _moment(_text(fields, "CreateTime")),
        "dedupe_key": _dedupe_key(fields, appid, kind),
    }
    values |= {own.name: _text(fields, own.metadata["name"]) for own in fields_of(found) if "name" in own.metadata}
    if found in (UnknownMessage, UnknownEvent):
        values["kind"] = event if kind == _EVENT else kind
    return found(**values)


def read_kf_notice(fields: Fields) -> Optional[KfNotice]:
    """Read a callback of WeCom: the notice of 微信客服, or None for any other.

    Raises:
        Malformed: the notice does not say what to fetch.
    """
    if _kind(fields, "Event") != _KF_NOTICE:
        return None
    notice = KfNotice(_text(fields, "Token"), _text(fields, "OpenKfId"))
    if not (notice.token and notice.open_kfid):
        raise Malformed("nothing to fetch")
    return notice


def _dedupe_key(fields: Fields, appid: str, kind: str) -> str:
    """Identify an event by sender and time, a message by its MsgId or, if it has none, by all that was sent.

    So says the platform. Two events may fall into one second, though: EventKey tells clicks apart, MsgID the results of
    template messages.
    """
    names: Iterable[str] = sorted(fields)
    if kind == _EVENT:
        names = _EVENT_IDENTITY
    elif _text(fields, "MsgId"):
        names = ["MsgId"]
    identity = json.dumps([appid, [(name, fields.get(name, "")) for name in names]], sort_keys=True)
    return "wx" + hashlib.sha256(identity.encode()).hexdigest()[:62]


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _kind(fields: Fields, name: str) -> str:
    kind = _text(fields, name).lower()
    return kind if _KIND.fullmatch(kind) else ""


def _moment(seconds: str) -> Optional[datetime]:
    return datetime.fromtimestamp(int(seconds), SHANGHAI) if _SECONDS.fullmatch(seconds) else None
