"""What the actions of one process work with, built on first use."""
from dataclasses import dataclass
from functools import lru_cache

from dengta import clock
from dengta.backends import Backends
from dengta.backends.sql import build
from dengta.conversation.codes import DemoCodeSender, GatewayCodeSender
from dengta.conversation.history import History
from dengta.conversation.identity import CodeSender, Identity
from dengta.conversation.log import MessageLog
from dengta.conversation.profiles import Profiles
from dengta.handoff.hours import service_hours
from dengta.handoff.tickets.tickets import Tickets
from dengta.settings import Settings, SettingsError, settings
from dengta.stores import stores


@dataclass(frozen=True)
class Runtime:
    """A lender's systems and Dengta's own records."""

    backends: Backends
    identity: Identity
    profiles: Profiles
    history: History
    tickets: Tickets


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """Return the runtime of this process; nothing is opened before the first call to it.

    Raises:
        SettingsError: the settings do not allow actions to run.
    """
    config = settings()
    if config.secret is None:
        raise SettingsError("DENGTA_SECRET is missing; `dengta up` creates one for the demo")
    engine, vault = stores().engine, stores().vault
    return Runtime(
        backends=build(config.book_url, config.backend_timeout),
        identity=Identity(engine, config.secret, _sender(config), clock.now),
        profiles=Profiles(engine),
        history=History(engine),
        tickets=Tickets(engine, vault, service_hours(), clock.now),
    )


def _sender(config: Settings) -> CodeSender:
    if config.sms_url:
        return GatewayCodeSender(config.sms_url)
    return DemoCodeSender(MessageLog(stores().engine, stores().vault))
