"""Reloads, outages, several tabs and sessions that end: nothing is lost, nothing is shown twice."""
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.web.chat import TEXTS, Chat
from tests.web.fake_connector import FakeConnector
from tests.web.fake_conversations import Conversation, sentences

HOUR = 3600


def _echo(conversation: Conversation, message: dict) -> None:
    conversation.offer(f"收到：{message['said']}")


def test_a_reload_brings_the_history_back_from_the_server(chat: Chat, server: FakeConnector) -> None:
    server.conversations.answer = _echo
    chat.say("你好")
    chat.shows("你好", "收到：你好")
    chat.page.reload()
    chat.shows("你好", "收到：你好")
    assert server.resumed_from == [0, 0]


def test_the_browser_keeps_no_words_of_the_conversation(chat: Chat) -> None:
    chat.say("我的手机号是 199-0000-1234")
    chat.shows("我的手机号是 199-0000-1234")
    chat.delivered()
    stored = chat.page.evaluate("[Object.keys({...sessionStorage}), Object.keys({...localStorage}), document.cookie]")
    assert stored == [["dengta-chat"], [], ""]


def test_a_killed_server_costs_nothing(chat: Chat, server: FakeConnector) -> None:
    server.conversations.answer = _echo
    chat.say("第一条")
    chat.shows("第一条", "收到：第一条")
    server.stop()
    chat.say("第二条")
    expect(chat.status).to_contain_text(TEXTS["unsent"])
    expect(chat.banner).to_have_text(TEXTS["retrying"])
    server.conversations.only().log("agent", "您不在线时的留言")
    server.start()
    chat.shows("第一条", "收到：第一条", "您不在线时的留言", "第二条", "收到：第二条")
    expect(chat.banner).to_have_text("")
    chat.delivered()
    assert server.resumed_from == [0, 2]


def test_a_server_that_replays_too_much_is_not_believed_twice(chat: Chat, server: FakeConnector) -> None:
    def from_the_start(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "last-event-id": "0"})

    chat.page.route("**/events*", from_the_start)
    chat.say("第一条")
    chat.shows("第一条")
    chat.delivered()
    server.stop()
    server.conversations.only().log("agent", "第二条")
    server.start()
    chat.shows("第一条", "第二条")
    assert server.resumed_from == [0, 0]


def test_going_offline_keeps_what_is_written(chat: Chat, server: FakeConnector) -> None:
    chat.page.context.set_offline(True)
    expect(chat.banner).to_have_text(TEXTS["offline"])
    chat.say("地铁里写的")
    expect(chat.button(TEXTS["resend"])).to_be_visible()
    chat.page.context.set_offline(False)
    expect(chat.banner).to_have_text("")
    chat.shows("地铁里写的")
    chat.delivered()
    assert len(server.posts) == 1


def test_two_tabs_share_one_conversation(chat: Chat, server: FakeConnector) -> None:
    server.conversations.answer = _echo
    chat.say("从第一页")
    with chat.page.expect_popup() as popup:
        chat.page.evaluate("open(location.href)")
    other = Chat(popup.value, server.page).connected()
    other.shows("从第一页", "收到：从第一页")
    other.say("从第二页")
    for tab in (chat, other):
        tab.shows("从第一页", "收到：从第一页", "从第二页", "收到：从第二页")


def test_strangers_do_not_see_each_other(chat: Chat, open_chat: Callable[..., Chat], server: FakeConnector) -> None:
    stranger = open_chat()
    chat.say("我的账单")
    stranger.say("我的券")
    chat.shows("我的账单")
    stranger.shows("我的券")
    assert len(server.conversations.known) == 2


def test_an_expired_token_is_renewed_unnoticed(chat: Chat, server: FakeConnector) -> None:
    chat.say("之前")
    chat.shows("之前")
    server.conversations.ahead += 2 * server.conversations.lifetime
    chat.say("之后")
    chat.shows("之前", "之后")
    expect(chat.banner).to_have_text("")
    chat.delivered()
    assert len(server.conversations.known) == 1


def test_a_token_is_renewed_before_it_expires(open_chat: Callable[..., Chat], server: FakeConnector) -> None:
    server.conversations.lifetime = 2
    chat = open_chat()
    with chat.page.expect_response(lambda answer: answer.url.endswith("/session")) as renewal:
        pass
    assert renewal.value.status == 201
    assert "authorization" in renewal.value.request.headers
    assert len(server.conversations.known) == 1


def test_a_conversation_too_old_to_renew_starts_afresh_and_says_so(chat: Chat, server: FakeConnector) -> None:
    chat.say("昨天的话")
    chat.shows("昨天的话")
    server.conversations.ahead += 13 * HOUR
    chat.say("今天的话")
    chat.shows("今天的话")
    chat.delivered()
    assert [post["text"] for post in server.posts] == ["昨天的话", "今天的话"]
    assert len(server.conversations.known) == 2


def test_the_customer_learns_that_the_conversation_is_a_new_one(chat: Chat, server: FakeConnector) -> None:
    server.conversations.ahead += 13 * HOUR
    chat.page.reload()
    expect(chat.banner).to_have_text(TEXTS["renewed"])
    chat.say("继续")
    expect(chat.banner).to_have_text("")


def test_clearing_ends_the_conversation_in_every_tab(chat: Chat, server: FakeConnector) -> None:
    chat.say("清除前")
    with chat.page.expect_popup() as popup:
        chat.page.evaluate("open(location.href)")
    other = Chat(popup.value, server.page).connected()
    other.shows("清除前")
    old = server.conversations.only()
    chat.button(TEXTS["clear"]).click()
    chat.dialog.get_by_role("button", name=TEXTS["confirm_clear"]["confirm"]).click()
    for tab in (chat, other):
        expect(tab.page.get_by_text(TEXTS["welcome"]["heading"])).to_be_visible()
        tab.shows()
    expect(chat.dialog).to_be_hidden()
    assert old not in server.conversations.known.values()
    chat.page.reload()
    chat.connected().shows()


def test_clearing_is_only_claimed_when_the_server_did_it(chat: Chat, server: FakeConnector) -> None:
    chat.say("还在")
    chat.shows("还在")
    chat.delivered()
    server.stop()
    chat.button(TEXTS["clear"]).click()
    chat.dialog.get_by_role("button", name=TEXTS["confirm_clear"]["confirm"]).click()
    expect(chat.dialog.get_by_role("alert")).to_have_text(TEXTS["confirm_clear"]["failed"])
    chat.dialog.get_by_role("button", name=TEXTS["confirm_clear"]["keep"]).click()
    expect(chat.dialog).to_be_hidden()
    chat.shows("还在")


def test_large_type_survives_clearing(chat: Chat, server: FakeConnector) -> None:
    chat.button(TEXTS["senior"]).click()
    chat.shows(sentences("commands")["senior"])
    chat.button(TEXTS["clear"]).click()
    chat.dialog.get_by_role("button", name=TEXTS["confirm_clear"]["confirm"]).click()
    expect(chat.dialog).to_be_hidden()
    expect(chat.button(TEXTS["senior"])).to_have_attribute("aria-pressed", "true")
    expect(chat.page.locator("dengta-chat[tone=senior]")).to_be_visible()


@pytest.mark.parametrize("streams", [True, False])
def test_a_reset_shows_the_log_of_the_server_once(
    open_chat: Callable[..., Chat], server: FakeConnector, streams: bool
) -> None:
    chat = open_chat(without_streaming=not streams)
    server.say("第一句")
    server.say("第二句")
    chat.shows("第一句", "第二句")
    server.forget()
    server.say("重新开始")
    chat.shows("重新开始")


def test_a_browser_without_streaming_polls(open_chat: Callable[..., Chat], server: FakeConnector) -> None:
    server.conversations.answer = _echo
    chat = open_chat(without_streaming=True)
    chat.say("你好")
    chat.shows("你好", "收到：你好")
    server.conversations.only().typing = True
    server.say("还在吗？")
    chat.shows("你好", "收到：你好", "还在吗？")
    expect(chat.typing).to_be_visible()
    assert server.resumed_from == []
