"""The lender's identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

Authlib and joserfc check what comes from it: the ID token's signature, issuer, audience, times and nonce.
"""
import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Optional, cast

import aiohttp
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from dengta.single_sign_on import SingleSignOn, is_safe

_ALGORITHMS = ("RS256", "PS256", "ES256")  # never `none`, and none that is signed with a secret the desk knows
_LEEWAY = 60  # seconds by which clocks may differ
_LONGEST = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)


class ProviderUnavailable(Exception):
    """The identity provider gives no answer that can be used; the message says how, without what it said."""


class NotProven(Exception):
    """What came back does not prove who somebody is; the message says why, without what came."""


class IdentityProvider:
    """One provider. It is asked for its addresses and keys at each login, so changed keys need no restart."""

    def __init__(self, settings: SingleSignOn, now: Callable[[], datetime]) -> None:
        """`now` is real time."""
        self._settings = settings
        self._now = now

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Return where to send a browser to log in.

        Raises:
            ProviderUnavailable.
        """
        known = await self._metadata()
        address: str = prepare_grant_uri(
            known["authorization_endpoint"],
            self._settings.client_id,
            "code",
            self._settings.redirect_uri,
            self._settings.scopes,
            state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return address

    async def account(self, code: str, nonce: str, verifier: str) -> str:
        """Return the id of the account of whoever logged in, from what the code is exchanged for.

        Raises:
            ProviderUnavailable.
            NotProven: the provider takes back the code, or its ID token is not for this login.
        """
        known = await self._metadata()
        tokens = await self._exchange(known["token_endpoint"], code, verifier)
        claims = _claims(tokens, await self._ask("GET", known["jwks_uri"]), self._settings, nonce, self._now())
        account = claims.get(self._settings.claim)
        if not isinstance(account, str):
            raise NotProven(f"no claim {self._settings.claim}")
        return account

    async def _metadata(self) -> Mapping[str, Any]:
        """Read the provider's addresses (OpenID Connect Discovery 1.0, section 4)."""
        known = await self._ask("GET", get_well_known_url(self._settings.issuer, external=True))
        if known.get("issuer") != self._settings.issuer:
            raise ProviderUnavailable("it speaks for another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(known.get(name), str) or not is_safe(known[name]):
                raise ProviderUnavailable(f"no {name}")
        return known

    async def _exchange(self, address: str, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        if self._settings.client_secret is not None:
            form["client_secret"] = self._settings.client_secret
        return await self._ask("POST", address, form)

    async def _ask(self, method: str, address: str, form: Optional[Mapping[str, str]] = None) -> Mapping[str, Any]:
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
                async with http.request(method, address, data=form, allow_redirects=False) as response:
                    status, raw = response.status, b""
                    async for chunk in response.content.iter_chunked(_LONGEST):
                        raw += chunk
                        if len(raw) > _LONGEST:
                            raise ProviderUnavailable("it does not stop")
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise ProviderUnavailable(type(error).__name__) from None
        if form is not None and status in (400, 401):
            raise NotProven(f"the code was refused with {status}")
        if status != 200:
            raise ProviderUnavailable(f"it answered {status}")
        try:
            said = json.loads(raw)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ProviderUnavailable("it answered no JSON object")
        return said


def _claims(
    tokens: Mapping[str, Any], keys: Mapping[str, Any], settings: SingleSignOn, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """Return the claims of an ID token that was checked (OpenID Connect Core 1.0, section 3.1.3.7)."""
    expected = {
        "iss": {"essential": True, "value": settings.issuer},
        "aud": {"essential": True, "value": settings.client_id},
    }
    known = {"nonce": nonce, "client_id": settings.client_id, "access_token": tokens.get("access_token")}
    try:
        known_keys = KeySet.import_key_set(cast(KeySetSerialization, keys))
        token = jwt.decode(str(tokens.get("id_token")), known_keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(token.claims, token.header, expected, known)
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotProven(type(error).__name__) from None
    return claims
