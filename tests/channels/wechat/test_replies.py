"""The passive replies as WeChat expects them."""
from xml.etree import ElementTree

import pytest
from wechatpy.replies import ImageReply, TextReply

from dengta.channels.wechat import replies
from dengta.channels.wechat.messages import Text
from dengta.channels.wechat.reading import read
from dengta.channels.wechat.wire import Fields, Layout, build

NOW = 1714112445.7
ASKED = read({"ToUserName": "gh_1", "FromUserName": "o_1", "MsgType": "text", "Content": "1", "MsgId": "7"}, "wx1")
FRAME = {"ToUserName": "o_1", "FromUserName": "gh_1", "CreateTime": 1714112445}


def to_text() -> Text:
    assert isinstance(ASKED, Text)
    return ASKED


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (replies.text(ASKED, "还款", NOW), {"MsgType": "text", "Content": "还款"}),
        (replies.image(ASKED, "m1", NOW), {"MsgType": "image", "Image": {"MediaId": "m1"}}),
        (replies.transfer(to_text(), NOW), {"MsgType": "transfer_customer_service"}),
        (
            replies.transfer(to_text(), NOW, "test1@test"),
            {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "test1@test"}},
        ),
    ],
)
def test_a_reply_goes_back_to_whom_it_came_from(reply: Fields, expected: Fields) -> None:
    assert reply == {**FRAME, **expected}


def test_a_transfer_to_one_agent_is_written_as_documented() -> None:
    xml = build(replies.transfer(to_text(), NOW, "test1@test"), Layout.XML)
    assert xml == (
        "<xml><ToUserName><![CDATA[o_1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>"
        "<CreateTime>1714112445</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType>"
        "<TransInfo><KfAccount><![CDATA[test1@test]]></KfAccount></TransInfo></xml>"
    )


def test_an_independent_peer_writes_the_same() -> None:
    frame = {"source": "gh_1", "target": "o_1", "time": 1714112445}
    for ours, theirs in (
        (replies.text(ASKED, "还款", NOW), TextReply(content="还款", **frame)),
        (replies.image(ASKED, "m1", NOW), ImageReply(media_id="m1", **frame)),
    ):
        assert written(build(ours, Layout.XML)) == written(theirs.render())


def written(xml: str) -> dict[str, str]:
    return {element.tag: (element.text or "").strip() for element in ElementTree.fromstring(xml).iter()}


def test_silence_is_one_word() -> None:
    assert replies.SUCCESS == "success"
