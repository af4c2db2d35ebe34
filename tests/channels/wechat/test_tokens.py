"""One access token for all processes: fetched once, renewed in time, not lost by a crash, unreadable in the tables."""
import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import AsyncIterator, Callable, Iterator, Union

import pytest
from aiohttp import ClientSession
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from dengta.channels.wechat.errors import Failure, Misconfigured, Unreachable
from dengta.channels.wechat.tables import access_token
from dengta.channels.wechat.tokens import Fetched, Tokens, corp_token, stable_token
from dengta.channels.wechat.transport import Transport
from dengta.database import DatabaseUnavailable, connect, reading, writing
from dengta.demo.wechat import Handle, platform
from dengta.privacy.vault import Vault, open_vault

ACCOUNT = "wechat|wx00d3e5f0demo0001"


class Clock:
    """Real time in the hands of a test."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


class Platform:
    """Issues token-1, token-2 … for two hours each, after `answers` is set."""

    def __init__(self) -> None:
        self.fetches = 0
        self.seconds = 7200
        self.failure: Union[Failure, None] = None
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.answers.set()

    async def fetch(self) -> Union[Fetched, Failure]:
        self.fetches += 1
        token = f"token-{self.fetches}"
        self.asked.set()
        await self.answers.wait()
        return self.failure or Fetched(token, self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def wechat() -> Platform:
    return Platform()


@pytest.fixture
def process(engine: Engine, vault: Vault, tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Tokens]]:
    """Start another process: it shares nothing but the database and the key file."""
    engines = []

    def start() -> Tokens:
        engines.append(connect(engine.url.render_as_string(hide_password=False), 5.0))
        return Tokens(engines[-1], open_vault(engines[-1], tmp_path / "master.key"), clock)

    yield start
    for other in engines:
        other.dispose()


@pytest.fixture
def tokens(process: Callable[[], Tokens]) -> Tokens:
    return process()


async def test_ten_senders_at_once_cause_one_fetch(tokens: Tokens, wechat: Platform) -> None:
    got = await asyncio.gather(*(tokens.current(ACCOUNT, wechat.fetch) for _ in range(10)))
    assert (set(got), wechat.fetches) == ({"token-1"}, 1)


async def test_four_processes_at_once_cause_one_fetch(process: Callable[[], Tokens], wechat: Platform) -> None:
    processes = [process() for _ in range(4)]
    got = await asyncio.gather(*(tokens.current(ACCOUNT, wechat.fetch) for tokens in processes * 3))
    assert (set(got), wechat.fetches) == ({"token-1"}, 1)


async def test_accounts_do_not_wait_for_each_other(tokens: Tokens, wechat: Platform) -> None:
    slow = Platform()
    slow.answers.clear()
    waiting = asyncio.create_task(tokens.current("wecom|ww1", slow.fetch))
    await slow.asked.wait()
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-1"
    slow.answers.set()
    await waiting


async def test_a_process_that_stops_while_fetching_is_replaced_when_its_lease_runs_out(
    process: Callable[[], Tokens], wechat: Platform, clock: Clock
) -> None:
    stopped = Platform()
    stopped.answers.clear()
    lost = asyncio.create_task(process().current(ACCOUNT, stopped.fetch))
    await stopped.asked.wait()
    successor = asyncio.create_task(process().current(ACCOUNT, wechat.fetch))
    done, _ = await asyncio.wait([successor], timeout=0.3)
    assert (done, wechat.fetches) == (set(), 0)
    clock.advance(seconds=11)
    assert await successor == "token-1"
    stopped.answers.set()
    await lost


async def test_a_fetch_that_comes_back_too_late_replaces_nothing(
    process: Callable[[], Tokens], wechat: Platform, clock: Clock
) -> None:
    late = Platform()
    late.fetches = 100
    late.answers.clear()
    lost = asyncio.create_task(process().current(ACCOUNT, late.fetch))
    await late.asked.wait()
    clock.advance(seconds=11)
    assert await process().current(ACCOUNT, wechat.fetch) == "token-1"
    late.answers.set()
    assert await lost == "token-101"
    assert await process().current(ACCOUNT, wechat.fetch) == "token-1"


async def test_a_caller_who_goes_away_does_not_waste_the_fetch(tokens: Tokens, wechat: Platform) -> None:
    wechat.answers.clear()
    gone = asyncio.create_task(tokens.current(ACCOUNT, wechat.fetch))
    await wechat.asked.wait()
    gone.cancel()
    wechat.answers.set()
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-1"
    assert wechat.fetches == 1


async def test_a_failed_fetch_is_told_and_the_next_caller_tries_again_at_once(
    tokens: Tokens, process: Callable[[], Tokens], wechat: Platform
) -> None:
    wechat.failure = Unreachable("ClientConnectorError")
    assert await tokens.current(ACCOUNT, wechat.fetch) == wechat.failure
    wechat.failure = None
    assert await process().current(ACCOUNT, wechat.fetch) == "token-2"


async def test_a_token_is_renewed_five_minutes_before_its_end(tokens: Tokens, wechat: Platform, clock: Clock) -> None:
    await tokens.current(ACCOUNT, wechat.fetch)
    clock.advance(seconds=6899)
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-1"
    clock.advance(seconds=1)
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-2"


async def test_nobody_waits_for_a_renewal_somebody_else_is_making(
    process: Callable[[], Tokens], wechat: Platform, clock: Clock
) -> None:
    await process().current(ACCOUNT, wechat.fetch)
    clock.advance(minutes=116)
    wechat.asked.clear()
    wechat.answers.clear()
    renewal = asyncio.create_task(process().current(ACCOUNT, wechat.fetch))
    await wechat.asked.wait()
    assert await process().current(ACCOUNT, wechat.fetch) == "token-1"
    wechat.answers.set()
    assert (await renewal, wechat.fetches) == ("token-2", 2)


async def test_a_token_that_cannot_be_renewed_is_used_to_its_end_and_not_longer(
    tokens: Tokens, wechat: Platform, clock: Clock
) -> None:
    await tokens.current(ACCOUNT, wechat.fetch)
    wechat.failure = Unreachable("ClientConnectorError")
    clock.advance(seconds=7199)
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-1"
    clock.advance(seconds=1)
    assert await tokens.current(ACCOUNT, wechat.fetch) == wechat.failure


async def test_a_platform_that_repeats_the_old_token_is_not_asked_more_than_once_a_minute(
    tokens: Tokens, wechat: Platform, clock: Clock
) -> None:
    wechat.seconds = 200
    for _ in range(3):
        await tokens.current(ACCOUNT, wechat.fetch)
    assert wechat.fetches == 1
    clock.advance(seconds=60)
    await tokens.current(ACCOUNT, wechat.fetch)
    assert wechat.fetches == 2


async def test_many_senders_with_the_same_refused_token_cause_one_fetch(
    process: Callable[[], Tokens], wechat: Platform
) -> None:
    processes = [process() for _ in range(3)]
    await processes[0].current(ACCOUNT, wechat.fetch)
    got = await asyncio.gather(*(tokens.replace(ACCOUNT, "token-1", wechat.fetch) for tokens in processes * 4))
    assert (set(got), wechat.fetches) == ({"token-2"}, 2)


async def test_a_latecomer_with_an_old_token_gets_the_new_one_without_a_fetch(
    tokens: Tokens, wechat: Platform
) -> None:
    await tokens.current(ACCOUNT, wechat.fetch)
    await tokens.replace(ACCOUNT, "token-1", wechat.fetch)
    assert await tokens.replace(ACCOUNT, "token-1", wechat.fetch) == "token-2"
    assert wechat.fetches == 2


async def test_the_tables_hold_no_readable_token(tokens: Tokens, wechat: Platform, engine: Engine) -> None:
    await tokens.current(ACCOUNT, wechat.fetch)
    with reading(engine) as session:
        row = session.execute(select(access_token)).one()
    assert "token-1" not in str(row)


async def test_a_token_that_cannot_be_opened_is_fetched_anew(
    tokens: Tokens, wechat: Platform, engine: Engine
) -> None:
    await tokens.current(ACCOUNT, wechat.fetch)
    with writing(engine) as session:
        session.execute(update(access_token).values(token="v1.1.AAAA"))
    assert await tokens.current(ACCOUNT, wechat.fetch) == "token-2"


async def test_an_outage_of_the_database_is_told_as_one(tokens: Tokens, wechat: Platform, engine: Engine) -> None:
    access_token.drop(engine)
    with pytest.raises(DatabaseUnavailable):
        await tokens.current(ACCOUNT, wechat.fetch)
    assert wechat.fetches == 0


@pytest.fixture
async def wx() -> AsyncIterator[Handle]:
    async with platform() as wx:
        yield wx


@pytest.fixture
async def transport(wx: Handle) -> AsyncIterator[Transport]:
    async with ClientSession() as session:
        yield Transport(wx.base, session)


async def test_the_platforms_take_the_tokens_fetched_from_them(wx: Handle, transport: Transport) -> None:
    account, corp = wx.world.account, wx.world.corp
    stable = await stable_token(transport, account.appid, account.secret)()
    again = await stable_token(transport, account.appid, account.secret)()
    of_corp = await corp_token(transport, corp.corpid, corp.secret)()
    assert isinstance(stable, Fetched) and isinstance(of_corp, Fetched)
    assert (again, stable.seconds) == (stable, 7200)
    assert isinstance(await transport.post("/cgi-bin/menu/create", {"access_token": stable.token}, MENU), dict)
    assert isinstance(await transport.post("/cgi-bin/kf/account/list", {"access_token": of_corp.token}, {}), dict)


async def test_a_wrong_secret_is_a_matter_for_the_operator(wx: Handle, transport: Transport) -> None:
    assert await stable_token(transport, wx.world.account.appid, "wrong")() == Misconfigured(40125)
    assert await corp_token(transport, wx.world.corp.corpid, "wrong")() == Misconfigured(40001)


async def test_a_token_that_may_have_been_lost_on_the_way_means_nothing_was_sent(
    wx: Handle, transport: Transport
) -> None:
    wx.fault("/cgi-bin/stable_token", drop="after")
    assert await stable_token(transport, wx.world.account.appid, wx.world.account.secret)() == Unreachable(
        "ServerDisconnectedError"
    )


MENU = {"button": [{"type": "click", "name": "查账单", "key": "bill"}]}
