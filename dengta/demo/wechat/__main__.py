"""`python -m dengta.demo.wechat`: the platform as a process, for `make run` and for tests that kill processes.

Environment, all values invented and shared with the connector's settings:
    DENGTA_WECHAT_DEMO_PORT         where it listens on 127.0.0.1
    DENGTA_WECHAT_DEMO_CONNECTOR    where messages are pushed to
    DENGTA_WECHAT_DEMO_APPID, _SECRET, _TOKEN, _AES_KEY              the official account
    DENGTA_WECHAT_DEMO_KF_CONNECTOR, _CORPID, _KF_SECRET, _KF_TOKEN, _KF_AES_KEY    the corporation, if kf is tried
Whatever is missing has the value of `Account` and `Corp`.
"""
import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import Any, Mapping, Optional

from dengta import logs
from dengta.demo.wechat.handle import platform
from dengta.demo.wechat.settings import Account, Corp, Rules

PREFIX = "DENGTA_WECHAT_DEMO_"
DEFAULT_PORT = "5006"
ACCOUNT = {"appid": "APPID", "secret": "SECRET", "token": "TOKEN", "aes_key": "AES_KEY"}
CORP = {"corpid": "CORPID", "secret": "KF_SECRET", "token": "KF_TOKEN", "aes_key": "KF_AES_KEY"}


def main(environment: Mapping[str, str] = os.environ) -> Optional[str]:
    """Serve until stopped; return the reason in one sentence if that is impossible."""
    logs.configure()
    port, connector = environment.get(f"{PREFIX}PORT", DEFAULT_PORT), environment.get(f"{PREFIX}CONNECTOR", "")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        return f"{PREFIX}PORT must be a whole number from 1 to 65535"
    if not connector.startswith("http"):
        return f"{PREFIX}CONNECTOR must be the address WeChat's messages are pushed to"
    account = replace(Account(), **_given(ACCOUNT, environment))
    corp = replace(Corp(), **_given(CORP, environment))
    if any(len(key) != 43 for key in (account.aes_key, corp.aes_key)):
        return f"{PREFIX}AES_KEY and {PREFIX}KF_AES_KEY must have 43 characters"
    try:
        asyncio.run(_serve(int(port), connector, environment.get(f"{PREFIX}KF_CONNECTOR", ""), account, corp))
    except OSError as error:
        return f"Cannot listen on 127.0.0.1:{port} ({error.strerror})"
    return None


async def _serve(port: int, connector: str, kf_connector: str, account: Account, corp: Corp) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with platform(connector, account, corp, Rules(), running=True, port=port) as wx:
        wx.kf.wire.connector = kf_connector
        await stopped.wait()


def _given(names: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    return {field: environment[PREFIX + name] for field, name in names.items() if environment.get(PREFIX + name)}


if __name__ == "__main__":
    sys.exit(main())
