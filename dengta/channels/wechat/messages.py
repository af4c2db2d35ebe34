"""What customers and the platform send, as types: messages, events, and the notice of 微信客服.

Fields: developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html, its neighbour
Receiving_event_pushes.html, and developer.work.weixin.qq.com/document/31078 for 微信客服. What was not sent is "".
Kinds that are not listed here are kept by name alone, because the platform adds new ones at any time.
"""
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

_QR_SCENE = "qrscene_"


def sent_as(name: str) -> dict[str, str]:
    """Say under which name WeChat sends a field."""
    return {"name": name}


@dataclass(frozen=True)
class Incoming:
    """What every push says. The conversation is that of `sender`, an openid of this `appid`.

    `account` is the account's own name (gh_…), `sent_at` an aware time in Asia/Shanghai. `dedupe_key`, 64 characters of
    [a-z0-9], is the same for every delivery of one push and differs between accounts.
    """

    appid: str
    account: str
    sender: str
    sent_at: Optional[datetime]
    dedupe_key: str


@dataclass(frozen=True)
class Message(Incoming):
    """Something a customer sent. `msg_id` is a number on most accounts and another text in mini programs."""

    msg_id: str = field(metadata=sent_as("MsgId"))


@dataclass(frozen=True)
class Event(Incoming):
    """Something that happened; never shown to an agent as a message."""


@dataclass(frozen=True)
class Text(Message):
    """Typed text, or the chosen line of a msgmenu, whose id is then in `menu_id`."""

    content: str = field(metadata=sent_as("Content"))
    menu_id: str = field(metadata=sent_as("bizmsgmenuid"))


@dataclass(frozen=True)
class Image(Message):
    """A picture; the media is kept for three days."""

    media_id: str = field(metadata=sent_as("MediaId"))
    url: str = field(metadata=sent_as("PicUrl"))


@dataclass(frozen=True)
class Voice(Message):
    """Speech. `recognition` is mostly "", even where it is switched on; `media_id_16k` is the better sound."""

    media_id: str = field(metadata=sent_as("MediaId"))
    media_id_16k: str = field(metadata=sent_as("MediaId16K"))
    format: str = field(metadata=sent_as("Format"))
    recognition: str = field(metadata=sent_as("Recognition"))


@dataclass(frozen=True)
class Video(Message):
    """A video, `shortvideo` included."""

    media_id: str = field(metadata=sent_as("MediaId"))
    thumb_media_id: str = field(metadata=sent_as("ThumbMediaId"))


@dataclass(frozen=True)
class Location(Message):
    """A place the customer chose; degrees as they were sent."""

    latitude: str = field(metadata=sent_as("Location_X"))
    longitude: str = field(metadata=sent_as("Location_Y"))
    scale: str = field(metadata=sent_as("Scale"))
    label: str = field(metadata=sent_as("Label"))


@dataclass(frozen=True)
class Link(Message):
    """A shared page."""

    title: str = field(metadata=sent_as("Title"))
    description: str = field(metadata=sent_as("Description"))
    url: str = field(metadata=sent_as("Url"))


@dataclass(frozen=True)
class MiniProgramPage(Message):
    """A shared page of a mini program."""

    title: str = field(metadata=sent_as("Title"))
    page_appid: str = field(metadata=sent_as("AppId"))
    path: str = field(metadata=sent_as("PagePath"))
    thumb_url: str = field(metadata=sent_as("ThumbUrl"))
    thumb_media_id: str = field(metadata=sent_as("ThumbMediaId"))


@dataclass(frozen=True)
class UnknownMessage(Message):
    """A message of a kind not listed here."""

    kind: str


@dataclass(frozen=True)
class Subscribe(Event):
    """The customer follows the account, perhaps after scanning a QR code of it."""

    key: str = field(metadata=sent_as("EventKey"))
    ticket: str = field(metadata=sent_as("Ticket"))

    @property
    def scene(self) -> str:
        """What the scanned QR code stands for."""
        return self.key[len(_QR_SCENE) :] if self.key.startswith(_QR_SCENE) else ""


@dataclass(frozen=True)
class Unsubscribe(Event):
    """The customer no longer follows the account."""


@dataclass(frozen=True)
class Scan(Event):
    """A follower scanned a QR code of the account."""

    scene: str = field(metadata=sent_as("EventKey"))
    ticket: str = field(metadata=sent_as("Ticket"))


@dataclass(frozen=True)
class Click(Event):
    """An item of the account's menu that has a key."""

    key: str = field(metadata=sent_as("EventKey"))


@dataclass(frozen=True)
class View(Event):
    """An item of the account's menu that opens a page."""

    url: str = field(metadata=sent_as("EventKey"))
    menu_id: str = field(metadata=sent_as("MenuId"))


@dataclass(frozen=True)
class Position(Event):
    """Where the phone is, sent by itself when the customer allowed that."""

    latitude: str = field(metadata=sent_as("Latitude"))
    longitude: str = field(metadata=sent_as("Longitude"))
    precision: str = field(metadata=sent_as("Precision"))


@dataclass(frozen=True)
class TemplateSent(Event):
    """What became of a template message: `success`, or `failed:` and why."""

    template_msg_id: str = field(metadata=sent_as("MsgID"))
    status: str = field(metadata=sent_as("Status"))


@dataclass(frozen=True)
class KfSessionCreated(Event):
    """An agent of the platform's own desk took the customer over."""

    kf_account: str = field(metadata=sent_as("KfAccount"))


@dataclass(frozen=True)
class KfSessionClosed(Event):
    """The agent of the platform's own desk is done."""

    kf_account: str = field(metadata=sent_as("KfAccount"))


@dataclass(frozen=True)
class KfSessionSwitched(Event):
    """One agent of the platform's own desk passed the customer on to another."""

    from_kf_account: str = field(metadata=sent_as("FromKfAccount"))
    to_kf_account: str = field(metadata=sent_as("ToKfAccount"))


@dataclass(frozen=True)
class EnteredTempSession(Event):
    """The customer opened the service window of a mini program."""

    session_from: str = field(metadata=sent_as("SessionFrom"))


@dataclass(frozen=True)
class UnknownEvent(Event):
    """An event of a kind not listed here."""

    kind: str


@dataclass(frozen=True)
class KfNotice:
    """微信客服 has news for the account `open_kfid`, to be fetched with `token` within ten minutes."""

    token: str = field(repr=False)
    open_kfid: str
