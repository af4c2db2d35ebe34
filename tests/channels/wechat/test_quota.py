"""What WeChat allows to be sent is counted strictly: once it is used up, nothing is sent before the customer acts."""
import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from dengta.channels.wechat.quota import GRANTS, Quota
from dengta.channels.wechat.tables import wechat_grant
from dengta.database import connect
from dengta.demo.wechat.errors import Refused
from dengta.demo.wechat.ledger import Ledger

START = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.utc)
LI, WANG = "a" * 64, "b" * 64


class Clock:
    """Real time in the hands of a test."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(engine: Engine, clock: Clock) -> Quota:
    return Quota(engine, clock)


async def taken(quota: Quota, account_key: str = LI) -> int:
    """Send as much as is allowed; return how much that was."""
    count = 0
    while await quota.take(account_key):
        count += 1
    return count


async def test_nothing_may_be_sent_to_somebody_who_never_acted(quota: Quota) -> None:
    assert (await quota.room(LI), await taken(quota)) == (0, 0)


@pytest.mark.parametrize(("kind", "count"), [("message", 5), ("click", 3), ("subscribe", 3), ("scan", 3)])
async def test_every_action_allows_its_number_of_messages(quota: Quota, clock: Clock, kind: str, count: int) -> None:
    await quota.grant(LI, kind, clock())
    assert await quota.room(LI) == count
    assert (await taken(quota), await quota.room(LI)) == (count, 0)


async def test_a_message_counts_for_48_hours_and_a_click_for_a_minute(quota: Quota, clock: Clock) -> None:
    await quota.grant(LI, "message", clock())
    await quota.grant(WANG, "click", clock())
    clock.advance(seconds=59)
    assert (await quota.room(LI), await quota.room(WANG)) == (5, 3)
    clock.advance(seconds=1)
    assert (await quota.room(LI), await quota.take(WANG)) == (5, False)
    clock.advance(hours=47, minutes=59)
    assert not await quota.take(LI)


async def test_grants_do_not_add_up(quota: Quota, clock: Clock) -> None:
    await quota.grant(LI, "message", clock())
    assert await quota.take(LI)
    await quota.grant(LI, "click", clock())
    assert (await quota.room(LI), await taken(quota)) == (4, 4)


async def test_a_click_helps_when_the_message_is_used_up_and_its_messages_are_not_given_back(
    quota: Quota, clock: Clock
) -> None:
    await quota.grant(LI, "message", clock())
    assert await taken(quota) == 5
    await quota.grant(LI, "click", clock())
    assert await quota.take(LI)
    clock.advance(minutes=2)
    assert await taken(quota) == 0


async def test_the_next_message_renews_the_quota(quota: Quota, clock: Clock) -> None:
    await quota.grant(LI, "message", clock())
    assert await taken(quota) == 5
    clock.advance(seconds=1)
    await quota.grant(LI, "message", clock())
    assert await taken(quota) == 5


async def test_a_second_delivery_of_the_same_message_allows_nothing_new(quota: Quota, clock: Clock) -> None:
    sent_at = clock()
    await quota.grant(LI, "message", sent_at)
    assert await taken(quota) == 5
    clock.advance(seconds=5)
    await quota.grant(LI, "message", sent_at)
    assert await quota.room(LI) == 0


async def test_a_message_found_after_a_crash_counts_from_when_it_was_sent(quota: Quota, clock: Clock) -> None:
    sent_at = clock()
    clock.advance(hours=49)
    await quota.grant(LI, "message", sent_at)
    assert await quota.room(LI) == 0


async def test_when_wechat_says_it_is_enough_nothing_is_sent_before_the_next_action(
    quota: Quota, clock: Clock
) -> None:
    await quota.grant(LI, "message", clock())
    await quota.grant(LI, "scan", clock())
    await quota.grant(WANG, "message", clock())
    await quota.exhausted(LI)
    assert (await quota.room(LI), await quota.room(WANG)) == (0, 5)
    clock.advance(seconds=1)
    await quota.grant(LI, "click", clock())
    assert await quota.room(LI) == 3


async def test_no_more_than_five_of_many_senders_at_once_get_through(quota: Quota, clock: Clock) -> None:
    await quota.grant(LI, "message", clock())
    assert sum(await asyncio.gather(*(quota.take(LI) for _ in range(20)))) == 5


async def test_one_message_delivered_to_many_processes_at_once_is_noted_once(quota: Quota, clock: Clock) -> None:
    await asyncio.gather(*(quota.grant(LI, "message", clock()) for _ in range(8)))
    assert await taken(quota) == 5


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("quota")
    engine = connect(f"sqlite:///{folder / 'quota.db'}", 5.0)
    wechat_grant.create(engine)
    return engine


ACTS = st.lists(
    st.sampled_from(sorted(GRANTS)) | st.just("send") | st.sampled_from([1, 30, 59, 61, 3600, 172_000]), max_size=25
)


@settings(max_examples=60)
@given(acts=ACTS)
def test_the_ledger_agrees_with_the_platforms_own(shared: Engine, acts: list) -> None:
    clock, platform = Clock(), Ledger()
    quota, account_key = Quota(shared, clock), uuid4().hex

    async def play() -> None:
        for act in acts:
            now = clock().timestamp()
            if isinstance(act, int):
                clock.advance(seconds=act)
            elif act == "send":
                assert await quota.take(account_key) == spends(platform, now)
            else:
                clock.advance(seconds=1)
                await quota.grant(account_key, act, clock())
                platform.grant(act, clock().timestamp())
            assert await quota.room(account_key) == platform.left(clock().timestamp())

    asyncio.run(play())


def spends(ledger: Ledger, now: float) -> bool:
    try:
        ledger.spend(now)
    except Refused:
        return False
    return True
