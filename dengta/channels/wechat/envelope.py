"""From the body of a request to the fields WeChat sent, and from the fields of a reply to the body of the answer."""
from dataclasses import dataclass, field
from typing import Optional

from dengta.channels.wechat.crypto import Keys, NotFromWeChat, Query
from dengta.channels.wechat.wire import Fields, Layout, Malformed, build, layout_of, parse


@dataclass(frozen=True)
class Received:
    """A message that WeChat sent; `key` is the AES key it was under, None if it came in clear."""

    fields: Fields = field(repr=False)
    layout: Layout
    key: Optional[bytes] = field(repr=False)


def unwrap(keys: Keys, query: Query, raw: bytes) -> Received:
    """Verify a request and read its message.

    If the account has a key, only what is encrypted counts: not the clear fields beside it in compatible mode, not the
    `openid` of the query, and not the weaker `signature`.

    Raises:
        NotFromWeChat: unproven, or not in the mode of the account; answer 403.
        Malformed: proven but unreadable; answer `success`, since WeChat would only send it again.
    """
    mode = "aes" if keys.encrypted else "raw"
    if query.get("encrypt_type", mode) != mode:  # WeCom always encrypts and does not say so
        raise NotFromWeChat("not in the mode of this account")
    if not keys.encrypted:
        keys.verify_plain(query)
        return Received(parse(raw), layout_of(raw), None)
    opened = keys.decrypt(query, _encrypted_part(raw))
    return Received(parse(opened.plain), layout_of(raw), opened.key)


def wrap(keys: Keys, received: Received, reply: Fields) -> str:
    """Write the passive reply to a message in its layout, encrypted under its key if it was encrypted."""
    body = build(reply, received.layout)
    if received.key is None:
        return body
    sealed = keys.encrypt(body, received.key)
    envelope = {
        "Encrypt": sealed.encrypted,
        "MsgSignature": sealed.signature,
        "TimeStamp": sealed.timestamp,
        "Nonce": sealed.nonce,
    }
    return build(envelope, received.layout)


def _encrypted_part(raw: bytes) -> str:
    try:
        encrypted = parse(raw).get("Encrypt")
    except Malformed:
        raise NotFromWeChat("the envelope cannot be read") from None
    if not isinstance(encrypted, str):
        raise NotFromWeChat("the envelope is empty")
    return encrypted
