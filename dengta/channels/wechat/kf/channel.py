"""The connector of 微信客服 (docs/wechat.md): a callback says that there is news, which is then pulled."""
import functools
import logging
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Callable, Coroutine, Mapping, Optional

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from dengta.channels.assistant import Assistant
from dengta.channels.channel import Channel
from dengta.channels.wechat.crypto import Keys, NotFromWeChat, read_query
from dengta.channels.wechat.envelope import unwrap
from dengta.channels.wechat.kf.hearing import CHANNEL
from dengta.channels.wechat.kf.service import Service, real_time, serve
from dengta.channels.wechat.reading import read_kf_notice
from dengta.channels.wechat.voice import Recognise, load
from dengta.channels.wechat.wire import Malformed
from dengta.settings import settings
from dengta.stores import Stores, stores
from dengta.wecom import Corporation

log = logging.getLogger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]


class KfChannel(Channel):
    """The channel `kf`. It reads nothing from `credentials.yml`: its settings are those of `dengta.settings`."""

    def __init__(
        self,
        corporation: Corporation,
        stores: Stores,
        recognise: Optional[Recognise] = None,
        now: Callable[[], datetime] = real_time,
    ) -> None:
        self._corporation = corporation
        self._stores = stores
        self._recognise = recognise
        self._now = now
        self._keys = Keys(corporation.token, corporation.aes_keys, corporation.corpid)
        self._service: Service

    @classmethod
    def name(cls) -> str:
        """Return `kf`."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Mapping[str, Any]]) -> Optional["KfChannel"]:
        """Build the channel from the settings, None if they name no corporation.

        Raises:
            SettingsError: there is no such voice recogniser.
        """
        config = settings()
        if config.wecom is None:
            log.info("the channel kf is off: DENGTA_WECOM_CORPID is not set")
            return None
        return cls(config.wecom, stores(), load(config.voice_recogniser))

    def routes(self, assistant: Assistant) -> Blueprint:
        """Return the one address that WeCom's console is given."""
        routes, running = Blueprint(CHANNEL), AsyncExitStack()
        routes.add_route(_function(self._shake_hands), "/", methods=["GET"])
        routes.add_route(_function(self._receive), "/", methods=["POST"])

        @routes.after_server_start
        async def start(_app: Any, _loop: Any) -> None:
            service = serve(self._corporation, self._stores, assistant, self._recognise, self._now)
            self._service = await running.enter_async_context(service)

        @routes.before_server_stop
        async def stop(_app: Any, _loop: Any) -> None:
            await running.aclose()

        return routes

    async def _shake_hands(self, request: Request) -> HTTPResponse:
        try:
            return text(self._keys.verify_encrypted_url(read_query(request.query_string)))
        except NotFromWeChat as refusal:
            return _refused(refusal)

    async def _receive(self, request: Request) -> HTTPResponse:
        try:
            received = unwrap(self._keys, read_query(request.query_string), request.body)
            notice = read_kf_notice(received.fields)
        except NotFromWeChat as refusal:
            return _refused(refusal)
        except Malformed as fault:
            log.warning("a callback cannot be read: %s", fault)
            return text("")
        if notice is not None:
            await self._service.note(notice)
        return text("")


def _refused(refusal: NotFromWeChat) -> HTTPResponse:
    log.warning("a request that WeCom did not send was refused: %s", refusal)
    return text("", status=403)


def _function(method: Handler) -> Handler:
    """Wrap a bound method: Sanic's blueprints write attributes to their handlers."""

    @functools.wraps(method)
    async def handle(request: Request) -> HTTPResponse:
        return await method(request)

    return handle
