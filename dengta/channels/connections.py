"""What a client's connection may do: send requests of a clear length, each of them whole within a set time.

Sanic measures silence, so that a byte now and then keeps a connection open for ever, and a negative Content-Length
makes its reader spin without end. Both are stopped here. A client that does not read its stream is dropped when nothing
could be sent to it for `RESPONSE_SECONDS`; until then 64 KB wait for it, and what could not be added to them.
"""
import resource
import socket

from sanic import Sanic
from sanic.exceptions import InvalidUsage
from sanic.http import Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

MAX_BODY = 16 * 1024
MAX_HEADER = 8 * 1024
REQUEST_SECONDS = 10  # for the header, from its first byte
RESPONSE_SECONDS = 45  # for body and answer; longer than a long poll and than the pings of a stream
BACKLOG = 1024  # connections of one moment; whoever finds it full tries again after a second
CLOSING_SECONDS = 5  # in which a client may take what was sent last


class Connection(HttpProtocol):
    """Sanic's connection with a deadline for each request instead of one for each pause in it."""

    def data_received(self, data: bytes) -> None:
        """Take what arrived; only the first byte of a request starts the clock."""
        started = None if self._begins_request() else self._time
        super().data_received(data)
        if started is not None:
            self._time = started

    def check_timeouts(self) -> None:
        """Give up what is late, and do not wait for the rest of it as Sanic does after its answer."""
        super().check_timeouts()
        if getattr(self._http, "exception", None) is not None:
            self.loop.call_later(self.app.config.GRACEFUL_SHUTDOWN_TIMEOUT, self.abort)

    def _begins_request(self) -> bool:
        handler = getattr(self, "_http", None)
        return handler is None or (handler.stage is Stage.IDLE and not handler.request_body)


def serve(app: Sanic, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, with as many connections at once as the system allows this process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    app.run(sock=listening, protocol=Connection, backlog=BACKLOG, access_log=False, motd=False)


def install(app: Sanic) -> None:
    """Set the limits of an application that is served by `serve`."""
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.REQUEST_MAX_HEADER_SIZE = MAX_HEADER
    app.config.REQUEST_TIMEOUT = REQUEST_SECONDS
    app.config.RESPONSE_TIMEOUT = RESPONSE_SECONDS
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = CLOSING_SECONDS
    app.add_signal(_require_clear_length, "http.lifecycle.request")


async def _require_clear_length(request: Request) -> None:
    """Refuse what two readers could understand differently: RFC 9112, section 6.3.

    Raises:
        InvalidUsage: the length is not one number, or not one chunked body.
    """
    lengths = request.headers.getall("content-length", [])
    codings = request.headers.getall("transfer-encoding", [])
    if not lengths and codings in ([], ["chunked"]):
        return
    if codings or len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise InvalidUsage("unclear length")
