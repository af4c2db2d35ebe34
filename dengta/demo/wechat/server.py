"""The web application: WeChat's addresses."""
from typing import Callable, Optional

from aiohttp import web

from dengta.demo.wechat import custom, tickets
from dengta.demo.wechat.gate import Handler
from dengta.demo.wechat.world import WORLD, World

MAX_BODY = 11 * 1024 * 1024

TOKEN_ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/cgi-bin/stable_token", tickets.stable_token),
    ("GET", "/cgi-bin/token", tickets.token),
]
ACCOUNT_ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/cgi-bin/message/custom/send", custom.send),
    ("POST", "/cgi-bin/message/custom/typing", custom.typing),
    ("POST", "/cgi-bin/message/custom/business/typing", custom.typing),
]


def application(world: World) -> web.Application:
    """Return the application that serves a world."""
    app = web.Application(client_max_size=MAX_BODY)
    app[WORLD] = world
    _add(app, TOKEN_ROUTES, None)
    _add(app, ACCOUNT_ROUTES, world.check_token)
    return app


def _add(
    app: web.Application,
    routes: list[tuple[str, str, Handler]],
    check_token: Optional[Callable[[web.Request], None]],
) -> None:
    gate = app[WORLD].gate
    app.add_routes([web.route(method, path, gate.route(handler, check_token)) for method, path, handler in routes])
