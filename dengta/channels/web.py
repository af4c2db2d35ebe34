"""The web chat connector (docs/web-protocol.md): who speaks is in the signed token, what was said is in the log."""
import functools
from datetime import timedelta
from typing import Any, Callable, Coroutine, Mapping, Optional

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from dengta.channels import inbound, pages, rating_card, wording
from dengta.channels.assistant import Assistant
from dengta.channels.channel import Channel
from dengta.channels.errors import RefusedError
from dengta.channels.limits import AtOnce, RateLimit, address_of
from dengta.channels.rating_words import RatingWords
from dengta.channels.streams import Streams
from dengta.channels.tokens import LIFETIME, NO_GRACE, RENEWABLE_FOR, Claims, Tokens
from dengta.conversation.messages import Body
from dengta.handoff.satisfaction.answers import Invitation
from dengta.handoff.satisfaction.ratings import Ratings
from dengta.settings import SettingsError, settings
from dengta.stores import Stores, stores

SESSIONS_PER_MINUTE = 120  # these three are for one address
REQUESTS_PER_10_SECONDS = 300
STREAMS_AT_ONCE = 200

Handler = Callable[..., Coroutine[Any, Any, Optional[HTTPResponse]]]


class WebChannel(Channel):
    """The channel `web`. It reads nothing from `credentials.yml`: its settings are those of `dengta.settings`."""

    def __init__(self, secret: str, demo: bool, stores: Stores) -> None:
        self._tokens = Tokens(secret)
        self._ratings = Ratings(stores.engine, stores.vault)
        self._rating_words = RatingWords(stores.engine, stores.vault)
        self._demo = demo
        self._sessions = RateLimit(SESSIONS_PER_MINUTE, 60.0)
        self._requests = RateLimit(REQUESTS_PER_10_SECONDS, 10.0)
        self._streams_open = AtOnce(STREAMS_AT_ONCE)

    @classmethod
    def name(cls) -> str:
        """Return `web`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[Mapping[str, Any]]) -> "WebChannel":
        """Build the channel from the settings.

        Raises:
            SettingsError: there is no secret to sign tokens with.
        """
        config = settings()
        if config.secret is None:
            raise SettingsError("DENGTA_SECRET must be set: the web chat signs its sessions with it")
        return cls(config.secret, config.demo, stores())

    def routes(self, assistant: Assistant) -> Blueprint:
        """Return the routes of docs/web-protocol.md."""
        self._assistant = assistant
        self._messages = assistant.messages
        self._streams = Streams(assistant.messages, assistant.feed)
        routes = Blueprint("web")
        routes.add_route(_function(self._open_session), "/session", methods=["POST"])
        routes.add_route(_function(self._end_session), "/session", methods=["DELETE"])
        routes.add_route(_function(self._receive), "/messages", methods=["POST"])
        routes.add_route(_function(self._poll), "/messages", methods=["GET"])
        routes.add_route(_function(self._events), "/events", methods=["GET"])
        routes.add_route(_function(self._rating), "/ratings/<invitation:str>", methods=["GET"])
        routes.add_route(_function(self._rate), "/ratings/<invitation:str>", methods=["PUT"])
        pages.add_to(routes)
        return routes

    async def _open_session(self, request: Request) -> HTTPResponse:
        self._sessions.use(address_of(request))
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
        self._assistant.feed.close(claims.conversation_id)
        return empty()

    async def _receive(self, request: Request) -> HTTPResponse:
        claims = await self._claims(request)
        if not self._assistant.is_ready():
            raise RefusedError("not_ready")
        sent = inbound.read(request.body)
        body = await self._body(claims.conversation_id, sent)
        rated = await self._rating_words.read(claims.conversation_id, sent.text) if sent.text is not None else None
        received = await self._assistant.turns.receive(
            claims.conversation_id,
            sent.client_msg_id,
            body,
            rated.answers if rated else None,
            rated.note if rated else None,
        )
        return json({"seq": received.seq, "duplicate": received.duplicate}, status=202)

    async def _poll(self, request: Request) -> HTTPResponse:
        claims = await self._claims(request)
        with self._streams_open.hold(address_of(request)):
            return await self._streams.poll(request, claims)

    async def _events(self, request: Request) -> None:
        claims = await self._claims(request)
        with self._streams_open.hold(address_of(request)):
            await self._streams.events(request, claims)

    async def _rating(self, request: Request, invitation: str) -> HTTPResponse:
        claims = self._read_token(request, RENEWABLE_FOR)
        return _no_store(await self._ratings.find(claims.conversation_id, invitation))

    async def _rate(self, request: Request, invitation: str) -> HTTPResponse:
        claims = self._read_token(request, RENEWABLE_FOR)
        answer = rating_card.read(request.body)
        if answer is None:
            return _no_store(await self._ratings.decline(claims.conversation_id, invitation))
        return _no_store(await self._ratings.give(claims.conversation_id, invitation, answer))

    async def _claims(self, request: Request, renewing: bool = False) -> Claims:
        claims = self._read_token(request, RENEWABLE_FOR if renewing else NO_GRACE)
        if not await self._messages.is_open(claims.conversation_id):
            raise RefusedError("token_invalid")
        return claims

    def _read_token(self, request: Request, grace: timedelta) -> Claims:
        """Return what a token says, also one of a conversation that has ended."""
        self._requests.use(address_of(request))
        return self._tokens.read(request.headers.get("authorization"), grace)

    async def _body(self, conversation_id: str, sent: inbound.Sent) -> Body:
        if sent.text is not None:
            return {"text": sent.text}
        if sent.command is not None:
            return {"text": wording.web()["commands"][sent.command], "payload": inbound.COMMANDS[sent.command]}
        button = await self._messages.button(conversation_id, sent.payload_id or "")
        if button is None:
            raise RefusedError("payload_unknown")
        return {"text": button.title, "payload": button.payload}


def _no_store(invitation: Invitation) -> HTTPResponse:
    return json(rating_card.shown(invitation), headers={"Cache-Control": "no-store"})


def _function(method: Handler) -> Handler:
    """Wrap a bound method: Sanic's blueprints write attributes to their handlers."""

    @functools.wraps(method)
    async def handle(request: Request, **named: str) -> Optional[HTTPResponse]:
        return await method(request, **named)

    return handle
