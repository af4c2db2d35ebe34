"""The interface of an official account (公众号/服务号) as far as a conversation needs it.

Sources: /doc/service/api/customer/message/api_sendcustommessage, api_typing, /doc/service/api/user/userinfo,
/doc/service/api/customer/session.
"""
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Union

import aiohttp

from dengta.channels.wechat.calls import Calls
from dengta.channels.wechat.errors import Failure, Outcome, Sent
from dengta.channels.wechat.media import MediaApi
from dengta.channels.wechat.tokens import Tokens, stable_token
from dengta.channels.wechat.transport import Transport


@dataclass(frozen=True)
class User:
    """Somebody who has written to the account; `unionid` joins the accounts of one lender, if there are several."""

    follows: bool
    unionid: Optional[str] = field(repr=False)


class WeChatApi(MediaApi):
    """One account's calls to WeChat. Every call raises DatabaseUnavailable when the shared token cannot be read."""

    def __init__(self, base: str, appid: str, secret: str, tokens: Tokens, session: aiohttp.ClientSession) -> None:
        """`base` is `https://api.weixin.qq.com`, or the fake platform on 127.0.0.1.

        Raises:
            ValueError: `base` is neither https nor on 127.0.0.1.
        """
        transport = Transport(base, session)
        super().__init__(transport, Calls(tokens, f"wechat|{appid}", stable_token(transport, appid, secret)))

    async def send_text(self, openid: str, text: str) -> Outcome:
        """Send a text of at most 2048 bytes."""
        return await self._send({"touser": openid, "msgtype": "text", "text": {"content": text}})

    async def send_image(self, openid: str, media_id: str) -> Outcome:
        """Send a picture that was uploaded."""
        return await self._send({"touser": openid, "msgtype": "image", "image": {"media_id": media_id}})

    async def typing(self, openid: str, on: bool) -> Outcome:
        """Show that an answer is being written, for 15 s or until the next message, or stop showing it.

        WeChat refuses it when the customer was silent for 30 s or it is shown already; there is nothing to do then.
        """
        command = "Typing" if on else "CancelTyping"
        return await self._post("/cgi-bin/message/custom/typing", {"touser": openid, "command": command})

    async def user_info(self, openid: str) -> Union[User, Failure]:
        """Return whether somebody follows the account, and who they are at the lender's other accounts."""
        path = "/cgi-bin/user/info"
        reply = await self._calls.make(path, lambda token: self._transport.get(path, {**token, "openid": openid}))
        if not isinstance(reply, Mapping):
            return reply
        unionid = reply.get("unionid")
        return User(reply.get("subscribe") == 1, unionid if isinstance(unionid, str) else None)

    async def kf_session_create(self, openid: str, kf_account: str) -> Outcome:
        """Hand the customer over to an agent of WeChat's own customer service, named like `name@account`."""
        return await self._kf_session("create", openid, kf_account)

    async def kf_session_close(self, openid: str, kf_account: str) -> Outcome:
        """Take the customer back from that agent."""
        return await self._kf_session("close", openid, kf_account)

    async def _send(self, body: Mapping[str, Any]) -> Outcome:
        return await self._post("/cgi-bin/message/custom/send", body)

    async def _kf_session(self, verb: str, openid: str, kf_account: str) -> Outcome:
        body = {"kf_account": kf_account, "openid": openid}
        return await self._post(f"/customservice/kfsession/{verb}", body)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Outcome:
        reply = await self._calls.make(path, lambda token: self._transport.post(path, token, body))
        return Sent() if isinstance(reply, Mapping) else reply
