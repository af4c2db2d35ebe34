"""What happens to the customer's own words and clicks."""
import re

import pytest
from playwright.sync_api import Dialog, Route, expect

from tests.web.chat import TEXTS, Chat
from tests.web.fake_connector import FakeConnector
from tests.web.fake_conversations import Conversation, sentences

ERRORS = sentences("errors")


def _echo(conversation: Conversation, message: dict) -> None:
    conversation.offer(f"收到：{message['said']}")


def test_a_message_is_sent_once_and_answered(chat: Chat, server: FakeConnector) -> None:
    server.conversations.answer = _echo
    chat.say("  这个月还多少  ")
    chat.shows("这个月还多少", "收到：这个月还多少")
    expect(chat.field).to_have_value("")
    expect(chat.field).to_be_focused()
    chat.delivered()
    assert [post["text"] for post in server.posts] == ["这个月还多少"]


def test_own_words_show_before_the_server_has_answered(chat: Chat) -> None:
    held: list[Route] = []
    chat.page.route("**/messages", lambda route: held.append(route))
    chat.say("几号还")
    chat.shows("几号还")
    expect(chat.status).to_have_text(TEXTS["sending"])
    held[0].continue_()
    chat.delivered()
    chat.shows("几号还")


def test_a_lost_acknowledgement_does_not_double_the_message(chat: Chat, server: FakeConnector) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    chat.page.route("**/messages", lose, times=1)
    chat.say("提前还清要多少钱")
    chat.shows("提前还清要多少钱")
    chat.delivered()
    assert len(server.conversations.only().messages) == 1


def test_an_unsent_message_says_why_and_can_be_sent_again(chat: Chat, server: FakeConnector) -> None:
    server.refuse_next(503, "not_ready", **{"Retry-After": "600"})
    chat.say("第一条")
    expect(chat.status).to_contain_text(ERRORS["not_ready"])
    chat.button(TEXTS["resend"]).click()
    chat.delivered()
    chat.shows("第一条")


def test_unsent_messages_go_out_by_themselves_and_in_order(chat: Chat, server: FakeConnector) -> None:
    server.refuse_next(429, "rate_limited", **{"Retry-After": "1"})
    chat.say("第一条")
    chat.say("第二条")
    chat.shows("第一条", "第二条")
    chat.delivered()
    assert [message["text"] for message in server.conversations.only().messages] == ["第一条", "第二条"]


def test_a_refused_text_comes_back_for_editing(chat: Chat, server: FakeConnector) -> None:
    server.refuse_next(422, "too_long")
    chat.say("很长的一段话")
    expect(chat.status).to_contain_text(ERRORS["too_long"])
    chat.button(TEXTS["edit"]).click()
    expect(chat.field).to_have_value("很长的一段话")
    chat.shows()


def test_leaving_with_an_unsent_message_asks_first(chat: Chat, server: FakeConnector) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    chat.page.on("dialog", stay)
    server.refuse_next(503, "not_ready", **{"Retry-After": "600"})
    chat.say("还没发出")
    expect(chat.button(TEXTS["resend"])).to_be_visible()
    chat.page.close(run_before_unload=True)
    chat.button(TEXTS["resend"]).click()
    chat.delivered()
    assert asked == ["beforeunload"]


def test_quick_replies_work_once(chat: Chat, server: FakeConnector) -> None:
    server.say("想看哪一笔？", "第一笔", "第二笔")
    chat.button("第二笔").dblclick()
    chat.shows("想看哪一笔？", "第二笔")
    expect(chat.button("第一笔")).to_be_disabled()
    expect(chat.button("第二笔")).to_be_disabled()
    expect(chat.page.locator(".reply.chosen")).to_have_text("第二笔")
    chat.delivered()
    assert [set(post) for post in server.posts] == [{"client_msg_id", "payload_id"}]
    chat.page.reload()
    expect(chat.page.locator(".reply.chosen")).to_have_text("第二笔")
    expect(chat.button("第一笔")).to_be_disabled()


def test_a_button_the_server_forgot_is_explained(chat: Chat, server: FakeConnector) -> None:
    server.say("想看哪一笔？", "第一笔")
    expect(chat.button("第一笔")).to_be_enabled()
    server.conversations.only().titles.clear()
    chat.button("第一笔").click()
    expect(chat.status).to_have_text(ERRORS["payload_unknown"])
    chat.say("第一笔的账单")
    chat.shows("想看哪一笔？", "第一笔的账单")


@pytest.mark.parametrize("control, command", [("human", "human"), ("senior", "senior")])
def test_fixed_controls_send_commands(chat: Chat, server: FakeConnector, control: str, command: str) -> None:
    chat.button(TEXTS[control]).click()
    chat.shows(sentences("commands")[command])
    chat.delivered()
    assert [post["command"] for post in server.posts] == [command]


def test_first_questions_are_offered_until_something_is_said(chat: Chat, server: FakeConnector) -> None:
    question = TEXTS["welcome"]["starters"][0]
    chat.button(question).click()
    chat.shows(question)
    expect(chat.button(question)).to_have_count(0)


def test_the_limit_is_counted_and_kept(chat: Chat, server: FakeConnector) -> None:
    counter = chat.page.locator(".counter")
    chat.field.fill("字" * 449)
    expect(counter).to_be_hidden()
    chat.field.fill("😀" * 490)
    expect(counter).to_have_text(TEXTS["counter"].format(left=10))
    chat.say("字" * 503)
    expect(chat.page.get_by_role("alert")).to_have_text(TEXTS["over"].format(over=3))
    expect(chat.field).to_have_value("字" * 503)
    chat.say("字" * 500)
    chat.shows("字" * 500)
    chat.delivered()
    assert len(server.posts) == 1


def test_blank_input_is_not_sent(chat: Chat, server: FakeConnector) -> None:
    chat.say(" \n ")
    chat.say("你好")
    chat.shows("你好")
    chat.delivered()
    assert len(server.posts) == 1


def test_shift_enter_breaks_the_line(chat: Chat) -> None:
    chat.field.press_sequentially("第一行")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("第二行")
    chat.field.press("Enter")
    expect(chat.bubbles).to_have_text("第一行\n第二行", use_inner_text=True)


def test_enter_that_ends_a_composition_does_not_send(chat: Chat, server: FakeConnector) -> None:
    keyboard = chat.page.context.new_cdp_session(chat.page)
    chat.field.focus()
    keyboard.send("Input.imeSetComposition", {"text": "huan kuan", "selectionStart": 9, "selectionEnd": 9})
    chat.field.press("Enter")
    chat.field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(chat.field).to_have_value(re.compile("huan kuan"))
    chat.field.fill("")
    chat.say("还款")
    chat.shows("还款")
    chat.delivered()
    assert [post["text"] for post in server.posts] == ["还款"]
