"""Logging in and out."""
from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.responses import Response

from dengta.desk.desk import Desk
from dengta.desk.dispatch import COOKIE, Call
from dengta.desk.errors import RefusedError
from dengta.desk.responses import answer
from dengta.desk.roles import ROLES, SERVE, may
from dengta.desk.sessions import LIFETIME, Login, LoginFailed
from dengta.handoff.rules import rules


class Credentials(Struct, forbid_unknown_fields=True):
    """What an agent types to log in."""

    agent_id: Annotated[str, Meta(max_length=32)]
    password: Annotated[str, Meta(max_length=256)]


async def log_in(call: Call) -> Response:
    """Open a session; whatever session the browser had before ends."""
    given: Credentials = call.body
    before = call.request.cookies.get(COOKIE)
    try:
        session_id, login = await call.desk.sessions.log_in(given.agent_id, given.password, before)
    except LoginFailed:
        raise RefusedError("login_failed") from None
    await call.desk.queue.returns(login.agent.id)
    response = answer(await _shown(call.desk, login), status=201)
    keep(call, response, session_id)
    return response


def keep(call: Call, response: Response, session_id: str) -> None:
    """Let the browser keep the session's id, out of reach of scripts and other sites."""
    response.set_cookie(
        COOKIE,
        session_id,
        max_age=int(LIFETIME.total_seconds()),
        secure=call.request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


async def log_out(call: Call) -> Response:
    """End the session; who logs out is given no more conversations."""
    agent = call.agent
    if may(agent.role, SERVE):
        await call.desk.queue.presence(agent.id, "offline", agent.capacity, agent.groups)
    await call.desk.sessions.log_out(call.login)
    call.desk.events.end(call.login)
    response = answer(None)
    response.delete_cookie(COOKIE, secure=call.request.url.scheme == "https", httponly=True, samesite="strict")
    return response


async def me(call: Call) -> Any:
    """Return who is logged in, what they may and do, the skill groups, and the token that goes with every change."""
    return await _shown(call.desk, call.login)


async def _shown(desk: Desk, login: Login) -> dict[str, Any]:
    return {
        "agent": login.agent,
        "permissions": sorted(ROLES[login.agent.role]),
        "must_change_password": login.must_change,
        "presence": await desk.queue.status(login.agent.id),
        "groups": [{"id": group.id, "name": group.name} for group in rules().groups.values()],
        "csrf_token": login.csrf_token,
        "expires_at": login.expires_at,
    }
