"""Reading what a browser sends: never more than the limit, never for long, and only what the endpoint expects."""
import asyncio
from typing import TypeVar

import msgspec
from starlette.requests import Request

from dengta.desk.errors import RefusedError

T = TypeVar("T")

LIMIT = 64 * 1024
SECONDS = 10.0
_DRAINED = 32 * 1024 * 1024  # so much of what is too large is taken and dropped, or the browser misses the answer


async def read(request: Request, schema: type[T]) -> T:
    """Return the body of a request as what its schema says.

    Raises:
        RefusedError: `body_too_large`, `too_slow`, `invalid_json`, `invalid_request`.
        ClientDisconnect: the browser went away before it had sent everything.
    """
    try:
        raw = await asyncio.wait_for(_read(request), SECONDS)
    except asyncio.TimeoutError:
        raise RefusedError("too_slow") from None
    try:
        return msgspec.json.decode(raw, type=schema)
    except msgspec.ValidationError as error:
        raise RefusedError("invalid_request", detail=str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusedError("invalid_json") from None


async def _read(request: Request) -> bytes:
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LIMIT:
            body += chunk
        elif size > _DRAINED:
            break
    if size > LIMIT:
        raise RefusedError("body_too_large")
    return bytes(body)
