"""Logging that cannot carry what customers write: errors are told by their class and place, never by their message.

Whatever a library logs goes the same way: personal data is masked, secrets and the queries of addresses are left out.
"""
import logging
import re
import traceback
from types import TracebackType
from typing import Optional, Union

from dengta.privacy.masking import mask

_ExcInfo = Union[tuple[type[BaseException], BaseException, Optional[TracebackType]], tuple[None, None, None]]

_QUERY = re.compile(r"""(?<=[\w/])\?[\w.%~-]+=[^\s"'<>]*""")
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET = re.compile(
    r"""(?ix) ( \b[\w-]* (?: token | secret | passw(?:or)?d | session_key | aes_?key | signature | api_?key
                           | openid | unionid | external_userid | authorization ) ["']? \s* [=:] \s* ["']? )
        (?: bearer \s+ )? [^\s"'&,;)}>]+"""
)


def where(error: BaseException) -> str:
    """Return an error's class and the innermost place it came from, such as `KeyError at contacts.py:41`."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def scrub(line: str) -> str:
    """Return a line with personal data masked and without secrets, passwords and queries of addresses."""
    line = _PASSWORD_IN_ADDRESS.sub("***@", _QUERY.sub("?***", line))
    return mask(_SECRET.sub(r"\1***", line))


class Formatter(logging.Formatter):
    """Prints scrubbed records, and tracebacks without source lines, values or exception messages."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, scrubbed."""
        return scrub(super().format(record))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  the name is logging's
        """Return the classes and places of an exception and its causes, outermost first."""
        lines = []
        error: Optional[BaseException] = ei[1]
        while error is not None:
            lines.append(f"  {type(error).__name__}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"    {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def configure(level: int = logging.INFO) -> None:
    """Send every record of this process to standard error through `Formatter`."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
