"""The common rules of the API: IP list, rates, concurrency, faults that a test orders, and the record of calls."""
import asyncio
from typing import AsyncIterator

import pytest
from aiohttp import ClientError, ClientSession

from dengta.demo.wechat import Handle, Rules, platform
from tests.demo.conftest import Api, listening
from tests.demo.connector import Connector

SEND = "/cgi-bin/message/custom/send"


async def _end(task: "asyncio.Task[int]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def strict(connector: Connector) -> AsyncIterator[Api]:
    """Return a client of a platform with a low rate and no concurrency."""
    async with listening(connector) as url, platform(url, rules=Rules(per_minute=3, concurrent=1)) as wx:
        async with ClientSession() as http:
            api = Api(wx, http)
            await api.fetch_token()
            await wx.say("o1", "在吗")
            yield api


async def test_more_calls_than_a_minute_allows(strict: Api) -> None:
    assert [await strict.send("o1", "您好") for _ in range(4)] == [0, 0, 0, 45009]
    strict.wx.advance(60)
    assert await strict.send("o1", "您好") == 0


async def test_more_calls_at_once_than_allowed(strict: Api) -> None:
    strict.wx.fault(SEND, delay=30)
    slow = asyncio.create_task(strict.send("o1", "一"))
    await strict.wx.until(lambda: not strict.wx.world.gate.faults)
    assert await strict.send("o1", "二") == 45033
    await _end(slow)


@pytest.mark.parametrize(("path", "errcode"), [("/cgi-bin/user/info", 40164), ("/cgi-bin/gettoken", 60020)])
async def test_callers_who_are_not_on_the_ip_list(connector: Connector, path: str, errcode: int) -> None:
    async with platform(rules=Rules(allowed_ips=frozenset({"203.0.113.9"}))) as wx, ClientSession() as http:
        assert (await Api(wx, http).get(path))["errcode"] == errcode


async def test_an_ordered_errcode_comes_as_often_as_ordered_and_does_nothing(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    wx.fault(SEND, times=2, errcode=-1)
    assert [await api.send("o1", str(n)) for n in range(3)] == [-1, -1, 0]
    assert [line.text for line in wx.shown("o1")] == ["2"]


@pytest.mark.parametrize(("drop", "texts"), [("before", []), ("after", ["您好"])])
async def test_a_connection_may_break_before_or_after_the_message_is_sent(
    wx: Handle, api: Api, drop: str, texts: list[str]
) -> None:
    await wx.say("o1", "在吗")
    wx.fault(SEND, drop=drop)
    with pytest.raises(ClientError):
        await api.send("o1", "您好")
    assert [line.text for line in wx.shown("o1")] == texts
    assert await api.send("o1", "还在") == 0


async def test_a_delayed_call_takes_effect_late(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    wx.fault(SEND, delay=30)
    late = asyncio.create_task(api.send("o1", "慢"))
    await wx.until(lambda: not wx.world.gate.faults)
    assert await api.send("o1", "快") == 0
    assert [line.text for line in wx.shown("o1")] == ["快"]
    await _end(late)


async def test_every_call_is_written_down_in_order(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    await api.send("o1", "您好")
    await api.send("nobody", "您好")
    assert [(call.path, call.errcode) for call in wx.calls()] == [
        ("/cgi-bin/stable_token", 0), (SEND, 0), (SEND, 40003)
    ]  # fmt: skip
    assert wx.calls(SEND)[0].body["text"] == {"content": "您好"}


async def test_waiting_for_what_does_not_come_ends(wx: Handle) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await wx.wait_shown("o1", 1, seconds=0.01)


async def test_the_clock_does_not_run_backwards(wx: Handle) -> None:
    with pytest.raises(ValueError, match="advanced"):
        wx.advance(-1)
