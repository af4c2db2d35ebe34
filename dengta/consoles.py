"""Settings that are copied from a platform's console: each must look as it does there."""
import re
from typing import Mapping, Optional

AES_KEY = r"[A-Za-z0-9]{43}"
TOKEN = r"[A-Za-z0-9]{3,32}"

Values = Mapping[str, Optional[str]]
Expected = Mapping[str, tuple[str, str]]


def copied(values: Values, prefix: str, expected: Expected, api: str, demo: bool) -> dict[str, str]:
    """Return the settings `<prefix><name>` of a platform, {} if the first one, its id, is not set.

    `expected` maps names to a pattern of the whole value and what to say otherwise. `API` is where the platform is:
    `api`, unless a demo has it on this machine.

    Raises:
        ValueError: one is missing or malformed; the message names it.
    """
    given = {name: values.get(prefix + name) or "" for name in (*expected, "API")}
    if not given[next(iter(expected))]:
        return {}
    local = rf"({re.escape(api)}|http://127\.0\.0\.1:\d{{1,5}})?"
    for name, (pattern, wanted) in {**expected, "API": (local, f"{api}, or http://127.0.0.1:port for tests")}.items():
        if not re.fullmatch(pattern, given[name]):
            raise ValueError(f"{prefix}{name} must be {wanted}")
    given["API"] = given["API"] or api
    if given["API"] != api and not demo:
        raise ValueError(f"{prefix}API must be {api} when DENGTA_DEMO=false")
    return given
