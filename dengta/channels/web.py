"""The web chat connector (docs/web-protocol.md): who speaks is in the signed token, what was said is in the log."""
import functools
from typing import Any, Awaitable, Callable, Coroutine, Optional, Sequence

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from dengta import database
from dengta.channels import inbound, pages, payload, wording
from dengta.channels.errors import RefusedError
from dengta.channels.limits import RateLimit
from dengta.channels.output import TurnOutput
from dengta.channels.streams import Streams
from dengta.channels.tokens import LIFETIME, RENEWABLE_FOR, Claims, Tokens
from dengta.conversation.feed import Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Body, Inbound
from dengta.conversation.turns import Turns
from dengta.settings import SettingsError, settings

DRAIN_SECONDS = 10.0

Handler = Callable[[Request], Coroutine[Any, Any, Optional[HTTPResponse]]]
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class WebChannel(InputChannel):
    """The channel `web`. It reads nothing from `credentials.yml`: its settings are those of `dengta.settings`."""

    def __init__(self, messages: MessageLog, secret: str, demo: bool) -> None:
        self._messages = messages
        self._tokens = Tokens(secret)
        self._demo = demo
        self._feed = Feed(messages)
        self._streams = Streams(messages, self._feed)
        self._message_limit = RateLimit(20, 10.0)
        self._session_limit = RateLimit(120, 60.0)

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is also its path below `/webhooks`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> "WebChannel":
        """Build the channel from the settings.

        Raises:
            SettingsError: there is no secret to sign tokens with.
        """
        config = settings()
        if config.secret is None:
            raise SettingsError("DENGTA_SECRET must be set: the web chat signs its sessions with it")
        return cls(MessageLog(database.connect(config.database_url, 5.0)), config.secret, config.demo)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Return the routes of docs/web-protocol.md; `on_new_message` runs one turn of Rasa."""
        self._on_new_message = on_new_message
        self._turns = Turns(self._messages, self._feed, self._answer, _apology())
        routes = Blueprint("web")
        routes.add_route(_function(self._open_session), "/session", methods=["POST"])
        routes.add_route(_function(self._end_session), "/session", methods=["DELETE"])
        routes.add_route(_function(self._receive), "/messages", methods=["POST"])
        routes.add_route(_function(self._poll), "/messages", methods=["GET"])
        routes.add_route(_function(self._events), "/events", methods=["GET"])
        pages.add_to(routes)
        routes.listener("after_server_start")(self._resume)
        routes.listener("before_server_stop")(self._drain)
        return routes

    async def _open_session(self, request: Request) -> HTTPResponse:
        self._session_limit.use(request.remote_addr or request.ip)
        authorization = request.headers.get("authorization")
        if authorization is None:
            conversation_id = await self._messages.open_conversation(self.name())
        else:
            conversation_id = (await self._claims(request, renewing=True)).conversation_id
        token = self._tokens.issue(conversation_id)
        expires_in = int(LIFETIME.total_seconds())
        return json({"token": token, "expires_in": expires_in, "demo": self._demo}, status=201)

    async def _end_session(self, request: Request) -> HTTPResponse:
        claims = await self._claims(request)
        await self._messages.end(claims.conversation_id)
        self._feed.close(claims.conversation_id)
        return empty()

    async def _receive(self, request: Request) -> HTTPResponse:
        claims = await self._claims(request)
        if not request.app.ctx.agent.is_ready():
            raise RefusedError("not_ready")
        self._message_limit.use(claims.conversation_id)
        sent = inbound.read(request.body)
        body = await self._body(claims.conversation_id, sent)
        received = await self._turns.receive(claims.conversation_id, sent.client_msg_id, body)
        return json({"seq": received.seq, "duplicate": received.duplicate}, status=202)

    async def _poll(self, request: Request) -> HTTPResponse:
        claims = await self._claims(request)
        return await self._streams.poll(request, claims)

    async def _events(self, request: Request) -> None:
        claims = await self._claims(request)
        await self._streams.events(request, claims)

    async def _claims(self, request: Request, renewing: bool = False) -> Claims:
        grace = {"grace": RENEWABLE_FOR} if renewing else {}
        claims = self._tokens.read(request.headers.get("authorization"), **grace)
        if not await self._messages.is_open(claims.conversation_id):
            raise RefusedError("token_invalid")
        return claims

    async def _body(self, conversation_id: str, sent: inbound.Sent) -> Body:
        if sent.text is not None:
            return {"text": sent.text}
        if sent.command is not None:
            return {"text": wording.web()["commands"][sent.command], "payload": inbound.COMMANDS[sent.command]}
        button = await self._messages.button(conversation_id, sent.payload_id or "")
        if button is None:
            raise RefusedError("payload_unknown")
        return {"text": button.title, "payload": button.payload}

    async def _answer(self, conversation_id: str, said: Inbound) -> Sequence[Body]:
        output = TurnOutput(self.name())
        await self._on_new_message(self._user_message(conversation_id, said, output))
        return output.bodies

    def _user_message(self, conversation_id: str, said: Inbound, output: TurnOutput) -> UserMessage:
        clicked = payload.parse_data(said.payload, said.text) if said.payload else None
        text = said.payload if said.payload and clicked is None else said.text
        return UserMessage(
            text=text,
            output_channel=output,
            sender_id=conversation_id,
            parse_data=clicked,
            input_channel=self.name(),
            message_id=f"{conversation_id}:{said.seq}",
            metadata={"attempt": said.attempt},
        )

    async def _resume(self, _app: Sanic, _loop: Any) -> None:
        await self._turns.resume()

    async def _drain(self, _app: Sanic, _loop: Any) -> None:
        self._feed.close_all()
        await self._turns.drain(DRAIN_SECONDS)


def _function(method: Handler) -> Handler:
    """Wrap a bound method: Sanic's blueprints write attributes to their handlers."""

    @functools.wraps(method)
    async def handle(request: Request) -> Optional[HTTPResponse]:
        return await method(request)

    return handle


def _apology() -> Body:
    sentence = wording.web()["turn_failed"]
    return {
        "text": sentence["text"],
        "buttons": [{"title": sentence["button"], "payload": inbound.COMMANDS["human"]}],
    }
