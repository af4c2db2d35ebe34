"""Every kind of push becomes a type, every unknown one a name, and every repetition is known."""
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message

from dengta.channels.wechat.messages import (
    Click,
    EnteredTempSession,
    Event,
    Image,
    Incoming,
    KfNotice,
    KfSessionClosed,
    KfSessionCreated,
    KfSessionSwitched,
    Link,
    Location,
    Message,
    MiniProgramPage,
    Position,
    Scan,
    Subscribe,
    TemplateSent,
    Text,
    UnknownEvent,
    UnknownMessage,
    Unsubscribe,
    Video,
    View,
    Voice,
)
from dengta.channels.wechat.reading import read, read_kf_notice
from dengta.channels.wechat.wire import Layout, Malformed, build, parse
from dengta.clock import SHANGHAI

APPID = "wxba5fad812f8e6fb9"
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
SHARED = {"ToUserName": "gh_97417a04a28d", "FromUserName": OPENID, "CreateTime": 1714112445}


def message(kind: str, **fields: Any) -> dict[str, Any]:
    return {**SHARED, "MsgType": kind, "MsgId": 6054768590064713728, **fields}


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {**SHARED, "MsgType": "event", "Event": name, **fields}


def sent(fields: Mapping[str, Any], layout: Layout = Layout.XML, appid: str = APPID) -> Incoming:
    return read(parse(build(fields, layout).encode()), appid)


PUSHES = [
    (message("text", Content="还款"), Text, {"content": "还款", "menu_id": ""}),
    (message("text", Content="满意", bizmsgmenuid=101), Text, {"content": "满意", "menu_id": "101"}),
    (message("image", PicUrl="http://p/1", MediaId="m"), Image, {"url": "http://p/1", "media_id": "m"}),
    (
        message("voice", MediaId="m", MediaId16K="k", Format="amr", Recognition="查额度"),
        Voice,
        {"media_id": "m", "media_id_16k": "k", "format": "amr", "recognition": "查额度"},
    ),
    (message("voice", MediaId="m", Format="amr", Recognition=""), Voice, {"recognition": "", "media_id_16k": ""}),
    (message("video", MediaId="m", ThumbMediaId="t"), Video, {"media_id": "m", "thumb_media_id": "t"}),
    (message("shortvideo", MediaId="m", ThumbMediaId="t"), Video, {"media_id": "m", "thumb_media_id": "t"}),
    (
        message("location", Location_X="23.134521", Location_Y="113.358803", Scale=20, Label="广州"),
        Location,
        {"latitude": "23.134521", "longitude": "113.358803", "scale": "20", "label": "广州"},
    ),
    (
        message("link", Title="t", Description="d", Url="https://u"),
        Link,
        {"title": "t", "description": "d", "url": "https://u"},
    ),
    (
        message("miniprogrampage", Title="t", AppId="wx1", PagePath="p", ThumbUrl="u", ThumbMediaId="m"),
        MiniProgramPage,
        {"title": "t", "page_appid": "wx1", "path": "p", "thumb_url": "u", "thumb_media_id": "m"},
    ),
    (message("text", MsgId="49d72d67b16d115e_1555684067"), Text, {"msg_id": "49d72d67b16d115e_1555684067"}),
    (message("hologram", Content="secret"), UnknownMessage, {"kind": "hologram"}),
    (event("subscribe", EventKey=""), Subscribe, {"scene": "", "ticket": ""}),
    (event("subscribe"), Subscribe, {"scene": "", "ticket": ""}),
    (event("subscribe", EventKey="qrscene_branch_7", Ticket="T"), Subscribe, {"scene": "branch_7", "ticket": "T"}),
    (event("subscribe", EventKey="last_trade_no_1"), Subscribe, {"scene": ""}),
    (event("unsubscribe", EventKey=""), Unsubscribe, {}),
    (event("SCAN", EventKey=7, Ticket="T"), Scan, {"scene": "7", "ticket": "T"}),
    (event("CLICK", EventKey="repay"), Click, {"key": "repay"}),
    (event("VIEW", EventKey="https://u", MenuId="1"), View, {"url": "https://u", "menu_id": "1"}),
    (
        event("LOCATION", Latitude="23.13", Longitude="113.35", Precision="119.38"),
        Position,
        {"latitude": "23.13", "longitude": "113.35", "precision": "119.38"},
    ),
    (
        event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status="failed:user block"),
        TemplateSent,
        {"template_msg_id": "200163836", "status": "failed:user block"},
    ),
    (event("kf_create_session", KfAccount="a@b"), KfSessionCreated, {"kf_account": "a@b"}),
    (event("kf_close_session", KfAccount="a@b"), KfSessionClosed, {"kf_account": "a@b"}),
    (
        event("kf_switch_session", FromKfAccount="a@b", ToKfAccount="c@b"),
        KfSessionSwitched,
        {"from_kf_account": "a@b", "to_kf_account": "c@b"},
    ),
    (event("user_enter_tempsession", SessionFrom="page"), EnteredTempSession, {"session_from": "page"}),
    (event("scancode_push", ScanCodeInfo={"ScanResult": "1"}), UnknownEvent, {"kind": "scancode_push"}),
    (event("debug_demo", debug_str="secret"), UnknownEvent, {"kind": "debug_demo"}),
    ({**SHARED, "MsgType": "event"}, UnknownEvent, {"kind": ""}),
    (dict(SHARED), UnknownMessage, {"kind": ""}),
]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(("fields", "kind", "expected"), PUSHES, ids=lambda value: getattr(value, "__name__", ""))
def test_every_push_becomes_its_type(
    fields: dict[str, Any], kind: type[Incoming], expected: dict[str, str], layout: Layout
) -> None:
    incoming = sent(fields, layout)
    assert type(incoming) is kind
    assert {name: getattr(incoming, name) for name in expected} == expected
    assert (incoming.appid, incoming.account, incoming.sender) == (APPID, "gh_97417a04a28d", OPENID)
    assert incoming.sent_at == datetime(2024, 4, 26, 14, 20, 45, tzinfo=SHANGHAI)
    assert getattr(incoming, "msg_id", "") == str(fields.get("MsgId", ""))
    assert isinstance(incoming, Event) == (fields.get("MsgType") == "event") != isinstance(incoming, Message)


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_the_case_of_names_does_not_matter(case: Any) -> None:
    assert type(sent(event(case("click"), EventKey="k"))) is Click
    assert type(sent(event(case("location")))) is Position
    assert type(sent({**message("text"), "MsgType": case("text")})) is Text
    assert type(sent({**event("subscribe"), "MsgType": case("event")})) is Subscribe


@pytest.mark.parametrize("fields", [fields for fields, kind, _ in PUSHES if kind not in (UnknownMessage, UnknownEvent)])
def test_an_independent_peer_sees_the_same_sender_and_time(fields: dict[str, Any]) -> None:
    peer, own = parse_message(build(fields, Layout.XML)), sent(fields)
    assert (peer.source, peer.target) == (own.sender, own.account)
    assert own.sent_at is not None and peer.time == own.sent_at.timestamp()


def test_a_subscription_by_qr_code_is_read_as_the_peer_reads_it() -> None:
    peer = parse_message(build(event("subscribe", EventKey="qrscene_7", Ticket="T"), Layout.XML))
    assert (peer.scene_id, peer.ticket) == ("7", "T")


@pytest.mark.parametrize("strange", ["", "x" * 65, "a b", "<b>", "日志\n伪造", "\u0130"])
def test_a_strange_kind_is_not_even_named(strange: str) -> None:
    for incoming in (sent({**message("text"), "MsgType": strange}), sent(event(strange))):
        assert isinstance(incoming, (UnknownMessage, UnknownEvent)) and incoming.kind == ""


@pytest.mark.parametrize("when", ["", "yesterday", "-1", "1e9", "9" * 12, "99999999999", {"a": "1"}])
def test_a_strange_time_is_no_fault(when: Any) -> None:
    incoming = sent({**message("text", Content="hi"), "CreateTime": when})
    assert isinstance(incoming, Text) and (incoming.sent_at is None) == (when != "99999999999")


def test_fields_of_another_shape_count_as_not_sent() -> None:
    incoming = sent(message("text", Content={"a": "1"}))
    assert isinstance(incoming, Text) and incoming.content == ""


@pytest.mark.parametrize("sender", ["", {"a": "1"}])
def test_a_push_from_nobody_is_refused(sender: Any) -> None:
    with pytest.raises(Malformed):
        sent({**message("text", Content="hi"), "FromUserName": sender})


NAMES = st.sampled_from([*message("text"), "Event", "EventKey", "Content"])


@given(st.dictionaries(NAMES, st.text() | st.just({"a": "1"}) | st.just(["1", "2"])))
def test_nothing_a_push_holds_makes_it_fail(fields: dict[str, Any]) -> None:
    assert isinstance(read({**fields, "FromUserName": OPENID}, APPID), Incoming)


def key(fields: Mapping[str, Any], layout: Layout = Layout.XML, appid: str = APPID) -> str:
    return sent(fields, layout, appid).dedupe_key


FIRST = [
    message("text", Content="1"),
    message("text", Content="1", MsgId="49d72d67b16d115e_1555684067"),
    event("CLICK", EventKey="a"),
]


@pytest.mark.parametrize("fields", FIRST)
def test_a_delivery_repeated_has_the_same_key_in_either_layout(fields: dict[str, Any]) -> None:
    assert len({key(fields, layout) for layout in Layout for _ in range(3)}) == 1
    assert re.fullmatch(r"wx[0-9a-f]{62}", key(fields))
    assert OPENID not in key(fields)


def test_a_message_without_id_is_known_by_all_it_holds() -> None:
    nameless = {name: value for name, value in message("text", Content="1").items() if name != "MsgId"}
    assert key(nameless) == key(dict(reversed(nameless.items()))) == key(nameless, Layout.JSON)
    others = [{**nameless, "Content": "2"}, {**nameless, "CreateTime": 1714112446}, {**nameless, "FromUserName": "o_2"}]
    assert len({key(fields) for fields in (nameless, *others)}) == 4
    assert isinstance(sent({**nameless, "MsgId": ""}), Text)


def test_different_pushes_have_different_keys() -> None:
    pushes = [
        *FIRST,
        message("text", Content="1", MsgId=6054768590064713729),
        event("CLICK", EventKey="b"),
        event("VIEW", EventKey="a"),
        {**event("CLICK", EventKey="a"), "CreateTime": 1714112446},
        {**event("CLICK", EventKey="a"), "FromUserName": "o_2"},
        event("TEMPLATESENDJOBFINISH", MsgID=1),
        event("TEMPLATESENDJOBFINISH", MsgID=2),
        event("a", EventKey="bc"),
        event("ab", EventKey="c"),
    ]
    assert len({key(fields) for fields in pushes}) == len(pushes)


@pytest.mark.parametrize("fields", FIRST)
def test_another_account_has_other_keys(fields: dict[str, Any]) -> None:
    assert key(fields) != key(fields, appid="wx0000000000000000")


def test_an_event_repeated_with_other_particulars_is_the_same_event() -> None:
    assert key(event("kf_close_session", CloseType="1")) == key(event("kf_close_session"))


def test_the_notice_of_wecom_says_what_to_fetch() -> None:
    notice = {"ToUserName": "ww1", "MsgType": "event", "Event": "kf_msg_or_event", "Token": "ENC", "OpenKfId": "wk1"}
    assert read_kf_notice(notice) == KfNotice("ENC", "wk1")
    assert "ENC" not in repr(read_kf_notice(notice))
    assert read_kf_notice({**notice, "Event": "change_contact"}) is None
    for name in ("Token", "OpenKfId"):
        with pytest.raises(Malformed):
            read_kf_notice({**notice, name: ""})
