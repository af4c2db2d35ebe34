"""A tiny connector that stands in for ours: it answers what the test tells it to."""
import asyncio
from typing import Any, Awaitable, Callable, Mapping, Union

from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.work.crypto import WeChatCrypto as WorkCrypto

from dengta.demo.wechat import Account
from dengta.demo.wechat.envelope import read, write

Answer = Union[str, int]
ACCOUNT = Account()


class Connector:
    """Collects requests; `answer` gets the decrypted message and returns a body, or a status without one."""

    def __init__(self, account: Account = ACCOUNT) -> None:
        self.account = account
        self.requests: list[web.Request] = []
        self.bodies: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Awaitable[Answer]] = self.success
        self.hang = asyncio.Event()

    async def success(self, _message: Mapping[str, Any]) -> str:
        """Have nothing to say."""
        return "success"

    def says(self, *answers: Answer) -> None:
        """Give these answers, one for each request; the last one for all further ones."""
        rest = list(answers)

        async def give(_message: Mapping[str, Any]) -> Answer:
            return rest.pop(0) if len(rest) > 1 else rest[0]

        self.answer = give

    def replies(self, content: Mapping[str, Any], **swaps: Any) -> None:
        """Reply passively, encrypted if the message was."""

        async def give(message: Mapping[str, Any]) -> str:
            return self.seal(self.reply(message, content, **swaps))

        self.answer = give

    def reply(
        self, message: Mapping[str, Any], content: Mapping[str, Any], form: str = "xml", **swaps: Any
    ) -> str:
        """Return a passive reply in clear."""
        head = {"ToUserName": message["FromUserName"], "FromUserName": message["ToUserName"], "CreateTime": 1}
        return write({**head, **content, **swaps}, form)

    def seal(self, reply: str) -> str:
        """Encrypt a reply with the present key."""
        return self.crypto().encrypt_message(reply, "n", "1")

    async def serve(self, request: web.Request) -> web.Response:
        """Handle one push or one verification."""
        if request.method == "GET":
            return web.Response(text=self.echo(request.query))
        self.requests.append(request)
        body = read(await request.text())
        self.bodies.append(body)
        message = self.decrypt(request, body)
        self.messages.append(message)
        answer = await self.answer(message)
        return web.Response(text=answer) if isinstance(answer, str) else web.Response(status=answer)

    def echo(self, query: Mapping[str, str]) -> str:
        """Return the answer to a challenge, decrypted if WeCom asks."""
        if "msg_signature" not in query:
            return query["echostr"]
        crypto = WorkCrypto(self.account.token, self.account.aes_key, self.account.appid)
        return crypto.check_signature(query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])

    def decrypt(self, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        """Return the message in clear."""
        if "encrypt_type" not in request.query:
            return body
        query = request.query
        return read(self.crypto().decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"]))

    def crypto(self) -> WeChatCrypto:
        """Return wechatpy's crypto with the account's present key."""
        return WeChatCrypto(self.account.token, self.account.aes_key, self.account.appid)
