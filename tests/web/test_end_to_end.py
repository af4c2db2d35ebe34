"""The page in a browser against the real assistant: connector, model, actions and databases."""
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.scenarios.stack import Stack
from tests.web.chat import TEXTS, Chat

PHONE = "19900000008"
ANSWERED_WITHIN = 60_000


@pytest.fixture
def chat(new_context: Callable[..., BrowserContext], stack: Stack) -> Iterator[Chat]:
    """Open the real page in a desktop window; the stack is as new afterwards."""
    yield Chat(new_context().new_page(), f"{stack.address}/webhooks/web/").open()
    stack.put_back()


def _answers(chat: Chat, *words: str) -> None:
    for word in words:
        expect(chat.page.locator(".bot .bubble", has_text=word).last).to_be_visible(timeout=ANSWERED_WITHIN)
    chat.delivered()
    expect(chat.typing).to_be_hidden()


def _verify(chat: Chat) -> None:
    chat.say(PHONE)
    chat.page.locator(".demo").get_by_role("button", name=TEXTS["demo_code"]["fill"]).click(timeout=ANSWERED_WITHIN)
    chat.field.press("Enter")


def test_a_customer_proves_who_they_are_and_reads_their_own_bill(chat: Chat) -> None:
    chat.button(TEXTS["welcome"]["starters"][0]).click()
    _answers(chat, "登记的手机号")
    _verify(chat)
    _answers(chat, "1,079.71 元", "年化利率")


def test_the_conversation_survives_a_reload_and_a_crash_of_every_process(chat: Chat, stack: Stack) -> None:
    chat.say("这个月还多少")
    _answers(chat, "登记的手机号")
    _verify(chat)
    _answers(chat, "1,079.71 元")
    before = chat.bubbles.all_inner_texts()
    chat.page.reload()
    expect(chat.bubbles).to_have_text(before, use_inner_text=True)
    for process in ("bot", "actions"):
        stack.kill(process)
    chat.say("那下一期呢")
    expect(chat.button(TEXTS["resend"])).to_be_visible()
    for process in ("actions", "bot"):
        stack.revive(process)
    expect(chat.page.locator(".bot .bubble", has_text="第 6/12 期")).to_be_visible(timeout=ANSWERED_WITHIN)
    expect(chat.page.get_by_text("那下一期呢", exact=True)).to_have_count(1)
    assert chat.bubbles.all_inner_texts()[: len(before)] == before


def test_asking_for_large_type_enlarges_the_page(chat: Chat) -> None:
    chat.say("字太小了我看不清")
    expect(chat.button(TEXTS["senior"])).to_have_attribute("aria-pressed", "true", timeout=ANSWERED_WITHIN)
    chat.page.reload()
    expect(chat.button(TEXTS["senior"])).to_have_attribute("aria-pressed", "true")


def test_a_person_is_one_click_away(chat: Chat) -> None:
    chat.button(TEXTS["human"]).click()
    expect(chat.page.locator(".customer .bubble")).to_have_text(TEXTS["human"])
    _answers(chat, "人工")


def test_hostile_text_comes_back_as_text(chat: Chat) -> None:
    chat.say("<img src=x onerror=\"document.title='hacked'\"> /restart")
    expect(chat.page.locator(".bot .bubble")).not_to_have_count(0, timeout=ANSWERED_WITHIN)
    assert chat.page.title() != "hacked"
    assert chat.each(".log :is(img, script)", "(node) => node.outerHTML") == []


def test_clearing_forgets_who_the_customer_is(chat: Chat) -> None:
    chat.say("这个月还多少")
    _answers(chat, "登记的手机号")
    _verify(chat)
    _answers(chat, "1,079.71 元")
    chat.button(TEXTS["clear"]).click()
    chat.dialog.get_by_role("button", name=TEXTS["confirm_clear"]["confirm"]).click()
    expect(chat.page.get_by_text(TEXTS["welcome"]["heading"])).to_be_visible()
    chat.say("这个月还多少")
    _answers(chat, "登记的手机号")
    expect(chat.page.get_by_text("1,079.71 元")).to_have_count(0)
