"""AES-256-GCM in one line of text: what is inside can neither be read nor moved to another place without the key."""
import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12  # random: one key is good for 2**32 boxes (NIST SP 800-38D, 8.3)


class Unreadable(Exception):
    """A sealed value cannot be opened; the message says why and holds no data."""


def close(key: AESGCM, place: str, content: bytes) -> str:
    """Encrypt `content` for one place: base64url of nonce, ciphertext and tag. The place is authenticated, not kept."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + key.encrypt(nonce, content, place.encode())).decode("ascii")


def open_box(key: AESGCM, place: str, box: str) -> bytes:
    """Return what `close` put into a box with the same key for the same place.

    Raises:
        Unreadable: another key, another place, or not the box that was closed.
    """
    try:
        raw = base64.b64decode(box, altchars=b"-_", validate=True)
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise Unreadable("changed, moved, or sealed with another key") from None
