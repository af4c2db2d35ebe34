"""Endpoints that hand out access tokens."""
from typing import Any, Mapping

from aiohttp import web

from dengta.demo.wechat.errors import Refused
from dengta.demo.wechat.world import World


async def stable_token(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """`POST /cgi-bin/stable_token`."""
    world = World.of(request)
    _require_client_credential(body)
    token, seconds = world.tokens.stable(
        str(body.get("appid")), str(body.get("secret")), body.get("force_refresh") is True, world.clock.now()
    )
    return {"access_token": token, "expires_in": seconds}


async def token(request: web.Request, _body: None) -> dict[str, Any]:
    """`GET /cgi-bin/token`."""
    world = World.of(request)
    _require_client_credential(request.query)
    token, seconds = world.tokens.plain(
        request.query.get("appid", ""), request.query.get("secret", ""), world.clock.now()
    )
    return {"access_token": token, "expires_in": seconds}


def _require_client_credential(asked: Mapping[str, Any]) -> None:
    if asked.get("grant_type") != "client_credential":
        raise Refused(40002)
