"""What happens to every request before and after its handler: who asks, may they, is it really them, what do they want.

The order is fixed: login, permission, origin and CSRF token, then the body. A handler gets a `Call` and returns what is
encoded as JSON, None for an answer without content, or a whole response.
"""
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from dengta import logs
from dengta.database import DatabaseUnavailable
from dengta.desk import bodies
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.errors import RefusedError
from dengta.desk.responses import answer, refusal
from dengta.desk.roles import OWN, may
from dengta.desk.sessions import Login

log = logging.getLogger(__name__)

COOKIE = "dengta_desk"
CSRF_HEADER = "x-csrf-token"
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Call:
    """A request that may be carried out; `body` is what the route's schema says, None without one."""

    desk: Desk
    request: Request
    body: Any
    _login: Optional[Login]

    @property
    def login(self) -> Login:
        """The session it came with; only calls of public routes have none."""
        if self._login is None:
            raise RefusedError("login_required")
        return self._login

    @property
    def agent(self) -> Agent:
        """Who asks."""
        return self.login.agent

    @property
    def conversation_id(self) -> str:
        """The conversation named in the path."""
        return str(self.request.path_params["conversation_id"])


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    """One endpoint. `permission` is one of `roles.py`, or `PUBLIC`; `body` is the schema of what is sent to it.

    `idle` requests are sent by the page on its own and do not keep a session open.
    """

    method: str
    path: str
    permission: str
    handler: Handler
    body: Optional[type[Any]] = None
    idle: bool = False


PUBLIC = "public"


def endpoint(desk: Desk, route: Route) -> Callable[[Request], Awaitable[Response]]:
    """Return the function that Starlette calls for a route."""

    async def handle(request: Request) -> Response:
        began = time.monotonic()
        login: Optional[Login] = None
        try:
            login = await _login(desk, request)
            response = await _carry_out(desk, route, request, login)
        except RefusedError as error:
            response = refusal(error)
            log.warning("refused %s: %s", _who(login), error.code)
        except DatabaseUnavailable as error:
            response = refusal(RefusedError("unavailable"))
            log.error("no answer for %s: %s", _who(login), error.cause)
        except ClientDisconnect:
            response = refusal(RefusedError("too_slow"))
        except Exception as error:  # noqa: BLE001  the browser is told, the log gets the place and no data
            response = refusal(RefusedError("internal"))
            log.error("failed for %s: %s", _who(login), logs.where(error))
        took = (time.monotonic() - began) * 1000
        log.info("%s %s %d %.0f ms %s", route.method, route.path, response.status_code, took, _who(login))
        return response

    return handle


async def _carry_out(desk: Desk, route: Route, request: Request, login: Optional[Login]) -> Response:
    if route.permission != PUBLIC:
        if login is None:
            raise RefusedError("login_required")
        if not may(login.agent.role, route.permission):
            raise RefusedError("not_allowed")
        if login.must_change and route.permission != OWN:
            raise RefusedError("password_expired")
    if request.method not in _SAFE:
        _check_origin(request)
        if route.permission != PUBLIC and login is not None:
            _check_token(request, login)
    body = await bodies.read(request, route.body) if route.body is not None else None
    if login is not None and request.method not in _SAFE and not route.idle:
        await desk.sessions.saw(login)
    said = await route.handler(Call(desk, request, body, login))
    return said if isinstance(said, Response) else answer(said)


async def _login(desk: Desk, request: Request) -> Optional[Login]:
    session_id = request.cookies.get(COOKIE)
    return await desk.sessions.find(session_id) if session_id else None


def _check_origin(request: Request) -> None:
    """See that a browser sent this from one of our own pages; browsers name the origin of everything but GET."""
    origin = urlsplit(request.headers.get("origin", ""))
    if (origin.scheme, origin.netloc) != (request.url.scheme, request.url.netloc):
        raise RefusedError("origin_forbidden")


def _check_token(request: Request, login: Login) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), login.csrf_token.encode()):
        raise RefusedError("csrf_invalid")


def _who(login: Optional[Login]) -> str:
    return f"agent {login.agent.id}" if login else "nobody"
