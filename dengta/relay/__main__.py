"""The process that sends events to the broker: `python -m dengta.relay`, which tells how it is at `/ready`."""
import logging
import sys
from typing import Any, Optional

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sqlalchemy.exc import SQLAlchemyError

from dengta import logs
from dengta.database import DatabaseUnavailable
from dengta.logs import where
from dengta.relay.outbox import Outbox
from dengta.relay.relay import Relay
from dengta.settings import SettingsError, settings
from dengta.stores import stores


def main() -> Optional[str]:
    """Relay until stopped; return the reason in one sentence if that is impossible."""
    logs.configure()
    logging.getLogger("aio_pika").setLevel(logging.WARNING)
    try:
        config = settings()
        if config.amqp_url is None:
            return "DENGTA_AMQP_URL is not set: there is no broker to send events to"
        outbox = Outbox(stores().engine, stores().vault)
    except SettingsError as error:
        return str(error)
    except SQLAlchemyError as error:
        return f"The database of DENGTA_DATABASE_URL cannot be used ({where(error)})"
    build(outbox, Relay(outbox, config.amqp_url)).run(
        host="127.0.0.1", port=config.relay_port, access_log=False, motd=False
    )
    return None


def build(outbox: Outbox, relay: Relay) -> Sanic:
    """Return the application that runs the relay and answers operators."""
    app = Sanic("dengta-relay", configure_logging=False)

    @app.get("/ready")
    async def ready(_request: Request) -> HTTPResponse:
        try:
            return json({"connected": relay.connected, "waiting": await outbox.waiting()})
        except DatabaseUnavailable as error:
            return json({"connected": relay.connected, "database": error.cause}, status=503)

    @app.after_server_start
    async def start(_app: Sanic, _loop: Any) -> None:
        relay.start()

    @app.before_server_stop
    async def stop(_app: Sanic, _loop: Any) -> None:
        await relay.stop()

    return app


if __name__ == "__main__":
    sys.exit(main())
