"""Only WeChat gets in: official vectors, an independent peer, and everything that was tampered with."""
import base64
import itertools
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from dengta.channels.wechat.crypto import (
    Cipher,
    Keys,
    NotFromWeChat,
    message_signature,
    random16,
    read_query,
    url_signature,
)
from tests.channels.wechat.peers import (
    AES_KEY,
    APPID,
    ECHO,
    NONCE,
    NOW,
    OLDER_AES_KEY,
    TOKEN,
    VECTORS,
    WECOM_URL,
    account_of,
    aes,
    keys,
    query_of,
    safe_query,
    texts,
)

RAW_KEY = base64.b64decode(AES_KEY + "=")
SIGNED = [vector for vector in VECTORS if vector["kind"] == "url_signature"]
ENCRYPTED = [vector for vector in VECTORS if vector["kind"] != "url_signature"]


def named(vector: dict[str, Any]) -> str:
    return vector["id"]


def sealed(padded: bytes) -> str:
    """Encrypt a plaintext whose padding was made by hand."""
    return base64.b64encode(aes(RAW_KEY).encryptor().update(padded)).decode()


def padded(message: bytes) -> bytes:
    missing = 32 - len(message) % 32
    return message + bytes([missing]) * missing


def layout(plain: bytes, length: int, receive_id: str = APPID) -> bytes:
    return b"r" * 16 + length.to_bytes(4, "big") + plain + receive_id.encode()


def test_no_vector_is_lost() -> None:
    assert (len(SIGNED), len(ENCRYPTED)) == (4, 13)


@pytest.mark.parametrize("vector", SIGNED, ids=named)
def test_the_platforms_signatures_are_computed_and_accepted(vector: dict[str, Any]) -> None:
    assert url_signature(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]
    account = keys(token=vector["token"], now=int(vector["timestamp"]))
    account.verify_plain(query_of(vector))
    if "echostr" in vector:
        assert account.verify_url(query_of(vector)) == vector["echostr"]
    with pytest.raises(NotFromWeChat):
        account.verify_plain({**query_of(vector), "signature": vector["signature"][::-1]})


@pytest.mark.parametrize("vector", ENCRYPTED, ids=named)
def test_the_platforms_messages_decrypt_and_encrypt_to_the_same_bytes(vector: dict[str, Any]) -> None:
    key = base64.b64decode(vector["aeskey"] + "=")
    start = aes(key).decryptor().update(base64.b64decode(vector["encrypt"]))[:16]
    assert vector["kind"] == "decrypt" or start.decode() == vector["random16"]
    cipher = Cipher([vector["aeskey"]], vector["receive_id"], start=lambda: start)
    assert cipher.decrypt(vector["encrypt"]).plain.decode() == vector["plaintext"]
    assert cipher.encrypt(vector["plaintext"].encode()) == vector["encrypt"]


@pytest.mark.parametrize("vector", [vector for vector in ENCRYPTED if "msg_signature" in vector], ids=named)
def test_the_platforms_signed_messages_get_in(vector: dict[str, Any]) -> None:
    signed = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert message_signature(*signed) == vector["msg_signature"]
    assert account_of(vector).decrypt(query_of(vector), vector["encrypt"]).plain.decode() == vector["plaintext"]
    with pytest.raises(NotFromWeChat):
        account_of({**vector, "receive_id": "wx0000000000000000"}).decrypt(query_of(vector), vector["encrypt"])


def peer_decrypts(encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    return WeChatCrypto(TOKEN, AES_KEY, APPID).decrypt_message({"Encrypt": encrypted}, signature, timestamp, nonce)


def assert_padded_as_documented(encrypted: str) -> int:
    """The peer does not look at the padding, so it is looked at here; returns its length."""
    plain = aes(RAW_KEY).decryptor().update(base64.b64decode(encrypted))
    assert len(plain) % 32 == 0 and 1 <= plain[-1] <= 32
    assert plain.endswith(plain[-1:] * plain[-1])
    return plain[-1]


@given(texts())
def test_what_we_encrypt_an_independent_peer_reads(text: str) -> None:
    reply = keys(AES_KEY).encrypt(text)
    assert_padded_as_documented(reply.encrypted)
    assert peer_decrypts(reply.encrypted, reply.signature, str(reply.timestamp), reply.nonce) == text


@given(texts())
def test_what_an_independent_peer_encrypts_we_read(text: str) -> None:
    encrypted = PrpCrypto(RAW_KEY).encrypt(text, APPID).decode()
    assert keys(AES_KEY).decrypt(read_query(safe_query(encrypted)), encrypted).plain.decode() == text


def test_every_padding_goes_both_ways() -> None:
    pads = set()
    for size in range(1, 33):
        reply = keys(AES_KEY).encrypt("x" * size)
        pads.add(assert_padded_as_documented(reply.encrypted))
        assert peer_decrypts(reply.encrypted, reply.signature, str(reply.timestamp), reply.nonce) == "x" * size
        from_peer = PrpCrypto(RAW_KEY).encrypt("x" * size, APPID).decode()
        assert Cipher([AES_KEY], APPID).decrypt(from_peer).plain == b"x" * size
    assert pads == set(range(1, 33))


def test_the_random_start_is_never_the_same_and_has_16_bytes() -> None:
    starts = {random16() for _ in range(1000)}
    assert len(starts) == 1000 and {len(start) for start in starts} == {16}


def test_a_flipped_bit_anywhere_in_a_message_is_refused() -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == "oa-tencent-sample-compat-message")
    account, query, raw = account_of(vector), query_of(vector), base64.b64decode(vector["encrypt"])
    cipher = Cipher([vector["aeskey"]], vector["receive_id"])
    for place, bit in itertools.product(range(len(raw)), (0x01, 0x80)):
        flipped = base64.b64encode(raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]).decode()
        with pytest.raises(NotFromWeChat):
            account.decrypt(query, flipped)
        with suppress(NotFromWeChat):  # without the signature a change may go unseen, but it raises nothing else
            assert cipher.decrypt(flipped).plain.decode(errors="replace") != vector["plaintext"]


@pytest.mark.parametrize(
    "encrypted",
    [
        "",
        "A",
        "AAAA",
        "not base64!",
        "中文",
        "\ud800",
        ECHO + "\n",
        ECHO[:-4],
        base64.b64encode(b"x" * 48).decode(),
        sealed(layout(b"", 0)[:32]),
        sealed(padded(b"")),
        sealed(padded(b"short")),
        sealed(padded(layout(b"text", 5))),
        sealed(padded(layout(b"text", 3))),
        sealed(padded(layout(b"text", 4 + len(APPID)))),
        sealed(padded(layout(b"text", 0x7FFFFFFF))),
        sealed(padded(layout(b"text", 0xFFFFFFFF))),
        sealed(padded(layout(b"text", 4, ""))),
        sealed(padded(layout(b"text", 4, "wx0000000000000000"))),
        sealed(padded(layout(b"text", 4, APPID + "\0"))),
    ],
)
def test_what_is_no_whole_message_for_this_account_is_refused_though_signed(encrypted: str) -> None:
    with pytest.raises(NotFromWeChat):
        Cipher([AES_KEY], APPID).decrypt(encrypted)
    signature = message_signature(TOKEN, str(NOW), NONCE, encrypted)
    with pytest.raises(NotFromWeChat):
        keys(AES_KEY).decrypt({**WECOM_URL, "msg_signature": signature}, encrypted)


def test_the_padding_is_looked_at_to_its_last_byte() -> None:
    good = padded(layout(b"text", 4, APPID))
    assert good[-1] > 2 and Cipher([AES_KEY], APPID).decrypt(sealed(good)).plain == b"text"
    longer = good[: -good[-1]] + bytes(32 + good[-1])
    for bad in (
        good[: -good[-1]] + b"\1" + good[-good[-1] + 1 :],
        good[:-2] + b"\1" + good[-1:],
        good[:-1] + b"\0",
        good[:-1] + bytes([good[-1] + 1]),
        longer[:-1] + bytes([32 + good[-1]]),
        longer[: -32 - good[-1]] + bytes([32 + good[-1]]) * (32 + good[-1]),
        good[:-1] + b"\xff",
    ):
        with pytest.raises(NotFromWeChat):
            Cipher([AES_KEY], APPID).decrypt(sealed(bad))


def test_both_keys_work_while_they_are_exchanged_and_a_reply_uses_the_one_of_its_message() -> None:
    rotating, old, new = (Cipher(chosen, APPID) for chosen in ([AES_KEY, OLDER_AES_KEY], [OLDER_AES_KEY], [AES_KEY]))
    for sender, other in ((old, new), (new, old)):
        opened = rotating.decrypt(sender.encrypt(b"hello"))
        assert opened.plain == b"hello"
        reply = rotating.encrypt(b"answer", opened.key)
        assert sender.decrypt(reply).plain == b"answer"
        with pytest.raises(NotFromWeChat):
            other.decrypt(reply)
    assert new.decrypt(rotating.encrypt(b"first")).plain == b"first"


def test_a_wrong_key_is_refused() -> None:
    with pytest.raises(NotFromWeChat):
        Cipher([OLDER_AES_KEY], APPID).decrypt(ECHO)


def test_a_reply_is_signed_with_its_own_time_and_nonce() -> None:
    first, second = keys(AES_KEY, now=NOW + 7.9).encrypt("a"), keys(AES_KEY).encrypt("a")
    assert first.timestamp == NOW + 7 and first.nonce != second.nonce != NONCE
    assert first.signature == message_signature(TOKEN, str(first.timestamp), first.nonce, first.encrypted)


@pytest.mark.parametrize(
    ("token", "aes_keys", "receive_id"),
    [
        ("", [AES_KEY], APPID),
        ("ab", [AES_KEY], APPID),
        ("with blank", [AES_KEY], APPID),
        (TOKEN, [AES_KEY[:-1]], APPID),
        (TOKEN, [AES_KEY, ""], APPID),
        (TOKEN, [AES_KEY[:-1] + "="], APPID),
        (TOKEN, [AES_KEY], ""),
    ],
)
def test_settings_that_cannot_be_right_are_not_taken_nor_shown(
    token: str, aes_keys: list[str], receive_id: str
) -> None:
    with pytest.raises(ValueError) as refused:
        Keys(token, aes_keys, receive_id)
    assert not any(secret and secret in str(refused.value) for secret in [token, *aes_keys, receive_id])


def test_neither_errors_nor_representations_tell_secrets_or_texts() -> None:
    account = keys(AES_KEY)
    opened = account.decrypt(WECOM_URL, ECHO)
    shown = [repr(opened), repr(account)]
    for wrong in ({"msg_signature": "0" * 40}, {"timestamp": "17"}, {"nonce": ""}):
        with pytest.raises(NotFromWeChat) as refused:
            account.decrypt({**WECOM_URL, **wrong}, ECHO)
        shown.append(repr(refused.value))
    secrets = [TOKEN, AES_KEY, ECHO, NONCE, "5927782489442352469", repr(opened.key), WECOM_URL["msg_signature"]]
    assert [secret for secret in secrets if secret in json.dumps(shown)] == []
