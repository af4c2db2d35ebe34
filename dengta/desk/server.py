"""The process agents work with: `python -m dengta.desk.server`, reachable from this machine only.

A reverse proxy with TLS brings it to the agents' browsers; it passes on `Host` and `X-Forwarded-Proto`.
"""
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import socket
from typing import Any, Optional

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from dengta import clock, logs
from dengta.conversation.log import MessageLog
from dengta.conversation.news import News
from dengta.database import DatabaseUnavailable, Transactions, migrate
from dengta.desk import pages
from dengta.desk.desk import Desk
from dengta.desk.dispatch import endpoint
from dengta.desk.errors import RefusedError
from dengta.desk.events import Events
from dengta.desk.responses import SecurityHeaders, answer, refusal
from dengta.desk.routes import ROUTES
from dengta.desk.sessions import Sessions
from dengta.desk.sign_on import SignOn
from dengta.handoff.copilot.answers import ActionServer
from dengta.handoff.copilot.copilot import Copilot
from dengta.handoff.copilot.understanding import ModelServer
from dengta.handoff.copilot.use import Uses
from dengta.handoff.queue import Queue
from dengta.handoff.rules import rules
from dengta.handoff.summary.summaries import Summaries
from dengta.runtime import runtime
from dengta.settings import Settings, SettingsError, settings
from dengta.stores import stores

OPTIONS: Mapping[str, Any] = {  # of uvicorn
    "ws": "none",  # it wants newer websockets than Rasa does, and the desk uses none
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 5,  # seconds
}


class Server(uvicorn.Server):
    """A server that ends the streams when it is stopped, rather than wait for them and cut each off with an error."""

    async def shutdown(self, sockets: Optional[list[socket]] = None) -> None:
        """Stop serving."""
        app: Any = self.config.app
        app.state.events.hang_up()
        await super().shutdown(sockets)


def main() -> Optional[str]:
    """Serve until stopped; return the reason in one sentence if that is impossible."""
    logs.configure()
    try:
        config = settings()
        for package in ("dengta.privacy", "dengta.conversation"):
            migrate(config.database_url, package)
        desk = build(config)
    except SettingsError as error:
        return str(error)
    except SQLAlchemyError as error:
        return f"The database of DENGTA_DATABASE_URL cannot be used ({logs.where(error)})"
    news = News(config.redis_url) if config.redis_url else None
    server = Server(uvicorn.Config(create_app(desk, news=news), host="127.0.0.1", port=config.desk_port, **OPTIONS))
    with suppress(KeyboardInterrupt):
        server.run()
    return None if server.started else "The desk could not be started; the log says why"


def build(config: Settings) -> Desk:
    """Return the desk of the settings.

    Raises:
        SettingsError, SQLAlchemyError.
    """
    engine, vault = stores().engine, stores().vault
    provider = config.single_sign_on
    only_admins = provider is not None and provider.only_admins_by_password
    sessions = Sessions(engine, config.demo, clock.real_time, only_admins)
    if config.secret is None:
        raise SettingsError("DENGTA_SECRET must be set: with it the desk proves itself to the assistant")
    known = runtime()
    model, actions = ModelServer(config.assistant_url, config.secret), ActionServer(config.actions_url)
    return Desk(
        database=Transactions(engine),
        vault=vault,
        sessions=sessions,
        queue=Queue(engine, vault, rules(), clock.real_time),
        messages=MessageLog(engine, vault),
        history=known.history,
        backends=known.backends,
        summaries=Summaries(engine, vault, known.backends.customer),
        tickets=known.tickets,
        copilot=Copilot(engine, vault, known.backends, known.identity.standing, model, actions, clock.now),
        uses=Uses(engine, clock.now),
        events=Events(engine, sessions),
        sign_on=SignOn(engine, provider, clock.real_time) if provider is not None else None,
    )


def create_app(desk: Desk, built: Path = pages.BUILT, news: Optional[News] = None) -> Starlette:
    """Return the application of a desk, with the pages in the folder `built`; `news` joins it with other processes."""

    async def ready(_request: Request) -> Response:
        try:
            await desk.sessions.valid([])
        except DatabaseUnavailable as error:
            return answer({"database": error.cause}, status=503)
        return answer({"database": "ok"})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if news is not None:
            desk.events.connect(news)
        yield
        await desk.events.stop()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            StarletteRoute("/ready", ready),
            *(StarletteRoute(route.path, endpoint(desk, route), methods=[route.method]) for route in ROUTES),
            *pages.routes(built),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: _no_such_path, 405: _no_such_path},
    )
    app.state.events = desk.events
    return app


async def _no_such_path(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return refusal(RefusedError("method_not_allowed" if status == 405 else "not_found"))


if __name__ == "__main__":
    sys.exit(main())
