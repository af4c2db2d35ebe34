"""What a log line may not carry: customers' data, secrets, queries of addresses, messages of exceptions."""
import io
import logging
from typing import Iterator

import pytest

from dengta.logs import Formatter, configure


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Everything that is logged while a test runs, as an operator reads it."""
    text = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure()
    [handler] = root.handlers
    handler.setStream(text)  # type: ignore[attr-defined]
    yield text
    root.handlers[:], root.level = handlers, level


log = logging.getLogger("somebody.else")


@pytest.mark.parametrize(
    "personal",
    [
        "19900000012",
        "199 0000 0012",
        "一九九零零零零零零一二",
        "990101199001010019",
        "6200001234567892",
        "wang.fang@example.com",
        "浙江省杭州市西湖区灯芯巷12号3幢501室",
    ],
)
def test_personal_data_does_not_reach_the_stream(stream: io.StringIO, personal: str) -> None:
    log.warning("could not read %s", personal)
    log.warning({"body": [personal]})
    assert len(stream.getvalue().splitlines()) == 2
    assert personal not in stream.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        "WeChat refuses every call (errcode 40164): answering only passively",
        "a message was given up: Refused, errcode 61451",
        "message log unavailable (OperationalError), next try in 0.5 s",
    ],
)
def test_what_operators_need_stays_readable(stream: io.StringIO, line: str) -> None:
    log.warning(line)
    assert stream.getvalue().endswith(f"{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "GET https://api.example/cgi-bin/user/info?access_token=SeCrEt-77_x&openid=oSeCrEt returned 500",
        "GET /cgi-bin/token?grant_type=client_credential&appid=wx1&secret=SeCrEt",
        "access_token=SeCrEt",
        '{"access_token": "SeCrEt", "expires_in": 7200}',
        "{'corpsecret': 'SeCrEt'}",
        "Authorization: Bearer SeCrEt.x.y",
        "postgresql://dengta:SeCrEt@127.0.0.1:5432/dengta",
        "msg_signature=SeCrEt nonce=1",
        "EncodingAESKey: SeCrEt",
    ],
)
def test_secrets_and_queries_do_not_reach_the_stream(stream: io.StringIO, line: str) -> None:
    log.error("%s", line)
    assert "***" in stream.getvalue()
    assert "SeCrEt" not in stream.getvalue()


def test_what_an_operator_needs_stays(stream: io.StringIO) -> None:
    line = "answering on http://127.0.0.1:5005/ after 12.5 s, errcode 40001, tokens: 12 (KeyError at contacts.py:41)"
    log.info(line)
    assert stream.getvalue().endswith(f" INFO somebody.else: {line}\n")


def test_an_exception_is_told_by_class_and_place_only(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError("王小芳 19900000012")
        except ValueError as error:
            raise KeyError("SeCrEt") from error
    except KeyError:
        log.exception("failed")
    told = stream.getvalue()
    assert "KeyError" in told and "ValueError" in told and "test_logs.py" in told
    assert not any(secret in told for secret in ("王小芳", "0012", "SeCrEt"))


def test_a_record_is_scrubbed_whatever_its_arguments() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%(phone)s", ({"phone": "19900000012"},), None)
    assert "199****0012" in Formatter().format(record)
