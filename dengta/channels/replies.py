"""How every error leaves the server: `{"error": code, "message": sentence}`, never a traceback or a customer's text."""
import logging

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from dengta.channels import wording
from dengta.channels.errors import STATUS, RefusedError
from dengta.conversation.pace import TooManyMessages
from dengta.conversation.records import ConversationClosedError
from dengta.database import DatabaseUnavailable
from dengta.handoff.satisfaction.answers import ExpiredError, InvalidAnswerError, UnknownInvitationError
from dengta.logs import where

log = logging.getLogger(__name__)

_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "body_too_large", 503: "not_ready"}


def install(app: Sanic) -> None:
    """Make the app answer every exception in the form of docs/web-protocol.md."""
    app.error_handler.add(RefusedError, lambda _request, error: _reply(error.code, error.retry_after))
    app.error_handler.add(ConversationClosedError, lambda _request, _error: _reply("token_invalid"))
    app.error_handler.add(TooManyMessages, lambda _request, error: _reply("rate_limited", error.retry_after))
    app.error_handler.add(DatabaseUnavailable, lambda _request, _error: _reply("not_ready"))
    app.error_handler.add(UnknownInvitationError, lambda _request, _error: _reply("invitation_unknown"))
    app.error_handler.add(ExpiredError, lambda _request, _error: _reply("invitation_expired"))
    app.error_handler.add(InvalidAnswerError, lambda _request, _error: _reply("invalid_message"))
    app.error_handler.add(SanicException, _framework_error)
    app.error_handler.add(Exception, _unexpected)


def _framework_error(_request: Request, error: SanicException) -> HTTPResponse:
    status = getattr(error, "status_code", 500)
    return _reply(_BY_STATUS.get(status, "invalid_message" if status < 500 else "internal"))


def _unexpected(_request: Request, error: Exception) -> HTTPResponse:
    log.error("request failed: %s", where(error))
    return _reply("internal")


def _reply(code: str, retry_after: "int | None" = None) -> HTTPResponse:
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    body = {"error": code, "message": wording.web()["errors"][code]}
    return json(body, status=STATUS[code], headers=headers, ensure_ascii=False)
