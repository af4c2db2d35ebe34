"""Logging in through the lender's identity provider; browsers come here by themselves, so answers lead to pages."""
import logging
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from dengta.desk.api import login
from dengta.desk.dispatch import COOKIE, Call
from dengta.desk.errors import RefusedError
from dengta.desk.oidc import NotProven, ProviderUnavailable
from dengta.desk.sessions import LoginFailed
from dengta.desk.sign_on import LIFETIME, SignOn

log = logging.getLogger(__name__)

_COOKIE = "dengta_sign_on"
_PATH = "/api/sign-on"


async def ways(call: Call) -> Any:
    """Return how agents log in: through the provider, and who may use a password."""
    only_admins = call.desk.sign_on is not None and call.desk.sessions.only_admins_by_password
    return {"single_sign_on": call.desk.sign_on is not None, "passwords": "admins" if only_admins else "everyone"}


async def begin(call: Call) -> Response:
    """Send the browser to the provider."""
    try:
        departure = await _sign_on(call).begin()
    except ProviderUnavailable as error:
        log.error("the identity provider cannot be used: %s", error)
        return _to_page("unavailable")
    response = RedirectResponse(departure.address, status_code=302)
    response.set_cookie(
        _COOKIE,
        departure.browser,
        max_age=int(LIFETIME.total_seconds()),
        path=_PATH,
        secure=call.request.url.scheme == "https",
        httponly=True,
        samesite="lax",  # the way back begins at the provider
    )
    return response


async def finish(call: Call) -> Response:
    """Open a session for who comes back from the provider."""
    asked, cookies = call.request.query_params, call.request.cookies
    try:
        if "error" in asked:  # the person gave up, or the provider does not want them here
            raise NotProven("the provider says no")
        account = await _sign_on(call).finish(asked.get("state", ""), cookies.get(_COOKIE, ""), asked.get("code", ""))
        session_id, opened = await call.desk.sessions.admit(account, cookies.get(COOKIE))
    except ProviderUnavailable as error:
        log.error("the identity provider cannot be used: %s", error)
        return _to_page("unavailable")
    except NotProven as error:
        log.warning("a login through the identity provider was refused: %s", error)
        return _to_page("refused")
    except LoginFailed:
        log.warning("a login through the identity provider was refused: no account")
        return _to_page("no_account")
    await call.desk.queue.returns(opened.agent.id)
    response = _to_page()
    login.keep(call, response, session_id)
    return response


def _sign_on(call: Call) -> SignOn:
    if call.desk.sign_on is None:
        raise RefusedError("not_found")
    return call.desk.sign_on


def _to_page(problem: str = "") -> Response:
    query = f"?{urlencode({'sign_on': problem})}" if problem else ""
    response = RedirectResponse(f"/{query}", status_code=303, headers={"Cache-Control": "no-store"})
    response.delete_cookie(_COOKIE, path=_PATH)
    return response
