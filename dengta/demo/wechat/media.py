"""Temporary media: what the account uploads and what customers send, kept for three days.

Source: /doc/offiaccount/Asset_Management/New_temporary_materials.html.
"""
import secrets
from dataclasses import dataclass
from typing import Any, Optional

from aiohttp import web
from aiohttp.web_request import FileField

from dengta.demo.wechat.errors import Refused

LASTS = 3 * 86_400
KEPT = 500
# The biggest file of each kind in bytes and how its content begins.
KINDS: dict[str, tuple[int, tuple[bytes, ...]]] = {
    "image": (10 << 20, (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")),
    "voice": (2 << 20, (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "video": (10 << 20, (b"\x00\x00\x00",)),
    "thumb": (64 << 10, (b"\xff\xd8\xff",)),
}
CONTENT_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"#!AMR": "audio/amr"}


@dataclass(frozen=True)
class Media:
    """One file; `created` is a moment of the platform's clock."""

    media_id: str
    kind: str
    data: bytes
    created: float

    @property
    def content_type(self) -> str:
        """Return the type its first bytes tell."""
        types = (name for start, name in CONTENT_TYPES.items() if self.data.startswith(start))
        return next(types, "application/octet-stream")


class MediaStore:
    """Files by media id, the newest 500."""

    def __init__(self) -> None:
        self._media: dict[str, Media] = {}

    def add(self, kind: str, data: bytes, now: float) -> Media:
        """Keep a file under a new media id."""
        media = Media(secrets.token_urlsafe(48), kind, data, now)
        self._media[media.media_id] = media
        for old in list(self._media)[:-KEPT]:
            del self._media[old]
        return media

    def find(self, media_id: Any, now: float) -> Optional[Media]:
        """Return a file that is not older than three days."""
        media = self._media.get(media_id) if isinstance(media_id, str) else None
        return media if media is not None and now - media.created < LASTS else None


async def read_upload(request: web.Request) -> tuple[str, bytes]:
    """Return kind and content of a multipart upload.

    Raises:
        Refused: 40004 the kind, 40005 the content is not of that kind, 40006 or 40009 the size, 41005 there is no file.
    """
    kind = request.query.get("type", "")
    if kind not in KINDS:
        raise Refused(40004)
    if request.content_type != "multipart/form-data":
        raise Refused(41005)
    field = (await request.post()).get("media")
    data = field.file.read() if isinstance(field, FileField) else b""
    if not data:
        raise Refused(41005)
    biggest, beginnings = KINDS[kind]
    if len(data) > biggest:
        raise Refused(40009 if kind == "image" else 40006)
    if not data.startswith(beginnings):
        raise Refused(40005)
    return kind, data
