"""What the page shows beside words: times, days, typing, large type, the demo's stand-in for an SMS."""
from datetime import datetime

from playwright.sync_api import expect

from tests.web.chat import TEXTS, Chat
from tests.web.fake_connector import FakeConnector
from tests.web.fake_conversations import SHANGHAI


def test_the_servers_clock_is_shown(chat: Chat, server: FakeConnector) -> None:
    server.conversations.only().frozen = datetime(2020, 2, 29, 23, 59, tzinfo=SHANGHAI)
    chat.say("现在几点")
    expect(chat.page.locator(".day")).to_have_text("2020年2月29日星期六")
    expect(chat.page.locator("time")).to_have_text("23:59")


def test_typing_is_shown_and_forgotten_after_twenty_seconds(chat: Chat, server: FakeConnector) -> None:
    chat.page.clock.install()
    server.type(True)
    expect(chat.typing).to_be_visible()
    server.type(False)
    expect(chat.typing).to_be_hidden()
    server.type(True)
    expect(chat.typing).to_be_visible()
    chat.page.clock.fast_forward(21_000)
    expect(chat.typing).to_be_hidden()


def test_the_latest_tone_wins_also_after_a_reload(chat: Chat, server: FakeConnector) -> None:
    pressed = chat.button(TEXTS["senior"])
    server.say("", custom={"type": "tone", "tone": "standard"})
    server.say("", custom={"type": "tone", "tone": "senior"})
    expect(pressed).to_have_attribute("aria-pressed", "true")
    chat.page.reload()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    server.say("已切换", custom={"type": "tone", "tone": "standard"})
    expect(pressed).to_have_attribute("aria-pressed", "false")
    chat.shows("已切换")


def test_a_demo_code_is_marked_and_can_be_filled_in(chat: Chat, server: FakeConnector) -> None:
    server.say("", author="demo", custom={"type": "demo_code", "code": "048213"})
    card = chat.page.locator(".demo")
    expect(card).to_contain_text(TEXTS["demo_code"]["label"])
    card.get_by_role("button", name=TEXTS["demo_code"]["fill"]).click()
    expect(chat.field).to_have_value("048213")
    expect(chat.field).to_be_focused()


def test_days_are_separated(chat: Chat, server: FakeConnector) -> None:
    server.say("那天", time="2020-02-29T23:59:00+08:00")
    server.say("第二天", time="2020-03-01T00:01:00+08:00")
    server.say("同一天", time="2020-03-01T09:05:00+08:00")
    expect(chat.page.locator(".day")).to_have_text(["2020年2月29日星期六", "2020年3月1日星期日"])
    expect(chat.page.locator("time").last).to_have_text("09:05")
