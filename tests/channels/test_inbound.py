"""What a client sends is made harmless before anything else sees it."""
import json
import unicodedata
from typing import Any

import pytest

from dengta.channels.errors import RefusedError
from dengta.channels.inbound import clean, read


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("  这个月还多少 \n", "这个月还多少"),
        ("第一行\r\n第二行\r第三行\u2028第四行", "第一行\n第二行\n第三行\n第四行"),
        ("还\x00多\u200b少\u202e？\ufeff", "还多少？"),
        ("半个\ud83d字", "半个字"),
        ("e\u0301", "é"),
        ("１２３", "１２３"),
        ("😀", "😀"),
        ("<b>你好</b>", "<b>你好</b>"),
        ("9/10 还款", "9/10 还款"),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        '/request_human{"x":1}',
        " \t\n/restart",
        "\u3000/restart",
        "\u200b/restart",
        "\u200b \ufeff/restart",
        "\x00/restart",
        "\u3164/restart",
        "\u2028/restart",
        "/\u0338restart",
        "//restart",
        "／restart",
    ],
)
def test_a_typed_command_is_only_text(typed: str) -> None:
    assert not clean(typed).lstrip().startswith("/")
    assert clean(typed).startswith("／")
    assert unicodedata.is_normalized("NFC", clean(typed))


@pytest.mark.parametrize("typed", ["", "   ", "\n\t", "\u200b\u200d\ufeff", "\x07", "\u3164\u2800"])
def test_a_message_nobody_could_see_is_empty(typed: str) -> None:
    with pytest.raises(RefusedError) as refused:
        clean(typed)
    assert refused.value.code == "empty_message"


def test_five_hundred_characters_are_the_limit() -> None:
    assert len(clean("还" * 500 + "\u200b" * 100)) == 500
    with pytest.raises(RefusedError) as refused:
        clean("还" * 501)
    assert refused.value.code == "too_long"


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"\xff\xfe\xff", "invalid_json"),
        (b"[" * 15000, "invalid_json"),
        ([], "invalid_message"),
        ([{"client_msg_id": "a", "text": "x"}], "invalid_message"),
        ("text", "invalid_message"),
        (None, "invalid_message"),
        ({"text": "你好"}, "invalid_message"),
        ({"client_msg_id": "a"}, "invalid_message"),
        ({"client_msg_id": "", "text": "你好"}, "invalid_message"),
        ({"client_msg_id": "a" * 65, "text": "你好"}, "invalid_message"),
        ({"client_msg_id": "a b", "text": "你好"}, "invalid_message"),
        ({"client_msg_id": "a\n", "text": "你好"}, "invalid_message"),
        ({"client_msg_id": 7, "text": "你好"}, "invalid_message"),
        ({"client_msg_id": "a", "text": 7}, "invalid_message"),
        ({"client_msg_id": "a", "text": ["你好"]}, "invalid_message"),
        ({"client_msg_id": "a", "text": "你好", "payload_id": "1-x"}, "invalid_message"),
        ({"client_msg_id": "a", "text": "", "command": "human"}, "invalid_message"),
        ({"client_msg_id": "a", "command": "restart"}, "invalid_message"),
        ({"client_msg_id": "a", "text": ""}, "empty_message"),
    ],
)
def test_a_malformed_body_is_named(body: Any, code: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RefusedError) as refused:
        read(raw)
    assert refused.value.code == code


def test_what_the_protocol_does_not_know_is_ignored() -> None:
    sent = read(b'{"client_msg_id": "a", "text": "hi", "sender": "victim", "metadata": {"customer_id": "C1"}}')
    assert (sent.client_msg_id, sent.text, sent.payload_id, sent.command) == ("a", "hi", None, None)
