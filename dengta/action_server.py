"""The process that runs the custom actions: `python -m dengta.action_server`, reachable from this machine only.

Compared with `rasa run actions` it binds 127.0.0.1, allows no other origin, and answers a failing action without the
request, which holds the whole conversation.
"""
import logging
import sys
from typing import Optional

from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from dengta import logs
from dengta.runtime import runtime
from dengta.settings import SettingsError, settings

log = logging.getLogger(__name__)


def main() -> Optional[str]:
    """Serve until stopped; return the reason in one sentence if that is impossible."""
    logs.configure(logging.WARNING)
    try:
        port = settings().actions_port
        runtime()
    except SettingsError as error:
        return str(error)
    build().run(host="127.0.0.1", port=port, access_log=False, motd=False)
    return None


def build() -> Sanic:
    """Return the SDK's application for the package `actions`, with failures answered discreetly."""
    app = create_app("actions", cors_origins=None)
    app.error_handler.add(Exception, _failed)
    return app


def _failed(_request: Request, error: Exception) -> HTTPResponse:
    log.error("an action failed: %s", logs.where(error))
    return json({"error": type(error).__name__}, status=getattr(error, "status_code", 500))


if __name__ == "__main__":
    sys.exit(main())
