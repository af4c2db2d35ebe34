"""Pictures and sounds at Tencent's platforms, which a media id stands for; it is good for three days.

Sources: /doc/service/api/material/temporary, developer.work.weixin.qq.com/document/path/90253.
"""
from typing import Mapping, Union

from dengta.channels.wechat.calls import Calls
from dengta.channels.wechat.errors import Doubtful, Failure
from dengta.channels.wechat.transport import Transport

_UPLOAD = "/cgi-bin/media/upload"
_GET = "/cgi-bin/media/get"


class MediaApi:
    """The calls that are the same for an official account and for 微信客服.

    Every call raises DatabaseUnavailable when the shared token cannot be read.
    """

    def __init__(self, transport: Transport, calls: Calls) -> None:
        self._transport = transport
        self._calls = calls

    async def upload_image(self, png: bytes) -> Union[str, Failure]:
        """Upload a PNG and return its media id."""
        picture = ("image.png", png, "image/png")
        reply = await self._calls.make(
            _UPLOAD, lambda token: self._transport.upload(_UPLOAD, {**token, "type": "image"}, *picture)
        )
        if not isinstance(reply, Mapping):
            return reply
        media_id = reply.get("media_id")
        return media_id if isinstance(media_id, str) else Doubtful("no media_id")

    async def media(self, media_id: str) -> Union[bytes, Failure]:
        """Fetch what a customer sent, such as the sound of a voice message."""
        reply = await self._calls.make(
            _GET, lambda token: self._transport.download(_GET, {**token, "media_id": media_id})
        )
        if not isinstance(reply, Mapping):
            return reply
        content = reply.get("content")
        return content if isinstance(content, bytes) else Doubtful("no file")
