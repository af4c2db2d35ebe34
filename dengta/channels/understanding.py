"""What a text means, told to the desk's copilot: the model of this process without a turn, a tracker or an answer.

Only the desk on the same machine may ask; to everybody else the address does not exist.
"""
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as answer

from dengta.channels.errors import RefusedError
from dengta.channels.inbound import tidy
from dengta.handoff.copilot.understanding import PATH, credential

Parse = Callable[[str], Awaitable[Mapping[str, Any]]]

_TOLD = ("text", "intent", "entities", "understanding")


def install(app: Sanic, parse: Parse, secret: str) -> None:
    """Add `POST /internal/understanding` to the assistant: `{"text"}` to what `parse`, Rasa's, makes of it.

    `secret` is the installation's; the desk proves itself with what is derived from it.
    """
    expected = f"Bearer {credential(secret)}".encode()

    async def understand(request: Request) -> HTTPResponse:
        if not _is_local(request) or not hmac.compare_digest(_authorization(request), expected):
            raise RefusedError("not_found")
        parsed = await parse(_text(request.body))
        return answer({name: parsed[name] for name in _TOLD}, ensure_ascii=False)

    app.add_route(understand, PATH, methods=["POST"])


def _is_local(request: Request) -> bool:
    """Tell whether the connection comes from this machine; behind a proxy on it the credential is what counts."""
    wire: Any = request.conn_info
    return wire is not None and wire.peername is not None and bool(wire.peername[0] == wire.sockname[0])


def _authorization(request: Request) -> bytes:
    return str(request.headers.get("authorization", "")).encode()


def _text(raw: bytes) -> str:
    """Return the text to be understood; one that begins with `/` is no command.

    Raises:
        RefusedError: `invalid_json`, `invalid_message`, `empty_message`.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError("invalid_json") from None
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise RefusedError("invalid_message")
    text = tidy(body["text"])
    if not text:
        raise RefusedError("empty_message")
    return text
