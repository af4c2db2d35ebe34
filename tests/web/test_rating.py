"""Rating a person's help on the card: with the mouse, the keyboard, in large type, after the conversation ended."""
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from dengta.channels import rating_card
from tests.web.chat import TEXTS, Chat
from tests.web.fake_connector import FakeConnector

CARD = rating_card.texts()


def card(chat: Chat) -> Locator:
    return chat.page.get_by_role("region", name=CARD["invitation"])


def score(chat: Chat, number: int) -> Locator:
    return card(chat).get_by_role("radio", name=f"{number} {CARD['scores'][number - 1]['title']}")


def press(chat: Chat, title: str) -> None:
    card(chat).get_by_role("button", name=title, exact=True).click()


def test_score_reasons_words_and_recommendation(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    expect(card(chat).get_by_text(CARD["bad"])).to_have_count(0)
    card(chat).get_by_text("不满意", exact=True).click()
    expect(card(chat).get_by_text(CARD["bad"])).to_be_visible()
    card(chat).get_by_text("等太久").click()
    card(chat).get_by_text("要重复说").click()
    card(chat).get_by_role("textbox").fill("排了半小时")
    press(chat, CARD["submit"])

    expect(card(chat).get_by_text(CARD["nps"])).to_be_visible()
    card(chat).get_by_text("3", exact=True).click()
    press(chat, CARD["nps_submit"])
    expect(card(chat)).to_contain_text(CARD["thanks"])
    expect(card(chat)).to_contain_text("本次人工服务您打了 2 分（不满意）。")
    first = {"score": 2, "reasons": ["slow", "repeated"], "words": "排了半小时", "nps": None}
    assert server.rated == [first, {**first, "nps": 3}]


def test_the_reasons_follow_the_score_and_words_stay(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    card(chat).get_by_text("一般").click()
    card(chat).get_by_role("textbox").fill("还行")
    card(chat).get_by_text("非常满意").click()
    expect(card(chat).get_by_role("checkbox", name="态度好")).to_be_visible()
    expect(card(chat).get_by_role("checkbox", name="等太久")).to_have_count(0)
    expect(card(chat).get_by_role("textbox")).to_have_value("还行")


def test_a_rating_can_be_changed(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    card(chat).get_by_text("非常满意").click()
    press(chat, CARD["submit"])
    press(chat, CARD["nps_skip"])
    press(chat, CARD["change"])
    expect(score(chat, 5)).to_be_checked()
    card(chat).get_by_text("一般").click()
    press(chat, CARD["submit"])
    press(chat, CARD["nps_skip"])
    expect(card(chat)).to_contain_text("您打了 3 分")
    assert [given["score"] for given in server.rated] == [5, 3]


def test_a_double_click_chooses_and_sends_once(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    card(chat).get_by_text("满意", exact=True).dblclick()
    card(chat).get_by_text("态度好").dblclick()
    expect(card(chat).get_by_role("checkbox", name="态度好")).to_be_checked()
    card(chat).get_by_role("button", name=CARD["submit"]).dblclick()
    expect(card(chat).get_by_text(CARD["nps"])).to_be_visible()
    assert [(given["score"], given["reasons"]) for given in server.rated] == [(4, ["polite"])]


def test_it_can_be_declined_and_needs_a_score(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    press(chat, CARD["submit"])
    expect(card(chat).get_by_role("alert")).to_have_text(CARD["choose"])
    press(chat, CARD["skip"])
    expect(card(chat)).to_contain_text(CARD["declined"])
    assert server.rated == [{"declined": True}]


def test_with_the_keyboard_alone(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    score(chat, 1).focus()
    for _ in range(3):
        chat.page.keyboard.press("ArrowRight")
    expect(score(chat, 4)).to_be_checked()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Space")
    expect(card(chat).get_by_role("checkbox").first).to_be_checked()
    card(chat).get_by_role("button", name=CARD["submit"]).focus()
    chat.page.keyboard.press("Enter")
    expect(card(chat).get_by_text(CARD["nps"])).to_be_visible()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Space")
    expect(card(chat).get_by_role("radio", name="0", exact=True)).to_be_checked()


def test_a_closed_conversation_is_rated_above_the_next_one(chat: Chat, server: FakeConnector) -> None:
    server.say("再见", author="agent")
    server.ask_for_rating()
    expect(card(chat)).to_be_visible()
    server.close_conversation()
    expect(chat.banner).to_have_text(TEXTS["renewed"])
    chat.page.reload()
    chat.connected()
    card(chat).get_by_text("非常不满意").click()
    press(chat, CARD["submit"])
    press(chat, CARD["nps_skip"])
    expect(card(chat)).to_contain_text(CARD["thanks"])
    assert [given["score"] for given in server.rated] == [1]

    chat.page.reload()
    chat.connected()
    expect(card(chat)).to_have_count(0)


def test_what_was_typed_shows_on_the_card(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    expect(score(chat, 5)).to_be_visible()
    server.ratings["invitation1"].update(score=5)
    server.say("收到", custom={"type": "satisfaction", "invitation": "invitation1"})
    expect(card(chat)).to_contain_text("您打了 5 分")


def test_what_could_not_be_sent_is_said_and_kept(chat: Chat, server: FakeConnector) -> None:
    server.ask_for_rating()
    card(chat).get_by_text("满意", exact=True).click()
    server.refuse_next(503, "not_ready")
    press(chat, CARD["submit"])
    expect(card(chat).get_by_role("alert")).to_have_text(CARD["failed"])
    expect(score(chat, 4)).to_be_checked()
    server.refuse_next(410, "invitation_expired")
    press(chat, CARD["submit"])
    expect(card(chat)).to_contain_text(CARD["expired"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["standard", "senior"])
def test_it_can_be_read_and_hit(
    open_chat: Callable[..., Chat], server: FakeConnector, scheme: str, tone: str
) -> None:
    chat = open_chat(color_scheme=scheme, viewport={"width": 390, "height": 844}, has_touch=True)
    server.say("您好", custom={"type": "tone", "tone": tone})
    server.ask_for_rating()
    card(chat).get_by_text("不满意", exact=True).click()
    sizes = chat.each(".rating .face, .rating button", "(node) => node.getBoundingClientRect().toJSON()")
    least = 60 if tone == "senior" else 44
    assert len(sizes) > 10 and all(min(size["width"], size["height"]) >= least for size in sizes)
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(chat.page).response["violations"] == []
    press(chat, CARD["submit"])
    expect(card(chat).get_by_text(CARD["nps"])).to_be_visible()
    sizes = chat.each(".rating .face", "(node) => node.getBoundingClientRect().toJSON()")
    assert len(sizes) == 11 and all(min(size["width"], size["height"]) >= least for size in sizes)
    assert Axe().run(chat.page).response["violations"] == []
