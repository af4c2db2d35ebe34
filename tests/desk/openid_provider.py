"""An OpenID provider on loopback that keeps the rules, and can be told to break one."""
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Callable
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "dengta-desk", "provider-secret-of-the-desk"


class OpenIdProvider:
    """Logs in whoever comes as `account`. `broken` claims replace the right ones in ID tokens."""

    def __init__(self, redirect_uri: str, now: Callable[[], datetime]) -> None:
        self.redirect_uri = redirect_uri
        self.issuer = ""
        self.account = "lin"
        self.broken: dict[str, Any] = {}
        self.is_down = False
        self.answer: str = ""  # instead of a code
        self.signs_with = self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.asked: list[dict[str, str]] = []
        self._now = now
        self._codes: dict[str, dict[str, str]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator["OpenIdProvider"]:
        """Serve on a free port."""
        app = web.Application(middlewares=[self._maybe_down])
        app.router.add_get("/realms/staff/.well-known/openid-configuration", self._metadata)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/keys", self._keys)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.issuer = f"http://{host}:{port}/realms/staff"
        try:
            yield self
        finally:
            await runner.cleanup()

    @web.middleware
    async def _maybe_down(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.is_down:
            raise web.HTTPServiceUnavailable(text="down")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _metadata(self, request: web.Request) -> web.Response:
        base = f"http://{request.host}"
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
            }
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.asked.append(asked)
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["redirect_uri"] == self.redirect_uri and "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 32 and len(asked["nonce"]) >= 32
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = {"error": self.answer} if self.answer else {"code": code}
        raise web.HTTPFound(f"{self.redirect_uri}?{urlencode({**back, 'state': asked['state']})}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode()
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != self.redirect_uri
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        if (form["client_id"], form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        now = int(self._now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "5f0c",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": self.account,
            **self.broken,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signs_with)
        return web.json_response({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})
