"""The master key file: what opens everything else, kept outside every database.

It is JSON with three entries: `wrapping`, a list of keys that encrypt the data keys in the database (any of them opens,
the first one wraps, so that a new one can be put in front); `index`, the key of blind indexes; `audit`, the key of the
audit chain. Each key is base64url of 32 random bytes.
"""
import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dengta.privacy.boxes import KEY_BYTES
from dengta.settings import SettingsError, settings

_MAKE = "restore it, or make one for a new database with `python -m dengta keys create`"


class KeyFileError(SettingsError):
    """The master key file cannot be used; the message is one sentence for the operator, without key material."""


@dataclass(frozen=True, repr=False)
class Master:
    """The keys of one installation, 32 bytes each; `wrapping` newest first."""

    wrapping: tuple[bytes, ...]
    index: bytes
    audit: bytes


@lru_cache(maxsize=1)
def master() -> Master:
    """Return the keys in the file this process is set to use.

    Raises:
        KeyFileError, SettingsError.
    """
    return read_master(settings().master_key_file)


def read_master(path: Path) -> Master:
    """Read a master key file.

    Raises:
        KeyFileError: it is missing, others than its owner may use it, or it is malformed.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        raise KeyFileError(f"The master key file {path} is missing; {_MAKE}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise KeyFileError(f"The master key file {path} cannot be read: {reason}") from None
    if mode & 0o077:
        raise KeyFileError(f"The master key file {path} is open to others than its owner; run chmod 600 on it")
    try:
        return _parse(json.loads(content))
    except (KeyError, TypeError, ValueError, RecursionError):
        raise KeyFileError(f"The master key file {path} is malformed; restore it from its backup") from None


def create_master(path: Path) -> bool:
    """Make a master key file that only its owner can read; an existing one is kept. Tell whether it was made.

    Another process sees either no file or the whole one.

    Raises:
        KeyFileError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder) / path.name
            _write({"wrapping": [_new_key()], "index": _new_key(), "audit": _new_key()}, draft)
            os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyFileError(f"The master key file {path} cannot be written: {error.strerror}") from None
    return True


def _write(keys: dict[str, Any], path: Path) -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        json.dump(keys, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _parse(content: dict[str, Any]) -> Master:
    wrapping = tuple(_key(text) for text in content["wrapping"])
    if not wrapping:
        raise ValueError("no wrapping key")
    return Master(wrapping, _key(content["index"]), _key(content["audit"]))


def _key(text: str) -> bytes:
    key = base64.b64decode(text, altchars=b"-_", validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("not a key")
    return key


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
