"""Customer-service messages: quota, windows, lengths."""
from dengta.demo.wechat import Handle
from tests.demo.conftest import Api


async def test_five_messages_follow_a_message_of_the_customer(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    assert [await api.send("o1", f"第{n}条") for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    assert [(line.source, line.text) for line in await wx.wait_shown("o1", 5)] == [
        ("custom", f"第{n}条") for n in range(5)
    ]


async def test_the_window_closes_after_48_hours(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    wx.advance(48 * 3600)
    await api.fetch_token()
    assert await api.send("o1", "您好") == 45015
