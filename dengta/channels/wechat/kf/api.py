"""The interface of 微信客服 as far as a conversation needs it.

Sources: developer.work.weixin.qq.com/document/path/94670 (messages and events), 94677 (sending), 95122 (codes of
events), 94669 (who serves a customer).
"""
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Mapping, Optional, Sequence, Union

import aiohttp

from dengta.channels.wechat.calls import Calls
from dengta.channels.wechat.errors import Doubtful, Failure, Outcome, Sent
from dengta.channels.wechat.media import MediaApi
from dengta.channels.wechat.tokens import Tokens, corp_token
from dengta.channels.wechat.transport import Reply, Transport

PAGE = 1000  # the most entries WeCom returns at once
_AMR = 0  # the format of voice messages
_SYNC = "/cgi-bin/kf/sync_msg"


class State(IntEnum):
    """Who serves a customer. A session ends by itself 48 hours after the customer's last message."""

    NEW = 0
    ASSISTANT = 1
    QUEUED = 2
    SERVICER = 3
    ENDED = 4


@dataclass(frozen=True)
class Customer:
    """Somebody who writes to one of the corporation's kf accounts."""

    open_kfid: str
    external_userid: str = field(repr=False)

    @property
    def address(self) -> str:
        """Return both in one, as the account is known by."""
        return f"{self.open_kfid}:{self.external_userid}"

    @classmethod
    def at(cls, address: str) -> "Customer":
        """Return the customer of an address."""
        open_kfid, _, external_userid = address.partition(":")
        return cls(open_kfid, external_userid)


@dataclass(frozen=True)
class Page:
    """What was said and happened since a cursor, oldest first, and where to go on; `more` tells of another page."""

    entries: Sequence[Mapping[str, Any]] = field(repr=False)
    cursor: Optional[str]
    more: bool


class KfApi(MediaApi):
    """One corporation's calls to WeCom. Every call raises DatabaseUnavailable when the token cannot be read.

    What is sent carries a `msgid` of at most 32 letters, digits, `_` and `-`: the same one is shown only once, however
    often it is sent.
    """

    def __init__(self, base: str, corpid: str, secret: str, tokens: Tokens, session: aiohttp.ClientSession) -> None:
        """`base` is `https://qyapi.weixin.qq.com`, or the fake platform on 127.0.0.1.

        Raises:
            ValueError: `base` is neither https nor on 127.0.0.1.
        """
        transport = Transport(base, session)
        super().__init__(transport, Calls(tokens, f"wecom|{corpid}", corp_token(transport, corpid, secret)))

    async def pull(self, open_kfid: str, cursor: Optional[str], token: Optional[str]) -> Union[Page, Failure]:
        """Return what came after `cursor`, at the longest of the last three days.

        Without the `token` of a callback few calls a minute are allowed; refusing those does not stop the others.
        """
        body = {"open_kfid": open_kfid, "limit": PAGE, "voice_format": _AMR}
        body |= {name: value for name, value in (("cursor", cursor), ("token", token)) if value}
        reply = await self._call(_SYNC, body, _SYNC if token else f"{_SYNC} without token")
        return _page(reply, cursor) if isinstance(reply, Mapping) else reply

    async def send_text(self, customer: Customer, text: str, msgid: str) -> Outcome:
        """Send a text of at most 2048 bytes."""
        return await self._send(customer, msgid, {"msgtype": "text", "text": {"content": text}})

    async def send_image(self, customer: Customer, media_id: str, msgid: str) -> Outcome:
        """Send a picture that was uploaded."""
        return await self._send(customer, msgid, {"msgtype": "image", "image": {"media_id": media_id}})

    async def send_menu(self, customer: Customer, head: str, items: Sequence[Mapping[str, str]], msgid: str) -> Outcome:
        """Send a menu of at most ten lines, each with the `id` that comes back with its click, and a `title`."""
        lines = [{"type": "click", "click": {"id": item["id"], "content": item["title"]}} for item in items]
        menu = {"head_content": head, "list": lines}
        return await self._send(customer, msgid, {"msgtype": "msgmenu", "msgmenu": menu})

    async def answer_event(self, code: str, text: str, msgid: str) -> Outcome:
        """Send the one text that the code of an event allows, within 20 s for a welcome."""
        body = {"code": code, "msgid": msgid, "msgtype": "text", "text": {"content": text}}
        return _outcome(await self._call("/cgi-bin/kf/send_msg_on_event", body))

    async def state(self, customer: Customer) -> Union[State, Failure]:
        """Return who serves a customer."""
        reply = await self._call("/cgi-bin/kf/service_state/get", _of(customer))
        if not isinstance(reply, Mapping):
            return reply
        state = reply.get("service_state")
        return State(state) if state in tuple(State) else Doubtful("no service_state")

    async def move(self, customer: Customer, state: State, servicer: str = "") -> Outcome:
        """Let somebody else serve a customer; `servicer` is the userid of an agent at work, for SERVICER."""
        body = {**_of(customer), "service_state": int(state)} | ({"servicer_userid": servicer} if servicer else {})
        return _outcome(await self._call("/cgi-bin/kf/service_state/trans", body))

    async def _send(self, customer: Customer, msgid: str, content: Mapping[str, Any]) -> Outcome:
        body = {"touser": customer.external_userid, "open_kfid": customer.open_kfid, "msgid": msgid, **content}
        return _outcome(await self._call("/cgi-bin/kf/send_msg", body))

    async def _call(self, path: str, body: Mapping[str, Any], name: str = "") -> Reply:
        return await self._calls.make(name or path, lambda token: self._transport.post(path, token, body))


def _of(customer: Customer) -> dict[str, Any]:
    return {"open_kfid": customer.open_kfid, "external_userid": customer.external_userid}


def _outcome(reply: Reply) -> Outcome:
    return Sent() if isinstance(reply, Mapping) else reply


def _page(reply: Mapping[str, Any], cursor: Optional[str]) -> Union[Page, Failure]:
    entries, following = reply.get("msg_list", []), reply.get("next_cursor") or cursor
    if not isinstance(entries, list) or not isinstance(following, (str, type(None))):
        return Doubtful("no page")
    return Page([entry for entry in entries if isinstance(entry, dict)], following, reply.get("has_more") == 1)
