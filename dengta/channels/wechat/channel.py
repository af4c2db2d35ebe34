"""The connector of a WeChat Official Account (docs/wechat.md): what comes in is proven, one message goes back."""
import asyncio
import logging
import time
from typing import Any, AsyncContextManager, Mapping, Optional, cast

from sanic.request import Request
from sanic.response import HTTPResponse, text

from dengta.channels.assistant import Assistant
from dengta.channels.wechat import replies
from dengta.channels.wechat.claims import ToAgents
from dengta.channels.wechat.crypto import Keys, NotFromWeChat, Query, read_query
from dengta.channels.wechat.envelope import Received, unwrap, wrap
from dengta.channels.wechat.messages import Incoming, Message
from dengta.channels.wechat.patience import Patience
from dengta.channels.wechat.pieces import Piece
from dengta.channels.wechat.push_channel import PushChannel
from dengta.channels.wechat.reading import read
from dengta.channels.wechat.service import CHANNEL, Answer, Service, serve
from dengta.channels.wechat.voice import Recognise, load
from dengta.channels.wechat.wire import Fields, Layout, Malformed
from dengta.official_account import OfficialAccount
from dengta.settings import settings
from dengta.stores import Stores, stores

log = logging.getLogger(__name__)

_CONTENT_TYPES = {Layout.XML: "text/xml; charset=utf-8", Layout.JSON: "application/json; charset=utf-8"}


class WeChatChannel(PushChannel[Service]):
    """The channel `wechat`. It reads nothing from `credentials.yml`: its settings are those of `dengta.settings`."""

    def __init__(
        self,
        account: OfficialAccount,
        stores: Stores,
        recognise: Optional[Recognise] = None,
        patience: Optional[Patience] = None,
    ) -> None:
        self._account = account
        self._stores = stores
        self._recognise = recognise
        self._patience = patience or Patience()
        self._keys = Keys(account.token, account.aes_keys, account.appid)

    @classmethod
    def name(cls) -> str:
        """Return `wechat`."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Mapping[str, Any]]) -> Optional["WeChatChannel"]:
        """Build the channel from the settings, None if they name no account.

        Raises:
            SettingsError: there is no such voice recogniser.
        """
        config = settings()
        if config.wechat is None:
            log.info("the WeChat channel is off: DENGTA_WECHAT_APPID is not set")
            return None
        return cls(config.wechat, stores(), load(config.voice_recogniser))

    def _serve(self, assistant: Assistant) -> AsyncContextManager[Service]:
        return serve(self._account, self._stores, assistant, self._patience, self._recognise)

    def _verified(self, query: Query) -> str:
        return self._keys.verify_url(query)

    async def _receive(self, request: Request) -> Optional[HTTPResponse]:
        arrived = time.monotonic()
        try:
            received = unwrap(self._keys, read_query(request.query_string), request.body)
            incoming = read(received.fields, self._account.appid)
        except NotFromWeChat as refusal:
            return self._refused(refusal)
        except Malformed as fault:
            log.warning("a push cannot be read: %s", fault)
            return text(replies.SUCCESS)
        answer = await self._service.answer(incoming, received.fields, arrived)
        try:
            return await self._give(request, received, incoming, answer)
        except ConnectionResetError:
            return text(replies.SUCCESS)  # nobody reads it

    async def _give(
        self, request: Request, received: Received, incoming: Incoming, answer: Answer
    ) -> Optional[HTTPResponse]:
        if isinstance(answer, Piece):
            async with self._service.bringing(answer) as content:
                await self._write(request, received, replies.text(incoming, content, time.time()))
        elif isinstance(answer, str):
            await self._write(request, received, replies.text(incoming, answer, time.time()))
        elif isinstance(answer, ToAgents) and isinstance(incoming, Message):
            await self._write(request, received, replies.transfer(incoming, time.time(), self._account.kf_account))
        else:
            return text(replies.SUCCESS)
        return None

    async def _write(self, request: Request, received: Received, reply: Fields) -> None:
        """Write a passive reply; when this returns it is on its way.

        Raises:
            ConnectionResetError: WeChat has hung up.
        """
        if cast(asyncio.Transport, request.transport).is_closing():
            raise ConnectionResetError
        response = await request.respond(content_type=_CONTENT_TYPES[received.layout])
        await response.send(wrap(self._keys, received, reply), end_stream=True)

