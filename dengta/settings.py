"""Every setting of Dengta, read from the environment and `.env`, validated once at start."""
import os
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Callable, Mapping, Optional, TypeVar
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from dengta import official_account, single_sign_on, wecom
from dengta.official_account import OfficialAccount
from dengta.single_sign_on import SingleSignOn
from dengta.wecom import Corporation

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or malformed; the message names it and says what is expected."""


@dataclass(frozen=True)
class Settings:
    """Validated settings; `.env.example` explains each one."""

    host: str
    port: int
    actions_port: int
    relay_port: int
    desk_port: int
    data_dir: Path
    model: Path
    database_url: str
    book_url: str
    redis_url: Optional[str]
    amqp_url: Optional[str]
    burst_pause: float
    secret: Optional[str]
    master_key_file: Path
    demo: bool
    sms_url: Optional[str]
    demo_now: Optional[datetime]
    backend_timeout: float
    service_opens: time
    service_closes: time
    callback_hours: int
    wechat: Optional[OfficialAccount]
    wechat_demo_port: int
    wecom: Optional[Corporation]
    voice_recogniser: Optional[str]
    single_sign_on: Optional[SingleSignOn]

    @property
    def assistant_url(self) -> str:
        """Where this machine reaches the assistant."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def actions_url(self) -> str:
        """Where this machine reaches the action server."""
        return f"http://127.0.0.1:{self.actions_port}/webhook"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process; environment variables win over `.env`.

    Raises:
        SettingsError: a value cannot be used; nothing has been started or changed.
    """
    return read({**read_file(ROOT / ".env"), **os.environ})


def read_file(path: Path) -> dict[str, Optional[str]]:
    """Return the values of an env file, nothing if there is none.

    Raises:
        SettingsError: a line cannot be understood, or names a setting that `.env.example` does not list.
    """
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        broken = [binding.original.line for binding in parse_stream(file) if binding.error]
    if broken:
        raise SettingsError(f"{path.name} cannot be understood from line {broken[0]} on; every line is NAME=value")
    values = dotenv_values(path)
    known = dotenv_values(ROOT / ".env.example")
    unknown = [name for name in values if name.startswith("DENGTA_") and name not in known]
    if unknown:
        raise SettingsError(f"{path.name} sets {unknown[0]}, which is not a setting; .env.example lists them all")
    return dict(values)


def read(values: Mapping[str, Optional[str]]) -> Settings:
    """Build `Settings` from raw `DENGTA_*` strings; absent or empty ones take their default."""
    data_dir = ROOT / (values.get("DENGTA_DATA_DIR") or "var")
    opens, closes = _hours(values, "DENGTA_SERVICE_HOURS", "09:00-21:00")
    demo = _flag(values, "DENGTA_DEMO", True)
    demo_now = _moment(values, "DENGTA_DEMO_NOW")
    if demo_now is not None and not demo:
        raise SettingsError("DENGTA_DEMO_NOW freezes the clock and is only allowed with DENGTA_DEMO=true")
    secret = values.get("DENGTA_SECRET") or None
    if secret is not None and len(secret) < 32:
        raise SettingsError("DENGTA_SECRET must have at least 32 characters")
    if secret is None and not demo:
        raise SettingsError("DENGTA_SECRET must be set when DENGTA_DEMO=false")
    if not values.get("DENGTA_MASTER_KEY_FILE") and not demo:
        raise SettingsError("DENGTA_MASTER_KEY_FILE (docs/privacy.md) must be set when DENGTA_DEMO=false")
    sms_url = values.get("DENGTA_SMS_URL") or None
    if sms_url is None and not demo:
        raise SettingsError("DENGTA_SMS_URL (where one-time codes are posted to) must be set when DENGTA_DEMO=false")
    defaults = {
        "DENGTA_PORT": 5005,
        "DENGTA_ACTIONS_PORT": 5055,
        "DENGTA_RELAY_PORT": 5056,
        "DENGTA_DESK_PORT": 5007,
    }
    ports = [_whole(values, name, default, 1, 65535) for name, default in defaults.items()]
    if len(set(ports)) < len(ports):
        raise SettingsError(f"{', '.join(defaults)} must differ, they are {', '.join(map(str, ports))}")
    return Settings(
        host=values.get("DENGTA_HOST") or "127.0.0.1",
        port=ports[0],
        actions_port=ports[1],
        relay_port=ports[2],
        desk_port=ports[3],
        data_dir=data_dir,
        model=ROOT / (values.get("DENGTA_MODEL") or "models/dengta.tar.gz"),
        database_url=_database(values, "DENGTA_DATABASE_URL", data_dir / "dengta.db"),
        book_url=_database(values, "DENGTA_BOOK_URL", data_dir / "book.db"),
        redis_url=_url(values, "DENGTA_REDIS_URL", "redis://", "rediss://"),
        amqp_url=_url(values, "DENGTA_AMQP_URL", "amqp://", "amqps://"),
        burst_pause=_seconds(values, "DENGTA_BURST_PAUSE", 0.4, low=0.0, high=5.0),
        secret=secret,
        master_key_file=ROOT / (values.get("DENGTA_MASTER_KEY_FILE") or data_dir / "master.key"),
        demo=demo,
        sms_url=sms_url,
        demo_now=demo_now,
        backend_timeout=_seconds(values, "DENGTA_BACKEND_TIMEOUT", 3.0),
        service_opens=opens,
        service_closes=closes,
        callback_hours=_whole(values, "DENGTA_CALLBACK_HOURS", 24, 1, 168),
        wechat=_account(official_account.read, values, demo),
        wechat_demo_port=_whole(values, "DENGTA_WECHAT_DEMO_PORT", 5006, 1, 65535),
        wecom=_account(wecom.read, values, demo),
        voice_recogniser=values.get("DENGTA_VOICE_RECOGNISER") or None,
        single_sign_on=_account(lambda given, _demo: single_sign_on.read(given), values, demo),
    )


def _account(
    read_account: Callable[[Mapping[str, Optional[str]], bool], Optional[T]],
    values: Mapping[str, Optional[str]],
    demo: bool,
) -> Optional[T]:
    try:
        return read_account(values, demo)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _database(values: Mapping[str, Optional[str]], name: str, default: Path) -> str:
    raw = values.get(name) or f"sqlite:///{default}"
    if not raw.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")) or ":memory:" in raw:
        raise SettingsError(f"{name} must look like sqlite:///file or postgresql://user:password@host/database")
    return raw


def _flag(values: Mapping[str, Optional[str]], name: str, default: bool) -> bool:
    raw = (values.get(name) or str(default)).strip().lower()
    if raw not in ("true", "false"):
        raise SettingsError(f"{name} must be true or false, not {raw!r}")
    return raw == "true"


def _whole(values: Mapping[str, Optional[str]], name: str, default: int, low: int, high: int) -> int:
    raw = values.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit()) or not low <= int(raw) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {raw!r}")
    return int(raw)


def _url(values: Mapping[str, Optional[str]], name: str, *schemes: str) -> Optional[str]:
    raw = values.get(name) or None
    if raw is not None and not raw.startswith(schemes):
        raise SettingsError(f"{name} must start with {' or '.join(schemes)}")
    return raw


def _seconds(
    values: Mapping[str, Optional[str]], name: str, default: float, low: float = 0.001, high: float = 60.0
) -> float:
    raw = values.get(name) or str(default)
    try:
        seconds = float(raw)
    except ValueError:
        seconds = -1.0
    if not low <= seconds <= high:
        raise SettingsError(f"{name} must be a number of seconds from {low:g} to {high:g}, not {raw!r}")
    return seconds


def _hours(values: Mapping[str, Optional[str]], name: str, default: str) -> tuple[time, time]:
    raw = values.get(name) or default
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in raw.split("-"))
    except ValueError:
        raise SettingsError(f"{name} must look like 09:00-21:00, not {raw!r}") from None
    if opens >= closes:
        raise SettingsError(f"{name} must open before it closes, not {raw!r}")
    return opens, closes


def _moment(values: Mapping[str, Optional[str]], name: str) -> Optional[datetime]:
    raw = values.get(name)
    if not raw:
        return None
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise SettingsError(f"{name} must look like 2026-11-22T10:00:00, not {raw!r}") from None
    shanghai = ZoneInfo("Asia/Shanghai")
    return moment.astimezone(shanghai) if moment.tzinfo else moment.replace(tzinfo=shanghai)
