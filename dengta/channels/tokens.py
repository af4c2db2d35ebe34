"""Session tokens: the server signs which conversation a client speaks in; the client cannot choose one.

Real time is used, not `dengta.clock`: a demo with a frozen clock must not hand out tokens that never expire.
"""
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Optional

import jwt

from dengta.channels.errors import RefusedError

LIFETIME = timedelta(minutes=30)
RENEWABLE_FOR = timedelta(hours=12)
NO_GRACE = timedelta(0)
_AUDIENCE = "dengta-web"
_ALGORITHM = "HS256"
_SCHEME = "Bearer "


@dataclass(frozen=True)
class Claims:
    """What a valid token says."""

    conversation_id: str
    expires_at: datetime


class Tokens:
    """Issues and checks tokens signed with `secret`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, conversation_id: str) -> str:
        """Return a token for this conversation, good for `LIFETIME`."""
        now = datetime.now(timezone.utc)
        claims = {"sub": conversation_id, "aud": _AUDIENCE, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def read(self, authorization: Optional[str], grace: timedelta = NO_GRACE) -> Claims:
        """Check an Authorization header; `grace` is how long after its expiry a token is still accepted.

        Raises:
            RefusedError: `token_expired` if it can still be renewed elsewhere, `token_invalid` for everything else.
        """
        if not authorization or not authorization.startswith(_SCHEME):
            raise RefusedError("token_invalid")
        try:
            claims = jwt.decode(
                authorization[len(_SCHEME) :],
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                leeway=grace,
                options={"require": ["sub", "aud", "exp"]},
            )
        except jwt.ExpiredSignatureError:
            raise RefusedError("token_invalid" if grace else "token_expired") from None
        except jwt.PyJWTError:
            raise RefusedError("token_invalid") from None
        return Claims(claims["sub"], datetime.fromtimestamp(claims["exp"], timezone.utc))
