"""Logging in through the lender's identity provider: the way there and back, and everything that proves nothing."""
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy.engine import Engine

from dengta.desk.desk import Desk
from dengta.desk.dispatch import COOKIE
from dengta.desk.server import create_app
from dengta.desk.sessions import Sessions
from dengta.desk.sign_on import SignOn
from dengta.single_sign_on import BACK, read
from tests.desk.conftest import PATIENCE, Browser, Clock, listening
from tests.desk.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

Hire = Callable[..., Any]
DESK = "http://127.0.0.1"
SETTINGS = {"DENGTA_OIDC_CLIENT_ID": CLIENT_ID, "DENGTA_OIDC_CLIENT_SECRET": CLIENT_SECRET}


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider(DESK + BACK, clock).running() as provider:
        yield provider


@pytest.fixture
async def page(
    desk: Desk, provider: OpenIdProvider, engine: Engine, clock: Clock, tmp_path: Path
) -> AsyncIterator[Browser]:
    """A browser before a desk whose agents come through the provider; only admins have passwords."""
    found = {"DENGTA_OIDC_ISSUER": provider.issuer, "DENGTA_DESK_URL": DESK, "DENGTA_DESK_PASSWORDS": "admins"}
    settings = read({**SETTINGS, **found})
    assert settings is not None
    sessions = Sessions(engine, demo=False, now=clock, only_admins_by_password=settings.only_admins_by_password)
    desk = replace(desk, sessions=sessions, sign_on=SignOn(engine, settings, clock))
    async with listening(create_app(desk, built=tmp_path)) as base, Browser(base) as page:
        yield page


async def leaves(page: Browser) -> str:
    """Go to the provider, log in there, and return the address that leads back."""
    async with page.http.get("/api/sign-on", allow_redirects=False) as response:
        assert response.status == 302
        there = response.headers["Location"]
    async with aiohttp.request("GET", there, allow_redirects=False, timeout=PATIENCE) as response:
        assert response.status == 302
        return BACK + "?" + urlsplit(response.headers["Location"]).query


async def comes_back(page: Browser, address: str) -> str:
    """Follow the way back; return what the page is told, nothing if all is well."""
    async with page.http.get(address, allow_redirects=False) as response:
        assert response.status == 303
        told = parse_qs(urlsplit(response.headers["Location"]).query)
        return told.get("sign_on", [""])[0]


async def test_an_agent_logs_in_through_the_provider(
    page: Browser, provider: OpenIdProvider, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "dengta")
    hire("lin", name="林晓")
    assert (await page.get("/api/login"))[1] == {"single_sign_on": True, "passwords": "admins"}
    back = await leaves(page)
    async with page.http.get(back, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/")
        attributes = next(each for each in response.headers.getall("Set-Cookie") if each.startswith(COOKIE)).lower()
    assert "httponly" in attributes and "samesite=strict" in attributes
    me = (await page.get("/api/me"))[1]
    assert (me["agent"]["name"], me["must_change_password"]) == ("林晓", False)
    page.csrf_token = me["csrf_token"]
    assert (await page.send("DELETE", "/api/session"))[0] == 204
    for secret in (parse_qs(urlsplit(back).query)["code"][0], CLIENT_SECRET, str(page.cookie)):
        assert secret not in caplog.text


async def test_what_came_back_once_is_good_for_nothing_more(page: Browser, hire: Hire) -> None:
    hire("lin")
    back = await leaves(page)
    assert await comes_back(page, back) == ""
    assert await comes_back(page, back) == "refused"


async def test_somebody_elses_way_back_logs_nobody_in(page: Browser, hire: Hire) -> None:
    hire("lin")
    back = await leaves(page)
    async with Browser(page.base) as victim:
        await leaves(victim)  # has a cookie of its own
        assert await comes_back(victim, back) == "refused"
        assert (await victim.get("/api/me"))[0] == 401


async def test_a_state_that_was_made_up_is_refused(page: Browser, hire: Hire) -> None:
    hire("lin")
    await leaves(page)
    for forged in ("?code=x&state=y", "?code=x", "", "?state=%00&code=%00"):
        assert await comes_back(page, BACK + forged) == "refused"


async def test_who_takes_too_long_begins_again(page: Browser, hire: Hire, clock: Clock) -> None:
    hire("lin")
    back = await leaves(page)
    clock.passes(minutes=11)
    assert await comes_back(page, back) == "refused"


@pytest.mark.parametrize(
    "broken",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},  # and no azp
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"preferred_username": None},
        {"preferred_username": ["lin"]},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_login_is_refused(
    page: Browser, provider: OpenIdProvider, hire: Hire, broken: dict[str, Any]
) -> None:
    hire("lin")
    provider.broken = broken
    assert await comes_back(page, await leaves(page)) == "refused"
    assert (await page.get("/api/me"))[0] == 401


async def test_a_token_with_anothers_signature_is_refused(page: Browser, provider: OpenIdProvider, hire: Hire) -> None:
    hire("lin")
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert await comes_back(page, await leaves(page)) == "refused"


async def test_changed_keys_need_no_restart(page: Browser, provider: OpenIdProvider, hire: Hire) -> None:
    hire("lin")
    assert await comes_back(page, await leaves(page)) == ""
    provider.signs_with = provider.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
    assert await comes_back(page, await leaves(page)) == ""


async def test_who_has_no_account_or_a_disabled_one_is_told(
    page: Browser, provider: OpenIdProvider, hire: Hire, dismiss: Callable[[str], None]
) -> None:
    hire("gone")
    dismiss("gone")
    for account in ("nobody", "gone", "LIN", "x" * 500, "lin\x00"):
        provider.account = account
        assert await comes_back(page, await leaves(page)) == "no_account"


async def test_a_provider_that_is_down_is_said_to_be_down(page: Browser, provider: OpenIdProvider, hire: Hire) -> None:
    hire("lin")
    back = await leaves(page)
    provider.is_down = True
    assert await comes_back(page, back) == "unavailable"
    assert await comes_back(page, "/api/sign-on") == "unavailable"


async def test_a_provider_that_says_no_is_believed(page: Browser, provider: OpenIdProvider, hire: Hire) -> None:
    hire("lin")
    provider.answer = "access_denied"
    assert await comes_back(page, await leaves(page)) == "refused"


async def test_a_provider_that_speaks_for_another_is_not_used(
    page: Browser, provider: OpenIdProvider, hire: Hire
) -> None:
    provider.issuer = "https://sso.example"
    assert await comes_back(page, "/api/sign-on") == "unavailable"


async def test_passwords_are_for_admins_only_where_it_is_so_set(page: Browser, hire: Hire) -> None:
    hire("lin")
    hire("an", role="admin")
    assert (await page.log_in("lin"))[1]["error"] == "login_failed"
    assert (await page.log_in("an"))[0] == 201


async def test_without_a_provider_there_is_no_way_to_it(browser: Callable[[], Browser]) -> None:
    page = browser()
    assert (await page.get("/api/login"))[1] == {"single_sign_on": False, "passwords": "everyone"}
    for path in ("/api/sign-on", BACK):
        assert (await page.get(path))[1]["error"] == "not_found"


@pytest.mark.parametrize(
    "wrong",
    [
        {"DENGTA_OIDC_ISSUER": "http://sso.example"},
        {"DENGTA_OIDC_ISSUER": "sso.example"},
        {"DENGTA_OIDC_CLIENT_ID": ""},
        {"DENGTA_DESK_URL": ""},
        {"DENGTA_DESK_URL": "https://desk.example/desk"},
        {"DENGTA_OIDC_SCOPES": "profile"},
        {"DENGTA_OIDC_CLAIM": "a b"},
        {"DENGTA_DESK_PASSWORDS": "nobody"},
        {"DENGTA_OIDC_ISSUER": "", "DENGTA_DESK_PASSWORDS": "admins"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_used_are_named(wrong: dict[str, str]) -> None:
    right = {**SETTINGS, "DENGTA_OIDC_ISSUER": "https://sso.example", "DENGTA_DESK_URL": "https://desk.example/"}
    found = read(right)
    assert found is not None and found.redirect_uri == "https://desk.example/api/sign-on/back"
    assert CLIENT_SECRET not in repr(found)
    with pytest.raises(ValueError, match="DENGTA_"):
        read({**right, **wrong})
