"""The commands of `python -m dengta`: train the model, seed the demo, start and supervise everything."""
import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from dengta import clock
from dengta.backends.sql import seed as book
from dengta.data import read_data
from dengta.database import connect, migrate
from dengta.desk import demo as demo_desk
from dengta.privacy import anchors
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from dengta.progress import say, step
from dengta.settings import Settings, settings
from dengta.supervisor import Launch, Service, run_services
from dengta.training import train_if_needed

_DATABASE_WAIT = 30.0  # seconds a command waits for the database: nobody waits for its answer in a conversation


class CannotStart(Exception):
    """Something outside the program is in the way; the message is one sentence for the operator."""


def train() -> None:
    """Train the model if it is older than its sources.

    Raises:
        TrainingFailed, SettingsError.
    """
    train_if_needed(settings().model)


def seed() -> None:
    """Bring the conversation database to the newest schema and see that the master key opens it.

    In demo mode make the master key, and make and fill the loan book and the desk too. A real loan book is the lender's
    and is never changed here.

    Raises:
        CannotStart, SettingsError.
    """
    config = settings()
    for package in ("dengta.conversation", "dengta.privacy"):
        _migrate("DENGTA_DATABASE_URL", config.database_url, package)
    if config.demo:
        create_master(config.master_key_file)
    with conversations(config) as engine:
        open_vault(engine, config.master_key_file)
        if config.demo:
            demo_desk.seed(engine)
    if config.demo:
        _migrate("DENGTA_BOOK_URL", config.book_url, "dengta.backends")
        _seed_book(config.book_url)


def up() -> None:
    """Make everything ready, run it until Ctrl-C or SIGTERM, and leave no process behind.

    Raises:
        CannotStart, ServiceFailed, TrainingFailed, SettingsError, AnchorsUnusable.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    config = settings()
    _require_free_port("DENGTA_PORT", config.host, config.port)
    _require_free_port("DENGTA_ACTIONS_PORT", "127.0.0.1", config.actions_port)
    _require_free_port("DENGTA_DESK_PORT", "127.0.0.1", config.desk_port)
    if config.amqp_url is not None:
        _require_free_port("DENGTA_RELAY_PORT", "127.0.0.1", config.relay_port)
    phone = config.demo and config.wechat is None
    if phone:
        _require_free_port("DENGTA_WECHAT_DEMO_PORT", "127.0.0.1", config.wechat_demo_port)
    environment = {"DENGTA_SECRET": config.secret or demo_secret(config.data_dir)}
    with step("Preparing the databases"):
        seed()
        with conversations(config) as engine:
            anchors.anchor(engine, config.data_dir / anchors.FILE_NAME, clock.now())
    train()
    base = config.assistant_url
    desk = f"http://127.0.0.1:{config.desk_port}"
    services = [
        Service("action server", "dengta.action_server", f"http://127.0.0.1:{config.actions_port}/health"),
        Service("assistant", "dengta.channels.server", f"{base}/ready"),
        Service("desk", "dengta.desk.server", f"{desk}/ready"),
    ]
    if config.amqp_url is not None:
        services.append(Service("relay", "dengta.relay", f"http://127.0.0.1:{config.relay_port}/ready"))
    addresses = {"address": f"{base}/webhooks/web/", "desk": f"{desk}/"}
    if phone:
        from dengta.demo import phone as wechat_demo  # needs packages of development

        services.append(wechat_demo.service(config.wechat_demo_port))
        environment |= wechat_demo.settings_of(config.wechat_demo_port, base)
        addresses["wechat"] = f"http://127.0.0.1:{config.wechat_demo_port}/"
    launch = Launch(config.data_dir / "logs", environment)
    asyncio.run(run_services(services, launch, lambda: _announce(config, addresses)))
    say("\nStopped.")


@contextmanager
def conversations(config: Settings) -> Iterator[Engine]:
    """Open the conversation database for the block.

    Raises:
        CannotStart: it failed.
    """
    engine = connect(config.database_url, _DATABASE_WAIT)
    try:
        yield engine
    except SQLAlchemyError as error:
        raise CannotStart(f"The database of DENGTA_DATABASE_URL cannot be used: {_reason(error)}") from None
    finally:
        engine.dispose()


def demo_secret(data_dir: Path) -> str:
    """Return the secret of this demo installation, made once and readable by its owner only.

    Raises:
        CannotStart: the file cannot be written, or holds something else.
    """
    path = data_dir / "secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _create_secret(path)
        secret = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise CannotStart(f"{path} cannot be used: {error.strerror}") from None
    if len(secret) < 32:
        raise CannotStart(f"{path} holds no usable secret; delete it and start again")
    return secret


def _create_secret(path: Path) -> None:
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass


def _migrate(name: str, url: str, package: str) -> None:
    try:
        migrate(url, package)
    except (ArgumentError, OSError, SQLAlchemyError) as error:
        raise CannotStart(f"The database of {name} cannot be used: {_reason(error)}") from None


def _seed_book(url: str) -> None:
    try:
        book.seed(url, clock.today())
    except book.NotADemoBook as error:
        raise CannotStart(f"DENGTA_BOOK_URL cannot be used for the demo: {error}") from None
    except SQLAlchemyError as error:
        raise CannotStart(f"The demo book could not be written: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _require_free_port(name: str, host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Cannot listen on {host}:{port} ({error.strerror}); stop what uses it or set {name} to another port"
            ) from None


def _announce(config: Settings, addresses: Mapping[str, str]) -> None:
    words = read_data("lexicon/operator")["ready"]
    say("")
    for name, address in addresses.items():
        say(words[name].format(address=address))
    if config.demo:
        say(words["login"] + "\n")
        for persona in book.personas():
            say(f"  {persona.phone}  {persona.name}  {persona.about}")
        staff = demo_desk.staff()
        say("\n" + words["staff"].format(password=staff.password) + "\n")
        for agent, about in staff.people:
            say(f"  {agent.id}  {agent.name}  {about}")
    say("\n" + words["stop"])


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
