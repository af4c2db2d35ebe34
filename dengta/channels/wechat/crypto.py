"""Proof that a request comes from WeChat: signatures, fresh timestamps, and the encryption of safe mode.

The rules: developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html for 公众号 and mini programs,
developer.work.weixin.qq.com/document/path/96466 for WeCom. Only safe mode protects the message itself. The signature of
plain mode covers token, timestamp and nonce, so whoever saw one request can write another.
"""
import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import CipherContext, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

FRESH_SECONDS = 300.0
Query = Mapping[str, str]

_MAX_PARAMETERS = 30
_BLOCK = 32  # bytes: the platform pads to twice the block of AES
_HEAD = 20  # bytes before the message: 16 random ones, 4 of its length
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_ECHO = re.compile(r"[A-Za-z0-9+/=_-]{1,256}")


class NotFromWeChat(Exception):
    """Nothing proves that WeChat sent this to this account; answer 403. The message names the check, never the data."""


@dataclass(frozen=True)
class Opened:
    """A decrypted message, and the AES key it was under: a reply goes out under the same."""

    plain: bytes = field(repr=False)
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Sealed:
    """An encrypted reply with the signature over it; `timestamp` is in seconds of real time."""

    encrypted: str
    signature: str
    timestamp: int
    nonce: str


def url_signature(token: str, timestamp: str, nonce: str) -> str:
    """Return the `signature` of a handshake or of a message in plain mode, 40 hex digits."""
    return _sha1(token, timestamp, nonce)


def message_signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Return the `msg_signature` over an encrypted message or echostr in base64, 40 hex digits."""
    return _sha1(token, timestamp, nonce, encrypted)


def read_query(raw: str) -> Query:
    """Read a query string as it came over the wire. `+` is itself, not a blank: the echostr of WeCom is base64.

    Raises:
        NotFromWeChat: a parameter comes twice, or there are too many.
    """
    try:
        pairs = parse_qsl(raw.replace("+", "%2B"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise NotFromWeChat("too many parameters") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise NotFromWeChat("a parameter comes twice")
    return query


def random16() -> bytes:
    """Return what an encrypted message begins with: 16 printable random bytes."""
    return secrets.token_urlsafe(12).encode()


class Cipher:
    """AES-256-CBC as the platform uses it: 16 random bytes, the length, the message, and whom it is for.

    `aes_keys` are EncodingAESKeys of 43 characters: the current one, then the previous one while messages under it may
    still arrive. `receive_id` is the appid, in WeCom the corpid.

    Raises:
        ValueError: a key or the id cannot be one.
    """

    def __init__(self, aes_keys: Sequence[str], receive_id: str, start: Callable[[], bytes] = random16) -> None:
        if not all(_AES_KEY.fullmatch(key) for key in aes_keys):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        if not receive_id:
            raise ValueError("the appid or corpid is missing")
        self._keys = tuple(base64.b64decode(key + "=") for key in aes_keys)
        self._receive_id = receive_id.encode()
        self._start = start

    def decrypt(self, encrypted: str) -> Opened:
        """Decrypt base64 with whichever key fits; its signature must have been verified before.

        Raises:
            NotFromWeChat: it is not a whole message for this receive id under any of the keys.
        """
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except ValueError:
            raise NotFromWeChat("not base64") from None
        if len(sealed) % _BLOCK:
            raise NotFromWeChat("not whole blocks")
        for key in self._keys:
            plain = self._unpacked(_run(_aes(key).decryptor(), sealed))
            if plain is not None:
                return Opened(plain, key)
        raise NotFromWeChat("not encrypted for this account with its keys")

    def encrypt(self, plain: bytes, key: Optional[bytes] = None) -> str:
        """Encrypt a message under `key` of an `Opened`, or else under the current key; returns base64."""
        message = self._start() + len(plain).to_bytes(4, "big") + plain + self._receive_id
        padder = PKCS7(8 * _BLOCK).padder()
        padded = padder.update(message) + padder.finalize()
        return base64.b64encode(_run(_aes(key or self._keys[0]).encryptor(), padded)).decode()

    def _unpacked(self, padded: bytes) -> Optional[bytes]:
        unpadder = PKCS7(8 * _BLOCK).unpadder()
        try:
            message = unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            return None
        end = _HEAD + int.from_bytes(message[_HEAD - 4 : _HEAD], "big")
        receive_id = message[end:]  # empty if the length points beyond the end
        return message[_HEAD:end] if hmac.compare_digest(receive_id, self._receive_id) else None


class Keys:
    """The secrets of one account on the platform, and the checks made with them.

    Without `aes_keys` the account is in plain mode. `clock` tells real time in seconds; a request is fresh if its
    timestamp is at most `fresh_seconds` away, in either direction. A repeated nonce is not refused, since retries may
    carry it: they are recognised by `Incoming.dedupe_key`.

    Raises:
        ValueError: the token, a key or the receive id cannot be one.
    """

    def __init__(
        self,
        token: str,
        aes_keys: Sequence[str],
        receive_id: str,
        clock: Callable[[], float] = time.time,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        if not _TOKEN.fullmatch(token):
            raise ValueError("a token has 3 to 32 letters and digits")
        self.encrypted = bool(aes_keys)
        self._token = token
        self._cipher = Cipher(aes_keys, receive_id)
        self._clock = clock
        self._fresh_seconds = fresh_seconds

    def verify_url(self, query: Query) -> str:
        """Check the handshake of a 公众号 or mini program and return its echostr, which is the whole answer.

        Raises:
            NotFromWeChat: a parameter is missing or stale, or the signature is wrong. It does not cover the echostr, so
                one with other signs than those of base64 is not echoed either.
        """
        self.verify_plain(query)
        return _plain_echo(_needed(query, "echostr"))

    def verify_encrypted_url(self, query: Query) -> str:
        """Check the handshake of WeCom and return its decrypted echostr, which is the whole answer.

        Raises:
            NotFromWeChat: a parameter is missing or stale, the signature is wrong, or it is not for this account.
        """
        return _plain_echo(self.decrypt(query, _needed(query, "echostr")).plain.decode(errors="replace"))

    def verify_plain(self, query: Query) -> None:
        """Check the signature of a request in plain mode, which does not cover its body.

        Raises:
            NotFromWeChat: a parameter is missing or stale, or the signature is wrong.
        """
        timestamp, nonce = self._fresh(query)
        _compare(_needed(query, "signature"), url_signature(self._token, timestamp, nonce))

    def decrypt(self, query: Query, encrypted: str) -> Opened:
        """Check the signature over an encrypted message and only then decrypt it.

        Raises:
            NotFromWeChat: a parameter is missing or stale, the signature is wrong, or it is not for this account.
        """
        timestamp, nonce = self._fresh(query)
        _compare(_needed(query, "msg_signature"), message_signature(self._token, timestamp, nonce, encrypted))
        return self._cipher.decrypt(encrypted)

    def encrypt(self, plain: str, key: Optional[bytes] = None) -> Sealed:
        """Encrypt a reply under the key of the message it answers; sign it with a timestamp and nonce of its own."""
        encrypted = self._cipher.encrypt(plain.encode(), key)
        timestamp, nonce = int(self._clock()), str(secrets.randbelow(10**10))
        return Sealed(encrypted, message_signature(self._token, str(timestamp), nonce, encrypted), timestamp, nonce)

    def _fresh(self, query: Query) -> tuple[str, str]:
        timestamp, nonce = _needed(query, "timestamp"), _needed(query, "nonce")
        if not _TIMESTAMP.fullmatch(timestamp) or abs(self._clock() - int(timestamp)) > self._fresh_seconds:
            raise NotFromWeChat("the timestamp is not near the time of this machine")
        return timestamp, nonce


def _needed(query: Query, name: str) -> str:
    value = query.get(name, "")
    if not value or not value.isascii():
        raise NotFromWeChat(f"no usable parameter {name}")
    return value


def _plain_echo(echo: str) -> str:
    if not _ECHO.fullmatch(echo):
        raise NotFromWeChat("the echostr is not plain")
    return echo


def _compare(given: str, right: str) -> None:
    if not hmac.compare_digest(given, right):
        raise NotFromWeChat("the signature does not match")


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(errors="surrogatepass")).hexdigest()


def _run(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()


def _aes(key: bytes) -> BlockCipher:
    return BlockCipher(algorithms.AES(key), modes.CBC(key[:16]))
