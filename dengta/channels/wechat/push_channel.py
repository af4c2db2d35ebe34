"""What both connectors of Tencent's platforms share: one address, to which the platform pushes what it can prove."""
import functools
import logging
from abc import abstractmethod
from contextlib import AsyncExitStack
from typing import Any, AsyncContextManager, Callable, Coroutine, Generic, Optional, TypeVar

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from dengta.channels.assistant import Assistant
from dengta.channels.channel import Channel
from dengta.channels.wechat.crypto import NotFromWeChat, Query, read_query

log = logging.getLogger(__name__)

Running = TypeVar("Running")
Handler = Callable[[Request], Coroutine[Any, Any, Optional[HTTPResponse]]]


class PushChannel(Channel, Generic[Running]):
    """A channel at the one address that the platform's console is given; `_service` is what runs behind it."""

    _service: Running

    @abstractmethod
    def _serve(self, assistant: Assistant) -> AsyncContextManager[Running]:
        """Run the service for the block, in the event loop of the server."""

    @abstractmethod
    def _verified(self, query: Query) -> str:
        """Return what the console wants to read when the address is typed in there.

        Raises:
            NotFromWeChat.
        """

    @abstractmethod
    async def _receive(self, request: Request) -> Optional[HTTPResponse]:
        """Answer a push; None if the answer was written already."""

    def routes(self, assistant: Assistant) -> Blueprint:
        """Return the address."""
        routes, running = Blueprint(self.name()), AsyncExitStack()
        routes.add_route(_function(self._shake_hands), "/", methods=["GET"])
        routes.add_route(_function(self._receive), "/", methods=["POST"])

        @routes.after_server_start
        async def start(_app: Any, _loop: Any) -> None:
            self._service = await running.enter_async_context(self._serve(assistant))

        @routes.before_server_stop
        async def stop(_app: Any, _loop: Any) -> None:
            await running.aclose()

        return routes

    async def _shake_hands(self, request: Request) -> HTTPResponse:
        try:
            return text(self._verified(read_query(request.query_string)))
        except NotFromWeChat as refusal:
            return self._refused(refusal)

    def _refused(self, refusal: NotFromWeChat) -> HTTPResponse:
        log.warning("a request to %s that its platform did not send was refused: %s", self.name(), refusal)
        return text("", status=403)


def _function(method: Handler) -> Handler:
    """Wrap a bound method: Sanic's blueprints write attributes to their handlers."""

    @functools.wraps(method)
    async def handle(request: Request) -> Optional[HTTPResponse]:
        return await method(request)

    return handle
