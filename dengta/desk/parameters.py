"""Numbers in addresses."""
from dengta.desk.errors import RefusedError

_DIGITS = 15


def whole(raw: str) -> int:
    """Return a number from 0 up.

    Raises:
        RefusedError: `invalid_request`, it is none.
    """
    if not (raw.isascii() and raw.isdigit() and len(raw) <= _DIGITS):
        raise RefusedError("invalid_request", detail="Expected a whole number")
    return int(raw)
