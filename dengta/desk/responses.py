"""How the desk answers: JSON that stays JSON, and headers that keep anything foreign from running on its pages."""
from collections.abc import Mapping
from typing import Any, Optional

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dengta.desk import wording
from dengta.desk.errors import RefusedError

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Json(Response):
    """Answers whatever msgspec encodes: dataclasses, decimals as strings, moments and dates in ISO 8601."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return msgspec.json.encode(content)


def answer(content: Any, status: int = 200, headers: Optional[Mapping[str, str]] = None) -> Response:
    """Return content as JSON that no cache keeps; without content only the status."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(status_code=204, headers=kept) if content is None else Json(content, status, kept)


def refusal(error: RefusedError) -> Response:
    """Return the answer to a request that was refused."""
    content = {"error": error.code, "message": wording.errors()[error.code], **error.details}
    headers = {"Connection": "close"} if error.code in ("body_too_large", "too_slow") else {}
    return answer(content, error.status, headers)


class SecurityHeaders:
    """Adds `HEADERS` to every answer of an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
