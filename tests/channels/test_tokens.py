"""Only tokens this server signed, for this purpose, in their time."""
from datetime import datetime, timedelta, timezone

import jwt
import pytest

from dengta.channels.errors import RefusedError
from dengta.channels.tokens import LIFETIME, RENEWABLE_FOR, Tokens

SECRET = "s" * 32


def forged(secret: str = SECRET, algorithm: str = "HS256", age: timedelta = timedelta(0), **changes: object) -> str:
    claims = {"sub": "talk", "aud": "dengta-web", "exp": datetime.now(timezone.utc) + LIFETIME - age, **changes}
    present = {key: value for key, value in claims.items() if value is not None}
    return "Bearer " + jwt.encode(present, secret if algorithm != "none" else None, algorithm=algorithm)


def test_a_token_names_its_conversation() -> None:
    tokens = Tokens(SECRET)
    assert tokens.read(f"Bearer {tokens.issue('talk')}").conversation_id == "talk"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer ",
        "Bearer x.y.z",
        "Basic abc",
        forged()[len("Bearer ") :],
        forged(secret="t" * 32),
        forged(algorithm="none"),
        forged(algorithm="HS512"),
        forged(aud="other"),
        forged(aud=None),
        forged(exp=None),
        forged(sub=None),
        forged(secret="t" * 32, age=2 * LIFETIME),
    ],
)
def test_anything_else_is_invalid(authorization: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Tokens(SECRET).read(authorization)
    assert refused.value.code == "token_invalid"


def test_an_old_token_is_expired_but_can_be_renewed_for_twelve_hours() -> None:
    old, ancient = forged(age=LIFETIME + timedelta(hours=1)), forged(age=LIFETIME + timedelta(hours=13))
    for token, grace, code in ((old, timedelta(0), "token_expired"), (ancient, RENEWABLE_FOR, "token_invalid")):
        with pytest.raises(RefusedError) as refused:
            Tokens(SECRET).read(token, grace)
        assert refused.value.code == code
    assert Tokens(SECRET).read(old, RENEWABLE_FOR).conversation_id == "talk"
