"""The whole way in and out: mode of the account, envelope, verification, layout, and the reply's own encryption."""
import json
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto, _get_signature

from dengta.channels.wechat import replies
from dengta.channels.wechat.crypto import Cipher, NotFromWeChat, read_query
from dengta.channels.wechat.envelope import Received, unwrap, wrap
from dengta.channels.wechat.reading import read
from dengta.channels.wechat.wire import Layout, Malformed, build, parse
from tests.channels.wechat.peers import (
    AES_KEY,
    APPID,
    NONCE,
    NOW,
    OLDER_AES_KEY,
    TOKEN,
    VECTORS,
    account_of,
    keys,
    plain_query,
    safe_query,
    texts,
)

OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
FIELDS = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": NOW, "MsgType": "text", "MsgId": 7}


def envelope(encrypted: str, layout: Layout, **clear: Any) -> bytes:
    return build({"ToUserName": "gh_1", **clear, "Encrypt": encrypted}, layout).encode()


def encrypt(plain: bytes, aes_key: str = AES_KEY, receive_id: str = APPID) -> str:
    return Cipher([aes_key], receive_id).encrypt(plain)


def content(received: Received) -> str:
    return received.fields["Content"]


@given(texts(1000))
def test_a_message_of_the_peer_is_read_and_the_peer_reads_the_reply(text: str) -> None:
    peer, account = WeChatCrypto(TOKEN, AES_KEY, APPID), keys(AES_KEY)
    body = build(FIELDS, Layout.XML).replace("</xml>", f"<Content>{escape(text)}</Content></xml>")
    raw = peer.encrypt_message(body, NONCE, str(NOW))
    signature = ElementTree.fromstring(raw).findtext("MsgSignature")
    received = unwrap(account, read_query(safe_query("", msg_signature=signature)), raw.encode())
    assert content(received) == text and received.layout is Layout.XML
    message = read(received.fields, APPID)
    answer = ElementTree.fromstring(wrap(account, received, replies.text(message, text, NOW + 1)))
    sent = [answer.findtext(name) for name in ("MsgSignature", "TimeStamp", "Nonce")]
    inner = peer.decrypt_message(ElementTree.tostring(answer, encoding="unicode"), *sent)
    reply = ElementTree.fromstring(inner)
    assert reply.findtext("Content") == text
    assert (reply.findtext("ToUserName"), reply.findtext("FromUserName")) == (OPENID, "gh_1")


@given(texts(1000))
def test_the_same_in_json(text: str) -> None:
    peer, account = PrpCrypto(WeChatCrypto(TOKEN, AES_KEY, APPID).key), keys(AES_KEY)
    encrypted = peer.encrypt(json.dumps({**FIELDS, "Content": text}), APPID).decode()
    query = read_query(safe_query("", msg_signature=_get_signature(TOKEN, str(NOW), NONCE, encrypted)))
    received = unwrap(account, query, json.dumps({"ToUserName": "gh_1", "Encrypt": encrypted}).encode())
    assert content(received) == text and received.layout is Layout.JSON
    answer = json.loads(wrap(account, received, replies.text(read(received.fields, APPID), text, NOW)))
    assert answer["MsgSignature"] == _get_signature(TOKEN, str(answer["TimeStamp"]), answer["Nonce"], answer["Encrypt"])
    assert json.loads(peer.decrypt(answer["Encrypt"], APPID)) == {
        "ToUserName": OPENID,
        "FromUserName": "gh_1",
        "CreateTime": NOW,
        "MsgType": "text",
        "Content": text,
    }


@pytest.mark.parametrize("name", ["doc-safe-post-json", "doc-component-post-xml", "wecom-tencent-message"])
def test_requests_of_the_documentation_get_in(name: str) -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == name)
    account = account_of(vector)
    query = {key: vector[key] for key in ("timestamp", "nonce", "msg_signature")}  # WeCom sends no encrypt_type
    layout = Layout.JSON if name.endswith("json") else Layout.XML
    fields = unwrap(account, query, envelope(vector["encrypt"], layout)).fields
    assert fields["FromUserName"] in vector["plaintext"] and fields["CreateTime"] in vector["plaintext"]


@pytest.mark.parametrize("layout", Layout)
def test_plain_mode_goes_both_ways(layout: Layout) -> None:
    for query in (plain_query(), plain_query(encrypt_type="raw")):
        received = unwrap(keys(), read_query(query), build({**FIELDS, "Content": "还款"}, layout).encode())
        assert content(received) == "还款" and received.layout is layout
        reply = replies.text(read(received.fields, APPID), "好", NOW)
        assert wrap(keys(), received, reply) == build(reply, layout)


def test_a_plain_reply_is_one_the_peer_reads() -> None:
    received = unwrap(keys(), read_query(plain_query()), build({**FIELDS, "Content": "1"}, Layout.XML).encode())
    reply = parse_message(wrap(keys(), received, replies.text(read(received.fields, APPID), "好的", NOW)))
    assert (reply.source, reply.target, reply.content, reply.time) == ("gh_1", OPENID, "好的", NOW)


@pytest.mark.parametrize("layout", Layout)
def test_an_account_with_a_key_takes_nothing_in_clear(layout: Layout) -> None:
    body = build({**FIELDS, "Content": "1"}, layout).encode()
    encrypted = encrypt(body)
    for query, raw in (
        (plain_query(), body),
        (plain_query(encrypt_type="raw"), body),
        (safe_query("", msg_signature=None), body),
        (safe_query(encrypted), body),
        (safe_query(encrypted, encrypt_type="raw"), envelope(encrypted, layout)),
        (safe_query(encrypted, encrypt_type=""), envelope(encrypted, layout)),
        (safe_query(encrypted, encrypt_type="des"), envelope(encrypted, layout)),
        (safe_query(encrypted, msg_signature=None), envelope(encrypted, layout)),
        (plain_query(encrypt_type="aes"), envelope(encrypted, layout)),
    ):
        with pytest.raises(NotFromWeChat):
            unwrap(keys(AES_KEY), read_query(query), raw)
    assert content(unwrap(keys(AES_KEY), read_query(safe_query(encrypted)), envelope(encrypted, layout))) == "1"


def test_an_account_without_a_key_takes_nothing_that_is_encrypted() -> None:
    encrypted = encrypt(b"{}")
    with pytest.raises(NotFromWeChat):
        unwrap(keys(), read_query(safe_query(encrypted)), envelope(encrypted, Layout.XML, Content="1"))


@pytest.mark.parametrize("layout", Layout)
def test_in_compatible_mode_only_the_encrypted_part_counts(layout: Layout) -> None:
    encrypted = encrypt(build({**FIELDS, "Content": "true"}, layout).encode())
    raw = envelope(encrypted, layout, FromUserName="o_somebody_else", Content="forged")
    received = unwrap(keys(AES_KEY), read_query(safe_query(encrypted, openid="o_somebody_else")), raw)
    message = read(received.fields, APPID)
    assert (message.sender, content(received)) == (OPENID, "true")


@pytest.mark.parametrize("layout", Layout)
def test_a_reply_is_under_the_key_of_its_message_while_keys_are_exchanged(layout: Layout) -> None:
    account = keys(AES_KEY, OLDER_AES_KEY)
    for aes_key, other in ((AES_KEY, OLDER_AES_KEY), (OLDER_AES_KEY, AES_KEY)):
        encrypted = encrypt(build({**FIELDS, "Content": "1"}, layout).encode(), aes_key)
        received = unwrap(account, read_query(safe_query(encrypted)), envelope(encrypted, layout))
        answer = wrap(account, received, replies.text(read(received.fields, APPID), "好", NOW))
        sealed = parse(answer.encode())["Encrypt"]
        assert "好".encode() in Cipher([aes_key], APPID).decrypt(sealed).plain
        with pytest.raises(NotFromWeChat):
            Cipher([other], APPID).decrypt(sealed)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<xml><ToUserName>gh_1</ToUserName></xml>",
        b"<xml><Encrypt/><a/></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>a</Encrypt></xml>",
        b"<xml><Encrypt><a>1</a></Encrypt></xml>",
        b'{"Encrypt": ["a"]}',
        b'{"Encrypt": "\\u4e2d\\ud800"}',
        b"<xml><Encrypt>%s</Encrypt></xml>" % (b"A" * 70_000),
        b"<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_an_envelope_that_holds_nothing_is_not_from_wechat(raw: bytes) -> None:
    with pytest.raises(NotFromWeChat):
        unwrap(keys(AES_KEY), read_query(safe_query("a")), raw)


@pytest.mark.parametrize("plain", [b"", b"hello", b"<xml><a>\xff</a></xml>", b"<!DOCTYPE xml><xml><a>1</a></xml>"])
def test_what_wechat_surely_sent_but_cannot_be_read_is_told_apart(plain: bytes) -> None:
    encrypted = encrypt(plain)
    with pytest.raises(Malformed):
        unwrap(keys(AES_KEY), read_query(safe_query(encrypted)), envelope(encrypted, Layout.XML))
    with pytest.raises(Malformed):
        unwrap(keys(), read_query(plain_query()), plain)


def test_a_body_is_not_looked_at_before_the_request_is_verified() -> None:
    with pytest.raises(NotFromWeChat):
        unwrap(keys(), read_query(plain_query(signature="0" * 40)), b"hello")


def test_what_is_received_does_not_show_texts_or_keys() -> None:
    encrypted = encrypt(build({**FIELDS, "Content": "secret"}, Layout.XML).encode())
    received = unwrap(keys(AES_KEY), read_query(safe_query(encrypted)), envelope(encrypted, Layout.XML))
    assert "secret" not in repr(received) and OPENID not in repr(received) and repr(received.key) not in repr(received)
