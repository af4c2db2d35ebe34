"""An account, the requests WeChat would send to it, and AES by hand, for the tests beside this file."""
import json
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import strategies as st

from dengta.channels.wechat.crypto import Cipher, Keys, message_signature, url_signature

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["vectors"]
TOKEN, APPID, NOW, NONCE = "AAAAA", "wxba5fad812f8e6fb9", 1714112445, "415670741"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLDER_AES_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"

URL = {"signature": url_signature(TOKEN, str(NOW), NONCE), "timestamp": str(NOW), "nonce": NONCE, "echostr": "437512"}
ECHO = Cipher([AES_KEY], APPID, start=lambda: b"0123456789abcdef").encrypt(b"5927782489442352469")
WECOM_URL = {
    "msg_signature": message_signature(TOKEN, str(NOW), NONCE, ECHO),
    "timestamp": str(NOW),
    "nonce": NONCE,
    "echostr": ECHO,
}


def keys(*aes_keys: str, token: str = TOKEN, receive_id: str = APPID, now: float = NOW) -> Keys:
    return Keys(token, aes_keys, receive_id, clock=lambda: now)


def query_of(vector: dict[str, Any]) -> dict[str, str]:
    names = ("timestamp", "nonce", "signature", "msg_signature", "echostr")
    return {name: vector[name] for name in names if name in vector}


def account_of(vector: dict[str, Any]) -> Keys:
    now = int(vector["timestamp"])
    return keys(vector["aeskey"], token=vector["token"], receive_id=vector["receive_id"], now=now)


def plain_query(**changes: Optional[str]) -> str:
    """The query of a request in plain mode, with parameters replaced, or left out where they are None."""
    return _query({"signature": url_signature(TOKEN, str(NOW), NONCE), "timestamp": str(NOW), "nonce": NONCE}, changes)


def safe_query(encrypted: str, **changes: Optional[str]) -> str:
    """The query of a request in safe mode, with parameters replaced, or left out where they are None."""
    given = {
        "signature": url_signature(TOKEN, str(NOW), NONCE),
        "timestamp": str(NOW),
        "nonce": NONCE,
        "encrypt_type": "aes",
        "msg_signature": message_signature(TOKEN, str(NOW), NONCE, encrypted),
    }
    return _query(given, changes)


def aes(key: bytes) -> BlockCipher:
    return BlockCipher(algorithms.AES(key), modes.CBC(key[:16]))


@st.composite
def texts(draw: st.DrawFn, longest: int = 4000) -> str:
    """Text of 1 to `longest` bytes in UTF-8 without characters that XML cannot carry as they are."""
    any_text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1)
    seed = draw(any_text | st.sampled_from(["还款", "🈶️👩‍👩‍👧"]))
    size = draw(st.integers(1, longest))
    cut = (seed * size).encode()[:size].decode(errors="ignore")
    return cut or "x" * size


def _query(given: dict[str, str], changes: dict[str, Optional[str]]) -> str:
    return urlencode({name: value for name, value in {**given, **changes}.items() if value is not None})
