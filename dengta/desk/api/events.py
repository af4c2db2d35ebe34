"""The live stream of what concerns an agent."""
import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from dengta.database import DatabaseUnavailable
from dengta.desk.dispatch import Call
from dengta.desk.events import Events, Listener
from dengta.desk.parameters import whole
from dengta.tasks import is_set_within

PING_SECONDS = 5.0  # as pages expect it, see web/desk/src/live/stream.ts
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def follow(call: Call) -> Response:
    """Answer with events after `Last-Event-ID`, or from now on, until the session ends."""
    given = call.request.headers.get("last-event-id") or call.request.query_params.get("after")
    listener, complete = await call.desk.events.join(call.login, whole(given) if given else None)
    return EventSourceResponse(
        _stream(call.desk.events, listener, complete), ping=0, headers=_HEADERS, sep="\n"
    )


async def _stream(events: Events, listener: Listener, complete: bool) -> AsyncIterator[ServerSentEvent]:
    clock = asyncio.get_running_loop().time
    try:
        yield _event("open" if complete else "reset", {}, listener.seq)
        told_at = clock()
        while not listener.closed:
            listener.news.clear()
            seen = None
            while seen != listener.seq:
                seen = listener.seq
                for event in await events.next(listener):
                    shown = {"conversation_id": event.conversation_id, "at": event.at, **event.data}
                    yield _event(event.kind, shown, event.seq)
                    told_at = clock()
            quiet = clock() - told_at
            if quiet >= PING_SECONDS:
                yield _event("ping", {}, listener.seq)
                told_at, quiet = clock(), 0.0
            await is_set_within(listener.news, PING_SECONDS - quiet)
    except DatabaseUnavailable:
        return  # the browser comes back with the last number it saw
    finally:
        events.leave(listener)


def _event(kind: str, data: dict[str, Any], seq: int) -> ServerSentEvent:
    return ServerSentEvent(msgspec.json.encode(data).decode(), event=kind, id=str(seq))
