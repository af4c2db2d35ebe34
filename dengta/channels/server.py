"""The bot's process: `python -m dengta.channels.server`. It starts completely or says in one sentence why not.

Own launcher instead of `rasa run`, which would start without a model, without the configured tracker store, with all of
Rasa's channels and with a body limit of 100 MB.
"""
import asyncio
import logging
import os
import socket
import sys
from typing import Any, Mapping, Optional, Sequence

import rasa.shared.utils.io
import structlog
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import class_from_module_path
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json, redirect
from sqlalchemy.exc import SQLAlchemyError

from dengta import clock, logs
from dengta.channels import connections, replies, understanding
from dengta.channels.action_server import ActionServer
from dengta.channels.agent import StrictAgent
from dengta.channels.assistant import Assistant
from dengta.channels.channel import Channel
from dengta.channels.wechat.kf.hearing import CHANNEL as KF
from dengta.channels.wechat.service import CHANNEL as WECHAT
from dengta.conversation.log import MessageLog
from dengta.conversation.news import News
from dengta.database import migrate
from dengta.handoff.hours import service_hours
from dengta.handoff.reception import Reception
from dengta.handoff.rules import rules
from dengta.handoff.sweeper import Sweeper
from dengta.settings import ROOT, Settings, SettingsError, settings
from dengta.stores import stores

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0
_ENDPOINTS = {"action_endpoint", "tracker_store", "lock_store"}
_CANARY = "1"


class StartError(Exception):
    """The server cannot start; the message is one sentence for the operator."""


def main() -> None:
    """Serve the channels of `credentials.yml` until SIGTERM or SIGINT; exit with 1 if that is impossible."""
    logs.configure()
    keep_text_out_of_logs()
    try:
        config = settings()
        listening = bind(config.host, config.port)
        prepare(config)
        agent = load_agent(config, read_yaml("endpoints.yml"))
        app = build(config, agent)
    except (StartError, SettingsError) as error:
        sys.exit(f"dengta bot: {error}")
    log.info("answering on http://%s:%d/", config.host, config.port)
    connections.serve(app, listening)


def build(config: Settings, agent: StrictAgent) -> Sanic:
    """Return the application of the channels in `credentials.yml`, answered by a loaded model.

    Raises:
        StartError, SettingsError.
    """
    messages = MessageLog(stores().engine, stores().vault)
    reception = Reception(stores().vault, rules(), service_hours(), _platforms(config), clock.now, clock.real_time)
    assistant = Assistant(messages, agent.handle_message, agent.is_ready, config.burst_pause, reception)
    news = News(config.redis_url) if config.redis_url else None
    sweeper = Sweeper(stores().engine, stores().vault, rules(), reception)
    app = create_app(load_channels(read_yaml("credentials.yml")), assistant, news, sweeper)
    if config.secret is not None:
        understanding.install(app, agent.parse_message, config.secret)
    return app


def create_app(
    channels: Sequence[Channel],
    assistant: Assistant,
    news: Optional[News] = None,
    sweeper: Optional[Sweeper] = None,
) -> Sanic:
    """Return the web application for these channels.

    `news` joins it with other processes on the same database; a `sweeper` looks after who waits for people.
    """
    app = Sanic("dengta", configure_logging=False)
    connections.install(app)
    replies.install(app)
    for channel in channels:
        app.blueprint(channel.routes(assistant), url_prefix=f"/webhooks/{channel.name()}")

    @app.get("/ready")
    async def ready(_request: Request) -> HTTPResponse:
        return json({"ready": assistant.is_ready()}, status=200 if assistant.is_ready() else 503)

    @app.get("/")
    async def chat(_request: Request) -> HTTPResponse:
        return redirect("/webhooks/web/")

    @app.after_server_start
    async def start(_app: Sanic, _loop: Any) -> None:
        if news is not None:
            assistant.feed.connect(news)
        await assistant.turns.start()
        if sweeper is not None:
            sweeper.start()

    @app.before_server_stop
    async def drain(_app: Sanic, _loop: Any) -> None:
        assistant.feed.close_all()
        await assistant.turns.drain(DRAIN_SECONDS)
        if sweeper is not None:
            await sweeper.stop()
        if news is not None:
            await news.stop()

    return app


def _platforms(config: Settings) -> set[str]:
    """Return the channels whose own agents take over."""
    theirs = {
        WECHAT: config.wechat is not None and config.wechat.handoff == "transfer",
        KF: config.wecom is not None and config.wecom.handoff == "wecom",
    }
    return {channel for channel, take_over in theirs.items() if take_over}


def load_channels(credentials: Mapping[str, Any]) -> list[Channel]:
    """Build every channel named in `credentials.yml` by the dotted path of its class, but those switched off."""
    channels: list[Channel] = []
    for path, options in credentials.items():
        try:
            channel_class = class_from_module_path(path)
        except (ImportError, AttributeError, ValueError) as error:
            raise StartError(f"credentials.yml: there is no channel {path} ({type(error).__name__})") from error
        channel = channel_class.from_credentials(options)
        channels += [channel] if channel is not None else []
    return channels


def load_agent(config: Settings, endpoints: Mapping[str, Any]) -> StrictAgent:
    """Load the model with the endpoints of `endpoints.yml` and let it read one message."""
    _check(endpoints)
    if not config.model.is_file():
        raise StartError(f"there is no model at {config.model}: run `make train`")
    try:
        agent = StrictAgent(
            tracker_store=TrackerStore.create(EndpointConfig.from_dict(endpoints["tracker_store"])),
            lock_store=LockStore.create(EndpointConfig.from_dict(endpoints["lock_store"])),
            action_endpoint=ActionServer(**endpoints["action_endpoint"]),
        )
        agent.load_model(config.model)
        asyncio.run(agent.parse_message(_CANARY))
    except Exception as error:
        log.error("the bot could not be built", exc_info=error)
        raise StartError(f"the model {config.model} or a store cannot be used ({logs.where(error)})") from error
    return agent


def _check(endpoints: Mapping[str, Any]) -> None:
    missing, unknown = _ENDPOINTS - set(endpoints), set(endpoints) - _ENDPOINTS
    if missing or unknown:
        raise StartError(f"endpoints.yml: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for key in ("tracker_store", "lock_store"):
        kind = endpoints[key].get("type", "")
        try:
            class_from_module_path(kind)
        except (ImportError, AttributeError, ValueError) as error:
            raise StartError(f"endpoints.yml: {key} has no type {kind!r} ({type(error).__name__})") from error


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, before anything slow is done."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise StartError(f"cannot use {host}:{port}: {error.strerror}") from error
    return listening


def prepare(config: Settings) -> None:
    """Set what `endpoints.yml` refers to, and bring the conversation database to the newest schema."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["DENGTA_ACTIONS_URL"] = config.actions_url
    try:
        migrate(config.database_url, "dengta.privacy")
        migrate(config.database_url, "dengta.conversation")
    except SQLAlchemyError as error:
        raise StartError(f"the conversation database cannot be prepared ({logs.where(error)})") from error


def read_yaml(name: str) -> Mapping[str, Any]:
    """Read a configuration file of the project, with variables of the environment filled in."""
    try:
        content: Mapping[str, Any] = rasa.shared.utils.io.read_config_file(ROOT / name)
    except RasaException as error:
        raise StartError(f"{name} cannot be read ({type(error).__name__})") from error
    return content


def keep_text_out_of_logs() -> None:
    """Let Rasa's structured log tell what happened, without the fields that hold messages and slots."""
    structlog.configure(
        processors=[lambda _logger, _method, event: str(event["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


if __name__ == "__main__":
    main()
