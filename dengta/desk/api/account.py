"""What agents do with their own account."""
from typing import Annotated

from msgspec import Meta, Struct

from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.passwords import WeakPassword
from dengta.desk.sessions import LoginFailed

Password = Annotated[str, Meta(max_length=256)]


class NewPassword(Struct, forbid_unknown_fields=True):
    """The password so far, and the one the agent chose."""

    old: Password
    new: Password


async def change_password(call: Call) -> None:
    """Change the password; the agent's other sessions end."""
    given: NewPassword = call.body
    try:
        await call.desk.sessions.change_password(call.login, given.old, given.new)
    except WeakPassword:
        raise RefusedError("weak_password") from None
    except LoginFailed:
        raise RefusedError("password_wrong") from None
