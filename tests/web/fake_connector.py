"""A small HTTP server that speaks docs/web-protocol.md: the outer edge for the widget's browser tests."""
import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any, Coroutine, Optional

from aiohttp import web

from dengta.channels import rating_card
from tests.web.fake_conversations import ROOT, Conversations, Refused, sentences

CHAT = ROOT / "web" / "chat"
BASE = "/webhooks/web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


class FakeConnector:
    """Runs in its own thread; `stop` drops every connection, `start` comes back on the same port."""

    def __init__(self) -> None:
        self.conversations = Conversations()
        self.posts: list[dict[str, Any]] = []
        self.resumed_from: list[int] = []
        self.ratings: dict[str, dict[str, Any]] = {}
        self.rated: list[dict[str, Any]] = []
        self.invited = ""
        self.trouble: list[tuple[int, str, dict[str, str]]] = []
        self.port = _free_port()
        self.page = f"http://127.0.0.1:{self.port}{BASE}/"
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self._runner: Optional[web.AppRunner] = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Listen on the port this server has had from the beginning."""
        self._run(self._listen())

    def stop(self) -> None:
        """Die: close the socket and cut every stream."""
        self._run(self._close())

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def say(self, text: str, *titles: str, **more: Any) -> None:
        """Let the only conversation receive a message that nobody asked for."""
        self._run(self._change(lambda talk: talk.offer(text, *titles, **more)))

    def ask_for_rating(self, invitation: str = "invitation1") -> None:
        """Let a person's help be over and the only conversation be asked about it."""
        unanswered = {"score": None, "reasons": [], "nps": None, "words": "", "declined": False, "expired": False}
        self.ratings[invitation] = unanswered
        (self.invited,) = self.conversations.known
        card = {"type": "satisfaction", "invitation": invitation, "asks": "score"}
        self.say(rating_card.texts()["invitation"], author="notice", custom=card)

    def type(self, on: bool) -> None:
        """Send a typing event to the only conversation."""
        self._run(self._change(lambda talk: setattr(talk, "typing", on)))

    def forget(self) -> None:
        """Lose the log of the only conversation, as a restored older database would."""
        self._run(self._change(lambda talk: talk.messages.clear()))

    def close_conversation(self) -> None:
        """End the only conversation, as a person does who closes it; whoever writes begins another one."""

        async def close() -> None:
            self.conversations.known.clear()
            self._wake()

        self._run(close())

    def refuse_next(self, status: int, code: str, **headers: str) -> None:
        """Answer the next POST of a message with an error."""
        self.trouble.append((status, code, headers))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self) -> None:
        app = web.Application(middlewares=[_errors])
        app.add_routes([
            web.post(f"{BASE}/session", self._begin),
            web.delete(f"{BASE}/session", self._end),
            web.post(f"{BASE}/messages", self._receive),
            web.get(f"{BASE}/messages", self._poll),
            web.get(f"{BASE}/events", self._stream),
            web.get(f"{BASE}/texts", self._texts),
            web.get(f"{BASE}/ratings/{{invitation}}", self._rating),
            web.put(f"{BASE}/ratings/{{invitation}}", self._rating),
            web.get(f"{BASE}/", self._file),
            web.get(f"{BASE}/chat/{{name}}", self._file),
        ])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        handlers = asyncio.all_tasks() - {asyncio.current_task()}
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)

    async def _change(self, change: Any) -> None:
        change(self.conversations.only())
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _begin(self, request: web.Request) -> web.Response:
        token = _bearer(request)
        fresh = self.conversations.renew(token) if token else self.conversations.begin()
        return web.json_response({"token": fresh, "expires_in": self.conversations.lifetime, "demo": True}, status=201)

    async def _end(self, request: web.Request) -> web.Response:
        self.conversations.end(_bearer(request))
        self._wake()
        return web.Response(status=204)

    async def _receive(self, request: web.Request) -> web.Response:
        token = _bearer(request)
        self.conversations.of(token)
        if self.trouble:
            status, code, headers = self.trouble.pop(0)
            return _error(status, code, headers)
        body = json.loads(await request.text())
        seq, duplicate = self.conversations.receive(token, body)
        self.posts.append(body)
        self._wake()
        return web.json_response({"seq": seq, "duplicate": duplicate}, status=202)

    async def _poll(self, request: web.Request) -> web.Response:
        conversation = self.conversations.of(_bearer(request))
        after, wait = int(request.query["after"]), float(request.query["wait"])
        if not 0 <= wait <= 25:
            raise Refused(400, "invalid_message")
        if len(conversation.messages) == after and wait:
            try:
                await asyncio.wait_for(self._news.wait(), wait)
            except asyncio.TimeoutError:
                pass
        news = {"messages": conversation.messages[after:], "typing": conversation.typing}
        if after > len(conversation.messages):
            news = {**news, "messages": conversation.messages, "reset": True}
        return web.json_response(news)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        token = _bearer(request)
        conversation = self.conversations.of(token)
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after") or "0")
        self.resumed_from.append(after)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        typing = False
        while conversation in self.conversations.known.values():
            news = self._news
            if after > len(conversation.messages):
                after = 0
                await response.write(_event("reset", {}))
            for message in conversation.messages[after:]:
                after = message["seq"]
                await response.write(_event("message", message, after))
            if conversation.typing != typing:
                typing = conversation.typing
                await response.write(_event("typing", {"on": typing}))
            await news.wait()
        return response

    async def _texts(self, request: web.Request) -> web.Response:
        return web.json_response({**sentences("widget"), "rating": rating_card.texts()})

    async def _rating(self, request: web.Request) -> web.Response:
        state = self.ratings.get(request.match_info["invitation"])
        if state is None or self.conversations.subject(_bearer(request)) != self.invited:
            return _error(404, "invitation_unknown")
        if request.method == "PUT":
            if self.trouble:
                return _error(*self.trouble.pop(0))
            given = json.loads(await request.text())
            self.rated.append(given)
            state.update(given)
        return web.json_response(state)

    async def _file(self, request: web.Request) -> web.FileResponse:
        path = CHAT / Path(request.match_info.get("name", "index.html")).name
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


def _event(kind: str, data: dict[str, Any], number: Optional[int] = None) -> bytes:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _error(status: int, code: str, headers: Optional[dict[str, str]] = None) -> web.Response:
    return web.json_response({"error": code, "message": sentences("errors")[code]}, status=status, headers=headers)


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return _error(refused.status, refused.code)
    except json.JSONDecodeError:
        return _error(400, "invalid_json")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

