"""Access tokens: stable and plain, their lifetime on the clock, and what happens without a good one."""
import pytest
from aiohttp import ClientSession

from dengta.demo.wechat import Handle
from tests.demo.conftest import Api

INFO = "/cgi-bin/user/info"


async def _plain(api: Api) -> str:
    account = api.wx.world.account
    asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    async with api.http.get(api.wx.base + "/cgi-bin/token", params=asked) as response:
        return (await response.json())["access_token"]


async def _errcode(api: Api, token: str) -> int:
    async with api.http.get(api.wx.base + INFO, params={"access_token": token, "openid": "o1"}) as response:
        return (await response.json()).get("errcode", 0)


@pytest.fixture(autouse=True)
async def somebody(wx: Handle) -> None:
    await wx.say("o1", "在吗")


async def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(api: Api, wx: Handle) -> None:
    first = await api.fetch_token()
    wx.advance(6899)
    again = await api.fetch_token()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
    wx.advance(1)
    renewed = await api.fetch_token()
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200
    assert len(first["access_token"]) <= 512


async def test_old_and_new_are_both_good_for_five_minutes(api: Api, wx: Handle) -> None:
    old = (await api.fetch_token())["access_token"]
    wx.advance(6900)
    new = (await api.fetch_token())["access_token"]
    assert [await _errcode(api, old), await _errcode(api, new)] == [0, 0]
    wx.advance(300)
    assert [await _errcode(api, old), await _errcode(api, new)] == [42001, 0]


async def test_force_refresh_kills_the_old_token(api: Api, wx: Handle) -> None:
    old = api.token
    new = await api.fetch_token(force_refresh=True)
    assert [await _errcode(api, old), await _errcode(api, new["access_token"])] == [40001, 0]


async def test_force_refresh_is_for_emergencies(api: Api, wx: Handle) -> None:
    await api.fetch_token(force_refresh=True)
    assert (await api.fetch_token(force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        wx.advance(30)
        assert "access_token" in await api.fetch_token(force_refresh=True)
    wx.advance(30)
    assert (await api.fetch_token(force_refresh=True))["errcode"] == 45009
    wx.advance(86_400)
    assert "access_token" in await api.fetch_token(force_refresh=True)


async def test_a_plain_token_kills_the_one_before_but_not_the_stable_one(api: Api) -> None:
    first, second = await _plain(api), await _plain(api)
    assert [await _errcode(api, token) for token in (first, second, api.token)] == [40001, 0, 0]


async def test_wrong_credentials(api: Api) -> None:
    assert (await api.fetch_token(secret="wrong"))["errcode"] == 40125
    assert (await api.fetch_token(appid="wx0"))["errcode"] == 40013
    assert (await api.fetch_token(grant_type="password"))["errcode"] == 40002


async def test_calls_without_a_good_token(api: Api, wx: Handle) -> None:
    assert [await _errcode(api, ""), await _errcode(api, "invented")] == [41001, 40001]
    wx.world.tokens.revoke()
    assert await _errcode(api, api.token) == 40001
    await api.fetch_token()
    assert await _errcode(api, api.token) == 0


async def test_the_corporation_has_tokens_of_its_own(wx: Handle, api: Api) -> None:
    async def gettoken(secret: str) -> dict:
        query = {"corpid": wx.world.corp.corpid, "corpsecret": secret}
        async with ClientSession() as http, http.get(wx.base + "/cgi-bin/gettoken", params=query) as response:
            return await response.json()

    first, second = await gettoken(wx.world.corp.secret), await gettoken(wx.world.corp.secret)
    assert first["access_token"] == second["access_token"]
    assert first["errcode"] == 0
    assert (await gettoken("wrong"))["errcode"] == 40001
    assert await _errcode(api, first["access_token"]) == 40001


async def test_what_is_written_down_holds_no_token_and_no_secret(api: Api, wx: Handle) -> None:
    await _plain(api)
    await api.send("o1", "您好")
    told = repr([(call.path, call.query, call.body) for call in wx.calls()])
    assert api.token not in told
    assert wx.world.account.secret not in told
