"""XML and JSON: whatever comes is read alike or refused at once, and what goes out arrives as it was meant."""
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.channels.wechat.wire import MAX_BYTES, Layout, Malformed, build, layout_of, parse
from tests.channels.wechat.peers import texts

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY l0 "lol">{LAUGHS}]><xml><Content>&l9;</Content></xml>'


def test_both_layouts_read_alike() -> None:
    xml = """<xml>
      <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>
      <CreateTime>1714112445</CreateTime>
      <Location_X>23.134521</Location_X>
      <Content><![CDATA[ 借 & <还> ]]></Content>
      <EventKey/>
      <ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>
      <SendPicsInfo><Count>2</Count><PicList><item><Sum>a</Sum></item><item><Sum>b</Sum></item></PicList></SendPicsInfo>
    </xml>"""
    sent = """ {"ToUserName": "gh_97417a04a28d", "CreateTime": 1714112445, "Location_X": 23.134521,
      "Content": " 借 & <还> ", "EventKey": null, "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": 1},
      "SendPicsInfo": {"Count": 2, "PicList": {"item": [{"Sum": "a"}, {"Sum": "b"}]}}}"""
    assert parse(xml.encode()) == parse(sent.encode())
    assert parse(xml.encode()) == {
        "ToUserName": "gh_97417a04a28d",
        "CreateTime": "1714112445",
        "Location_X": "23.134521",
        "Content": " 借 & <还> ",
        "EventKey": "",
        "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"},
        "SendPicsInfo": {"Count": "2", "PicList": {"item": [{"Sum": "a"}, {"Sum": "b"}]}},
    }
    assert (layout_of(xml.encode()), layout_of(sent.encode())) == (Layout.XML, Layout.JSON)


def test_numbers_of_json_keep_every_digit() -> None:
    assert parse(b'{"MsgId": 23453454354354354359, "X": 1.10, "Y": 1e400, "Z": true}') == {
        "MsgId": "23453454354354354359",
        "X": "1.10",
        "Y": "1e400",
        "Z": "true",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"hello",
        b"[]",
        b"null",
        b"<xml>",
        b"<xml></xml>",
        b"<xml/>",
        b"<xml>text</xml>",
        b"<html><a>1</a></html>",
        b"<xml><a>1</b></xml>",
        b"<xml><a>1</a></xml><xml><a>1</a></xml>",
        b'{"a": 1',
        b'{"a": 1} {"a": 1}',
        b'{"a": 1, "a": 2}',
        b"{'a': 1}",
        BOMB.encode(),
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
        b'<!DOCTYPE xml [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e.dtd"> %e;]><xml><Content>1</Content></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/e.dtd"><xml><Content>1</Content></xml>',
        b"<!DOCTYPE xml><xml><Content>1</Content></xml>",
        b"<xml><Content>&unknown;</Content></xml>",
        b"<xml><Content>a\0b</Content></xml>",
        b"<xml><Content>&#0;</Content></xml>",
        b"<xml><Content>\x08</Content></xml>",
        b'{"Content": "a\0b"}',
        "<xml><Content>还款</Content></xml>".encode("gbk"),
        '{"Content": "还款"}'.encode("gbk"),
        '<?xml version="1.0" encoding="GBK"?><xml><Content>还款</Content></xml>'.encode("gbk"),
        b'<?xml version="1.0" encoding="GBK"?><xml><Content>1</Content></xml>',
        b'<?xml version="1.0" encoding = \'iso-8859-1\'?><xml><Content>\xc3\xa4</Content></xml>',
        b'<?xml version="1.0" encoding="no-such"?><xml><Content>1</Content></xml>',
        "<xml><Content>1</Content></xml>".encode("utf-16"),
        '{"Content": "1"}'.encode("utf-16"),
        b"<xml><Content>\xff\xfe</Content></xml>",
        b"<xml><Content>\xed\xa0\x80</Content></xml>",
        b"<xml>" + b"<a>" * 9 + b"</a>" * 9 + b"</xml>",
        b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>",
        b'{"a":' * 9 + b"1" + b"}" * 9,
        b'{"a":' * 10000 + b"1" + b"}" * 10000,
        b'{"a":' + b"[" * 60000,
        b"<xml><Content>" + b"x" * 1_000_000 + b"</Content></xml>",
        b'{"Content": "' + b"x" * 1_000_000 + b'"}',
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_what_is_no_message_is_refused_without_being_told(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse(raw)
    assert len(str(refused.value)) < 50 and "Content" not in str(refused.value)


NOISE = st.binary(max_size=300) | (st.text(max_size=100) | st.text("<xml/>&;![CDATA]{}\":,'")).map(str.encode)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(NOISE | NOISE.map(lambda noise: b"<xml>" + noise + b"</xml>"))
def test_no_body_does_more_than_be_refused(raw: bytes) -> None:
    try:
        fields = parse(raw)
    except Malformed:
        return
    assert isinstance(fields, dict)


@given(VALUES)
def test_any_json_object_becomes_text(value: Any) -> None:
    try:
        fields = parse(json.dumps({"value": value}).encode())
    except Malformed:
        return
    assert all(isinstance(leaf, str) for leaf in leaves(fields))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (dict, list)):
        return [leaf for inner in (value.values() if isinstance(value, dict) else value) for leaf in leaves(inner)]
    return [value]


def test_the_largest_body_is_read() -> None:
    content = "x" * (MAX_BYTES - len("<xml><Content></Content></xml>"))
    assert parse(f"<xml><Content>{content}</Content></xml>".encode()) == {"Content": content}
    with pytest.raises(Malformed):
        parse(f"<xml><Content>{content}x</Content></xml>".encode())


def test_the_encoding_may_be_declared() -> None:
    body = '<?xml version="1.0" encoding="UTF-8" ?><xml><Content>还款</Content></xml>'
    assert parse(body.encode()) == {"Content": "还款"}


def test_characters_no_database_or_xml_can_hold_are_left_out_of_json() -> None:
    assert parse(rb'{"Content": "a\u0000b\ud83dc\ud83d\ude00\u0007"}') == {"Content": "abc😀"}


MARKUP = st.lists(st.sampled_from(["]", ">", "]]>", "<![CDATA[", "</xml>", "a", "\0", "\ud800"])).map("".join)


@given(texts(200) | MARKUP)
def test_text_arrives_as_it_was_meant(text: str) -> None:
    carried = text.replace("\0", "").replace("\ud800", "")
    fields = {"Content": text, "CreateTime": 17, "Image": {"MediaId": text}}
    arriving = {"Content": carried, "CreateTime": 17, "Image": {"MediaId": carried}}
    xml = ElementTree.fromstring(build(fields, Layout.XML))
    assert [child.tag for child in xml] == list(fields)
    assert [xml.findtext(path) for path in ("Content", "CreateTime", "Image/MediaId")] == [carried, "17", carried]
    assert json.loads(build(fields, Layout.JSON)) == arriving
    for layout in Layout:
        assert parse(build(fields, layout).encode())["Content"] == carried


def test_an_answer_cannot_be_made_into_another_one_by_what_it_quotes() -> None:
    quoted = "]]></Content><MsgType><![CDATA[transfer_customer_service]]></MsgType><Content><![CDATA["
    for text in (quoted, quoted.replace("]]>", "]]\0>"), quoted.replace("]]>", "]\x01]>")):
        xml = ElementTree.fromstring(build({"MsgType": "text", "Content": text}, Layout.XML))
        assert [child.tag for child in xml] == ["MsgType", "Content"]
        assert xml.findtext("Content") == quoted


def test_json_is_written_in_plain_letters() -> None:
    assert build({"Content": "还款😀"}, Layout.JSON) == '{"Content": "还款😀"}'
