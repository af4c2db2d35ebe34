"""What a phone can send, as the platform pushes it."""
from typing import Optional

from dengta.demo.wechat.customer import Customers
from dengta.demo.wechat.push import Delivery
from dengta.demo.wechat.world import World

# Adaptive multi-rate audio, 20 ms of silence in each frame.
_AMR_HEAD, _AMR_FRAME, _FRAMES_PER_SECOND = b"#!AMR\n", b"\x3c" + bytes(31), 50


class Phone:
    """Sends the kinds of messages people send, for anybody by openid; see `Customers` for what the acts return."""

    def __init__(self, world: World, customers: Customers) -> None:
        self._world, self._customers = world, customers

    async def say(self, openid: str, text: str) -> Delivery:
        """Send a text."""
        return await self._customers.message(openid, "text", text, {"Content": text})

    async def choose(self, openid: str, menu_id: str, label: str) -> Delivery:
        """Tap an item of a message menu: it arrives as a text but grants what a menu click does."""
        elements = {"Content": label, "bizmsgmenuid": menu_id}
        return await self._customers.message(openid, "text", label, elements, "click")

    async def voice(self, openid: str, recognition: Optional[str] = None, seconds: int = 2) -> Delivery:
        """Send a voice message; without `recognition` the message has no such element, as newer accounts get it."""
        audio = _AMR_HEAD + _AMR_FRAME * (seconds * _FRAMES_PER_SECOND)
        media_id = self._world.media.add("voice", audio, self._world.clock.now()).media_id
        elements = {"MediaId": media_id, "Format": "amr", "MediaId16K": media_id}
        if recognition is not None:
            elements["Recognition"] = recognition
        return await self._customers.message(
            openid, "voice", recognition or "", elements, media_id=media_id, seconds=seconds
        )

    async def image(self, openid: str, data: bytes) -> Delivery:
        """Send a picture, a PNG, JPEG or GIF file."""
        media_id = self._world.media.add("image", data, self._world.clock.now()).media_id
        elements = {"PicUrl": f"{self._world.base}/media/{media_id}", "MediaId": media_id}
        return await self._customers.message(openid, "image", "", elements, media_id=media_id)

    async def click(self, openid: str, key: str) -> Delivery:
        """Tap an item of the account's menu."""
        return await self._customers.event(openid, "CLICK", EventKey=key)

    async def view(self, openid: str, url: str) -> Delivery:
        """Follow a link of the account's menu."""
        return await self._customers.event(openid, "VIEW", EventKey=url)

    async def follow(self, openid: str, scene: str = "") -> Delivery:
        """Follow the account; `scene` is that of a scanned QR code."""
        key = f"qrscene_{scene}" if scene else ""
        return await self._customers.event(openid, "subscribe", EventKey=key)

    async def unfollow(self, openid: str) -> Delivery:
        """Stop following the account."""
        return await self._customers.event(openid, "unsubscribe", EventKey="")
