"""Handshakes and the queries of requests: complete, unrepeated, fresh, and signed as they are."""
import itertools
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.channels.wechat.crypto import Cipher, Keys, NotFromWeChat, message_signature, read_query, url_signature
from tests.channels.wechat.peers import (
    AES_KEY,
    APPID,
    ECHO,
    NONCE,
    NOW,
    TOKEN,
    URL,
    VECTORS,
    WECOM_URL,
    account_of,
    keys,
    query_of,
)


def test_the_signature_of_the_url_does_not_stand_for_that_of_the_message() -> None:
    message = next(vector for vector in VECTORS if vector["id"] == "doc-safe-post-json")
    weaker = next(vector for vector in VECTORS if vector["id"] == "doc-safe-post-url-signature")["signature"]
    account = keys(message["aeskey"], token=message["token"], receive_id=message["receive_id"])
    for query in ({"msg_signature": weaker}, {"signature": weaker}, {"signature": message["msg_signature"]}):
        with pytest.raises(NotFromWeChat):
            account.decrypt({"timestamp": message["timestamp"], "nonce": message["nonce"], **query}, message["encrypt"])


def test_a_changed_sign_anywhere_in_the_query_is_refused() -> None:
    account = keys(AES_KEY)
    assert account.verify_url(URL) and account.verify_encrypted_url(WECOM_URL)
    for good, verify in ((URL, account.verify_url), (WECOM_URL, account.verify_encrypted_url)):
        for name in set(good) - ({"echostr"} if good is URL else set()):
            for place, sign in enumerate(good[name]):
                changed = good[name][:place] + ("0" if sign != "0" else "1") + good[name][place + 1 :]
                with pytest.raises(NotFromWeChat):
                    verify({**good, name: changed})


@pytest.mark.parametrize("distance", [0, 300, -300])
def test_a_request_is_good_for_five_minutes_around_its_time(distance: int) -> None:
    assert keys(now=NOW + distance).verify_url(URL) == "437512"
    assert keys(AES_KEY, now=NOW + distance).decrypt(WECOM_URL, ECHO).plain == b"5927782489442352469"


@pytest.mark.parametrize("distance", [301, -301, 600, -600, 10**9])
def test_an_old_or_future_request_is_refused(distance: int) -> None:
    with pytest.raises(NotFromWeChat):
        keys(now=NOW + distance).verify_url(URL)
    with pytest.raises(NotFromWeChat):
        keys(AES_KEY, now=NOW + distance).decrypt(WECOM_URL, ECHO)


def test_how_long_a_request_is_good_can_be_chosen() -> None:
    assert Keys(TOKEN, (), APPID, clock=lambda: NOW + 1000, fresh_seconds=1000).verify_url(URL)
    with pytest.raises(NotFromWeChat):
        Keys(TOKEN, (), APPID, clock=lambda: NOW + 11, fresh_seconds=10).verify_url(URL)


@pytest.mark.parametrize(
    "timestamp", [" 1714112445", "1714112445.0", "+1714112445", "１７１４１１２４４５", "1e9", "-1", "9" * 5000, "nan"]
)
def test_a_timestamp_is_whole_seconds(timestamp: str) -> None:
    with pytest.raises(NotFromWeChat):
        keys().verify_url({**URL, "timestamp": timestamp, "signature": url_signature(TOKEN, timestamp, NONCE)})


@pytest.mark.parametrize("name", URL)
def test_a_handshake_lacks_nothing_and_repeats_nothing(name: str) -> None:
    assert keys().verify_url(read_query(urlencode(URL))) == "437512"
    without = {other: value for other, value in URL.items() if other != name}
    twice = f"{urlencode(URL)}&{name}={URL[name]}"
    for bad in (urlencode(without), urlencode({**URL, name: ""}), twice, f"{name}&{urlencode(without)}"):
        with pytest.raises(NotFromWeChat):
            keys().verify_url(read_query(bad))


@pytest.mark.parametrize("name", WECOM_URL)
def test_a_handshake_of_wecom_lacks_nothing_and_repeats_nothing(name: str) -> None:
    without = {other: value for other, value in WECOM_URL.items() if other != name}
    for bad in (urlencode(without), urlencode({**WECOM_URL, name: ""}), urlencode(list(WECOM_URL.items()) * 2)):
        with pytest.raises(NotFromWeChat):
            keys(AES_KEY).verify_encrypted_url(read_query(bad))


@pytest.mark.parametrize("strange", ["中", "\ufffd", "\udc80", "\0"])
def test_letters_from_elsewhere_are_refused_in_every_parameter(strange: str) -> None:
    for good, verify in ((URL, keys().verify_url), (WECOM_URL, keys(AES_KEY).verify_encrypted_url)):
        for name in good:
            with pytest.raises(NotFromWeChat):
                verify({**good, name: strange})


def test_a_request_without_nonce_is_refused_even_if_it_is_signed() -> None:
    with pytest.raises(NotFromWeChat):
        keys().verify_url({**URL, "nonce": "", "signature": url_signature(TOKEN, str(NOW), "")})


@given(st.text(max_size=200))
def test_no_query_does_more_than_be_refused(raw: str) -> None:
    for verify in (keys().verify_url, keys(AES_KEY).verify_encrypted_url):
        with pytest.raises(NotFromWeChat):
            verify(read_query(raw))


def test_a_query_of_a_thousand_parameters_is_refused() -> None:
    with pytest.raises(NotFromWeChat):
        read_query("&".join(f"p{number}=1" for number in range(1000)))


def test_the_echostr_of_wecom_survives_the_url_with_its_plus() -> None:
    cipher = Cipher([AES_KEY], APPID)
    echo = next(echo for echo in (cipher.encrypt(b"1616140317555161061") for _ in itertools.count()) if "+" in echo)
    rest = {**WECOM_URL, "msg_signature": message_signature(TOKEN, str(NOW), NONCE, echo)}
    del rest["echostr"]
    for written in (urlencode({"echostr": echo}), f"echostr={echo}"):
        assert "+" in read_query(written)["echostr"]
        assert keys(AES_KEY).verify_encrypted_url(read_query(f"{urlencode(rest)}&{written}")) == "1616140317555161061"


def test_the_echostr_of_tencents_sample_is_answered() -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == "wecom-tencent-echostr")
    query = urlencode({**query_of(vector), "echostr": vector["encrypt"]})
    assert account_of(vector).verify_encrypted_url(read_query(query)) == vector["plaintext"]


@pytest.mark.parametrize("echo", ["<script>alert(1)</script>", "a b", "x" * 257, "1\r\n2", "中"])
def test_nothing_but_a_plain_echostr_comes_back(echo: str) -> None:
    with pytest.raises(NotFromWeChat):
        keys().verify_url({**URL, "echostr": echo})
    encrypted = Cipher([AES_KEY], APPID).encrypt(echo.encode())
    signature = message_signature(TOKEN, str(NOW), NONCE, encrypted)
    with pytest.raises(NotFromWeChat):
        keys(AES_KEY).verify_encrypted_url({**WECOM_URL, "msg_signature": signature, "echostr": encrypted})
