"""Entries of a kf account's log: what customers and agents said, and what happened.

A customer's message is one of `dengta.channels.wechat.messages`, with the corporation as `appid` and the kf account as
`account`; `sender` is always the customer. Fields: developer.work.weixin.qq.com/document/path/94670.
"""
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from datetime import datetime
from enum import IntEnum
from typing import Any, Mapping, Optional

from dengta.channels.wechat import messages
from dengta.channels.wechat.messages import Event, Incoming, Message, UnknownEvent, UnknownMessage
from dengta.clock import SHANGHAI

_CUSTOMER, _SYSTEM, _AGENT = 3, 4, 5
_LATEST = 10**11  # seconds; a later moment is none


class Change(IntEnum):
    """What an agent did with a session in WeCom; nothing is told of what the API does."""

    TAKEN = 1
    TRANSFERRED = 2
    ENDED = 3
    RESUMED = 4


@dataclass(frozen=True)
class AgentSaid(Incoming):
    """An agent wrote to the customer from WeCom; `text` is "" for anything but text."""

    servicer: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Entered(Event):
    """The customer opened the chat; with `welcome_code`, good for 20 s, they may be greeted."""

    welcome_code: str = field(repr=False)


@dataclass(frozen=True)
class SendFailed(Event):
    """A message WeCom had taken, `msgid`, did not arrive; `reason` is WeCom's number for why."""

    msgid: str
    reason: int


@dataclass(frozen=True)
class SessionChanged(Event):
    """An agent took a customer, passed them on, or is done."""

    change: Change
    servicer: str


@dataclass(frozen=True)
class Recalled(Event):
    """Who wrote a message took it back; `recalled_key` is the dedupe key of the message."""

    recalled_key: str


def read(entry: Mapping[str, Any], corpid: str, open_kfid: str) -> Optional[Incoming]:
    """Read an entry of an account's log; None if it is about no customer, such as an agent's pause."""
    event = _part(entry, "event")
    sender = _text(entry, "external_userid") or _text(event, "external_userid")
    if not sender:
        return None
    shared: dict[str, Any] = {
        "appid": corpid,
        "account": open_kfid,
        "sender": sender,
        "sent_at": _moment(entry.get("send_time")),
        "dedupe_key": _key(open_kfid, _text(entry, "msgid") or json.dumps(entry, sort_keys=True)),
    }
    origin, kind = entry.get("origin"), _text(entry, "msgtype")
    if origin == _CUSTOMER:
        return _message(kind, _part(entry, kind), shared | {"msg_id": _text(entry, "msgid")})
    if origin == _AGENT:
        said = _text(_part(entry, "text"), "content") if kind == "text" else ""
        return AgentSaid(**shared, servicer=_text(entry, "servicer_userid"), text=said)
    return _event(event, open_kfid, shared)


def _message(kind: str, part: Mapping[str, Any], shared: Mapping[str, Any]) -> Message:
    found = _MESSAGES.get(kind)
    if found is None:
        return UnknownMessage(**shared, kind=kind)
    own: dict[str, Any] = {own.name: _text(part, own.name) for own in fields_of(found) if own.name not in shared}
    return found(**shared, **own)


def _event(event: Mapping[str, Any], open_kfid: str, shared: Mapping[str, Any]) -> Event:
    kind = _text(event, "event_type")
    read_as = _EVENTS.get(kind)
    found = read_as(event, open_kfid, shared) if read_as is not None else None
    return found or UnknownEvent(**shared, kind=kind)


def _session_changed(
    event: Mapping[str, Any], _open_kfid: str, shared: Mapping[str, Any]
) -> Optional[SessionChanged]:
    change = event.get("change_type")
    if change not in tuple(Change):
        return None
    return SessionChanged(**shared, change=Change(change), servicer=_text(event, "new_servicer_userid"))


def _recalled(event: Mapping[str, Any], open_kfid: str, shared: Mapping[str, Any]) -> Recalled:
    return Recalled(**shared, recalled_key=_key(open_kfid, _text(event, "recall_msgid")))


def _send_failed(event: Mapping[str, Any], _open_kfid: str, shared: Mapping[str, Any]) -> SendFailed:
    reason = event.get("fail_type")
    return SendFailed(
        **shared, msgid=_text(event, "fail_msgid"), reason=reason if isinstance(reason, int) else 0
    )


_MESSAGES: dict[str, type[Message]] = {
    "text": messages.Text,
    "image": messages.Image,
    "voice": messages.Voice,
    "video": messages.Video,
    "location": messages.Location,
    "link": messages.Link,
    "miniprogram": messages.MiniProgramPage,
}
_EVENTS: dict[str, Callable[[Mapping[str, Any], str, Mapping[str, Any]], Optional[Event]]] = {
    "enter_session": lambda event, _, shared: Entered(**shared, welcome_code=_text(event, "welcome_code")),
    "msg_send_fail": _send_failed,
    "session_status_change": _session_changed,
    "user_recall_msg": _recalled,
    "servicer_recall_msg": _recalled,
}


def _key(open_kfid: str, msgid: str) -> str:
    return "kf" + hashlib.sha256(f"{open_kfid}|{msgid}".encode()).hexdigest()[:62]


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, dict) else {}


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _moment(seconds: Any) -> Optional[datetime]:
    return datetime.fromtimestamp(seconds, SHANGHAI) if isinstance(seconds, int) and 0 <= seconds < _LATEST else None
