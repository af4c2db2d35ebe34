"""The door of the API: every call is counted, checked against the common rules, answered in JSON and written down."""
import asyncio
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Mapping, Optional, Union

from aiohttp import web

from dengta.demo.wechat.errors import Refused, answer
from dengta.demo.wechat.settings import Rules

_NEEDLESS_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[0-7][0-9a-fA-F])")
_SECRETS = {"access_token", "secret", "corpsecret"}
_KEPT = 100_000


@dataclass
class Fault:
    """What the next `times` calls of a path meet instead of, before or after their proper treatment.

    `errcode` is answered and nothing done; `delay` seconds pass first; `drop` cuts the connection `before` the call is
    treated or `after`, when it has taken effect and only the answer is lost.
    """

    path: str
    times: int = 1
    errcode: Optional[int] = None
    delay: float = 0.0
    drop: Optional[str] = None


@dataclass(frozen=True)
class Call:
    """One call: `query` and JSON `body` are without token and secret, `errcode` is None if it was cut off."""

    at: float
    path: str
    query: Mapping[str, str]
    body: Any
    errcode: Optional[int]


Content = Union[dict[str, Any], web.Response]
Handler = Callable[[web.Request, Any], Awaitable[Content]]


@dataclass(frozen=True)
class Route:
    """One endpoint. A handler gets the JSON of a POST, else None; `check_token` raises Refused for a bad token.

    `wrong_ip` is the errcode for a caller who is not on the IP list.
    """

    method: str
    path: str
    handler: Handler
    check_token: Optional[Callable[[web.Request], None]]
    reads_json: bool = True
    wrong_ip: int = 40164


@dataclass
class Gate:
    """Applies what holds for every endpoint."""

    rules: Rules
    now: Callable[[], float]
    noticed: Callable[[], None]
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_KEPT))
    faults: list[Fault] = field(default_factory=list)
    _running: Counter[str] = field(default_factory=Counter)
    _minute: int = 0
    _in_minute: Counter[str] = field(default_factory=Counter)

    def open(self, route: Route) -> web.RouteDef:
        """Return the aiohttp route that treats the endpoint by the common rules."""

        async def treated(request: web.Request) -> web.StreamResponse:
            fault = self._fault(route.path)
            self._running[route.path] += 1
            try:
                self._check_caller(request, route)
                await asyncio.sleep(fault.delay)
                body = await _json(request) if route.reads_json and request.method == "POST" else None
                if fault.drop == "before":
                    return self._cut(request, body)
                content = await self._content(request, body, route, fault)
            except Refused as refused:
                body, content = None, answer(refused.errcode, refused.errmsg)
            finally:
                self._running[route.path] -= 1
            if fault.drop == "after":
                return self._cut(request, body)
            self._write_down(request, body, content.get("errcode", 0) if isinstance(content, dict) else 0)
            return web.json_response(content) if isinstance(content, dict) else content

        return web.route(route.method, route.path, treated)

    async def _content(self, request: web.Request, body: Any, route: Route, fault: Fault) -> Content:
        try:
            if fault.errcode is not None:
                raise Refused(fault.errcode)
            if route.check_token is not None:
                route.check_token(request)
            return await route.handler(request, body)
        except Refused as refused:
            return answer(refused.errcode, refused.errmsg)

    def _fault(self, path: str) -> Fault:
        for fault in self.faults:
            if fault.path == path:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
                self.noticed()
                return fault
        return Fault(path)

    def _check_caller(self, request: web.Request, route: Route) -> None:
        allowed = self.rules.allowed_ips
        if allowed is not None and request.remote not in allowed:
            raise Refused(route.wrong_ip)
        if self._running[route.path] > self.rules.concurrent:
            raise Refused(45033)
        minute = int(self.now() // 60)
        if self._minute != minute:
            self._minute, self._in_minute = minute, Counter()
        self._in_minute[route.path] += 1
        if self._in_minute[route.path] > self.rules.per_minute:
            raise Refused(45009)

    def _cut(self, request: web.Request, body: Any) -> web.Response:
        self._write_down(request, body, None)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _write_down(self, request: web.Request, body: Any, errcode: Optional[int]) -> None:
        shown = _without_secrets(body) if isinstance(body, dict) else body
        self.calls.append(Call(self.now(), request.path, _without_secrets(request.query), shown, errcode))
        self.noticed()


def _without_secrets(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _SECRETS}


async def _json(request: web.Request) -> Any:
    raw = await request.read()
    if _NEEDLESS_ESCAPE.search(raw):
        raise Refused(40033)
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refused(47001) from None
    if not isinstance(body, dict):
        raise Refused(47001)
    return body
