"""How messages reach the client: a server-sent event stream with exact resume, or a long poll."""
import asyncio
import json
from datetime import datetime, timezone
from typing import Any, Optional

from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from dengta.channels.errors import RefusedError
from dengta.channels.tokens import Claims
from dengta.conversation.feed import Feed, Listener
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Message
from dengta.database import DatabaseUnavailable
from dengta.tasks import is_set_within

PING_SECONDS = 15.0
MAX_WAIT_SECONDS = 25
BATCH = 50  # as much as a stream holds for a client that does not read
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """Delivers the log of a conversation to whoever holds a token for it."""

    def __init__(self, messages: MessageLog, feed: Feed) -> None:
        self._messages = messages
        self._feed = feed

    async def events(self, request: Request, claims: Claims) -> None:
        """Answer `GET /events`: replay everything after the client's last seq, then follow until the token expires."""
        after = _whole(request.headers.get("last-event-id") or request.args.get("after"))
        newest = await self._newest(claims.conversation_id)
        listener = self._feed.join(claims.conversation_id)
        try:
            response = await request.respond(content_type="text/event-stream", headers=_STREAM_HEADERS)
            await response.send(_event("reset", {}) if after > newest else ": open\n\n")
            await self._follow(response, listener, 0 if after > newest else after, claims.expires_at)
        except DatabaseUnavailable:
            return  # the client reconnects and resumes
        finally:
            self._feed.leave(listener)

    async def poll(self, request: Request, claims: Claims) -> HTTPResponse:
        """Answer `GET /messages`: what is new after the client's last seq, at the latest after `wait` seconds."""
        after = _whole(request.args.get("after"))
        wait = min(_whole(request.args.get("wait")), MAX_WAIT_SECONDS)
        reset = after > await self._newest(claims.conversation_id)
        listener = self._feed.join(claims.conversation_id)
        try:
            messages = await self._wait_for_news(listener, 0 if reset else after, wait)
        finally:
            self._feed.leave(listener)
        typing = self._feed.typing(claims.conversation_id)
        news = {"messages": [_visible(message) for message in messages], "typing": typing}
        return json_response({**news, "reset": True} if reset else news, headers=_STREAM_HEADERS)

    async def _follow(self, response: Any, listener: Listener, after: int, until: datetime) -> None:
        typing = False
        while not listener.closed and datetime.now(timezone.utc) < until:
            listener.news.clear()
            while batch := await self._messages.since(listener.conversation_id, after, BATCH):
                for message in batch:
                    await response.send(_event("message", _visible(message), message.seq))
                    after = message.seq
            if typing != self._feed.typing(listener.conversation_id):
                typing = not typing
                await response.send(_event("typing", {"on": typing}))
            if not await is_set_within(listener.news, PING_SECONDS):
                await response.send(": ping\n\n")

    async def _wait_for_news(self, listener: Listener, after: int, wait: float) -> tuple[Message, ...]:
        clock = asyncio.get_running_loop().time
        deadline, typing = clock() + wait, self._feed.typing(listener.conversation_id)
        while True:
            listener.news.clear()
            messages = await self._messages.since(listener.conversation_id, after, BATCH)
            changed = typing != self._feed.typing(listener.conversation_id)
            if messages or changed or listener.closed or clock() >= deadline:
                return messages
            await is_set_within(listener.news, deadline - clock())

    async def _newest(self, conversation_id: str) -> int:
        return (await self._messages.pulses([conversation_id]))[conversation_id].seq


def _whole(raw: Optional[str]) -> int:
    if not raw:
        return 0
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
        raise RefusedError("invalid_message")
    return int(raw)


def _visible(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "seq": message.seq,
        "author": message.author,
        "text": message.text,
        "time": message.time.isoformat(timespec="seconds"),
    }
    if message.buttons:
        shown["buttons"] = [{"id": button.id, "title": button.title} for button in message.buttons]
    if message.custom:
        shown["custom"] = message.custom
    if message.client_msg_id:
        shown["client_msg_id"] = message.client_msg_id
    return shown


def _event(kind: str, data: dict[str, Any], seq: Optional[int] = None) -> str:
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
