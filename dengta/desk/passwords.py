"""Agents' passwords: made here, kept as argon2id hashes (RFC 9106, the parameters for little memory)."""
import secrets
from typing import Optional

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
_LENGTH = 16  # 79 bits
_LEAST, _MOST = 12, 128
_DIFFERENT = 6

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(32))


class WeakPassword(Exception):
    """Nobody may choose this password; `weak_password` in data/lexicon/desk.yml says which they may."""


def check(chosen: str, old: str, agent_id: str) -> None:
    """See that an agent may choose a password.

    Length counts most (NIST SP 800-63B); two kinds of characters are what auditors in China ask for.

    Raises:
        WeakPassword: it may not be chosen.
    """
    kinds = {_kind(character) for character in chosen}
    if not _LEAST <= len(chosen) <= _MOST or len(set(chosen)) < _DIFFERENT or len(kinds) < 2:
        raise WeakPassword()
    if chosen == old or agent_id in chosen.lower():
        raise WeakPassword()


def generate() -> str:
    """Return a new password in groups of four, such as `k7mp-2xwq-…`."""
    characters = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return "-".join(characters[start : start + 4] for start in range(0, _LENGTH, 4))


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def matches(password_hash: Optional[str], password: str) -> bool:
    """Compare a password with what was kept; without a hash do the same work and say no."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except VerifyMismatchError:
        return False


def _kind(character: str) -> str:
    return "letter" if character.isalpha() else "digit" if character.isdigit() else "other"
