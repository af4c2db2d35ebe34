"""The connector of 微信客服 (docs/wechat.md): a callback says that there is news, which is then pulled."""
import logging
from datetime import datetime
from typing import Any, AsyncContextManager, Callable, Mapping, Optional

from sanic.request import Request
from sanic.response import HTTPResponse, text

from dengta.channels.assistant import Assistant
from dengta.channels.wechat.crypto import Keys, NotFromWeChat, Query, read_query
from dengta.channels.wechat.envelope import unwrap
from dengta.channels.wechat.kf.hearing import CHANNEL
from dengta.channels.wechat.kf.service import Service, serve
from dengta.channels.wechat.push_channel import PushChannel
from dengta.channels.wechat.reading import read_kf_notice
from dengta.channels.wechat.voice import Recognise, load
from dengta.channels.wechat.wire import Malformed
from dengta.clock import real_time
from dengta.settings import settings
from dengta.stores import Stores, stores
from dengta.wecom import Corporation

log = logging.getLogger(__name__)


class KfChannel(PushChannel[Service]):
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

    def _serve(self, assistant: Assistant) -> AsyncContextManager[Service]:
        return serve(self._corporation, self._stores, assistant, self._recognise, self._now)

    def _verified(self, query: Query) -> str:
        return self._keys.verify_encrypted_url(query)

    async def _receive(self, request: Request) -> HTTPResponse:
        try:
            received = unwrap(self._keys, read_query(request.query_string), request.body)
            notice = read_kf_notice(received.fields)
        except NotFromWeChat as refusal:
            return self._refused(refusal)
        except Malformed as fault:
            log.warning("a callback cannot be read: %s", fault)
            return text("")
        if notice is not None:
            await self._service.note(notice)
        return text("")

