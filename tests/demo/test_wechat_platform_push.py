"""Pushing: modes, the time limit, repeated deliveries, and which answers are accepted."""
import pytest

from dengta.demo.wechat import Handle
from tests.demo.connector import Connector

OUT_OF_ORDER = "该公众号暂时无法提供服务，请稍后再试"
TEXT = {"MsgType": "text", "Content": "您好"}


async def test_the_url_is_verified(wx: Handle) -> None:
    assert await wx.verify()


async def test_a_text_arrives_encrypted_and_its_reply_is_shown(wx: Handle, connector: Connector) -> None:
    connector.replies(TEXT)
    delivery = await wx.say("o1", "在吗")
    assert set(connector.bodies[0]) == {"ToUserName", "Encrypt"}
    assert connector.messages[0]["Content"] == "在吗"
    assert [(line.source, line.text) for line in wx.shown("o1")] == [("passive", "您好")]
    assert delivery.outcome == "reply"


@pytest.mark.parametrize("nothing", ["success", ""])
async def test_nothing_to_say_is_delivered_once_and_shows_nothing(
    wx: Handle, connector: Connector, nothing: str
) -> None:
    connector.says(nothing)
    delivery = await wx.say("o1", "在吗")
    assert (delivery.outcome, len(delivery.attempts), wx.shown("o1")) == ("nothing", 1, [])


async def test_no_answer_in_time_is_delivered_three_times_with_one_id(wx: Handle, connector: Connector) -> None:
    async def never(_message: object) -> str:
        await connector.hang.wait()
        return "success"

    connector.answer = never
    delivery = await wx.say("o1", "在吗")
    assert [attempt.problem for attempt in delivery.attempts] == ["timeout"] * 3
    assert len({message["MsgId"] for message in connector.messages}) == 1
    assert [(line.source, line.text) for line in wx.shown("o1")] == [("system", OUT_OF_ORDER)]
