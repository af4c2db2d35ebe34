"""Old eyes, shaking hands, a keyboard instead of a mouse, a screen reader, a small phone."""
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.chat import TEXTS, Chat
from tests.web.fake_connector import FakeConnector

LONG = "您名下有 2 笔在还借款，本月合计应还 2,318.46 元。" * 8 + "\n\nhttps://example.com/" + "a" * 120
TEXT_NODES = """
(node) => {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const style = getComputedStyle(node);
  const back = (at) => {
    for (; at; at = at.parentElement ?? at.getRootNode().host) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
  };
  const ink = node.matches("textarea") ? getComputedStyle(node, "::placeholder").color : style.color;
  return {
    says: (own ? node.textContent : node.placeholder ?? "").slice(0, 30), ink, back: back(node),
    size: parseFloat(style.fontSize), line: parseFloat(style.lineHeight) / parseFloat(style.fontSize),
  };
}
"""


@pytest.fixture
def crowded(open_chat: Callable[..., Chat], server: FakeConnector) -> Callable[..., Chat]:
    """Return a function that opens a chat showing everything the widget can show at once."""

    def opened(tone: str, **options: object) -> Chat:
        chat = open_chat(**options)
        server.say("旧的选择", "选项一", "选项二")
        chat.button("选项一").click()
        chat.delivered()
        server.say("提示一行", author="notice")
        server.say("您好，我是人工客服。", author="agent")
        server.say("", author="demo", custom={"type": "demo_code", "code": "123456"})
        server.say(LONG, "查看明细", "提前结清", "我已经还款但还显示没有还", custom={"type": "tone", "tone": tone})
        server.refuse_next(422, "too_long")
        chat.say("被拒绝的一条")
        expect(chat.button(TEXTS["edit"])).to_be_visible()
        server.stop()
        chat.say("发不出的一条")
        expect(chat.button(TEXTS["resend"])).to_be_visible()
        expect(chat.banner).to_have_text(TEXTS["retrying"])
        chat.field.fill("字" * 510)
        expect(chat.page.locator(f"dengta-chat[tone={tone}]")).to_be_visible()
        return chat

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["standard", "senior"])
def test_contrast_and_axe(crowded: Callable[..., Chat], scheme: str, tone: str) -> None:
    chat = crowded(tone, color_scheme=scheme)
    texts = [text for text in chat.each("*", TEXT_NODES) if text["says"]]
    assert len(texts) > 20
    assert [text for text in texts if _contrast(text["ink"], text["back"]) < 4.5] == []
    results = Axe().run(chat.page)
    assert results.violations_count == 0, results.generate_report()
    chat.button(TEXTS["clear"]).click()
    assert Axe().run(chat.page).violations_count == 0


@pytest.mark.parametrize("tone, control, letters", [("standard", 44, 12), ("senior", 60, 24)])
@pytest.mark.parametrize("width, height", [(1280, 800), (360, 740)])
def test_sizes(crowded: Callable[..., Chat], tone: str, control: int, letters: int, width: int, height: int) -> None:
    chat = crowded(tone, viewport={"width": width, "height": height})
    boxes = chat.each("button, textarea", "(node) => [node.textContent, node.offsetWidth, node.offsetHeight]")
    assert len(boxes) >= 10
    assert [box for box in boxes if min(box[1:]) < control] == []
    texts = [text for text in chat.each("*", TEXT_NODES) if text["says"]]
    assert [text for text in texts if text["size"] < letters or text["line"] < 1.49] == []


@pytest.mark.parametrize("tone", ["standard", "senior"])
@pytest.mark.parametrize("width, height, zoom", [(640, 400, 100), (360, 740, 100), (320, 480, 100), (360, 740, 200)])
def test_nothing_scrolls_sideways(crowded: Callable[..., Chat], tone: str, width: int, height: int, zoom: int) -> None:
    chat = crowded(tone, viewport={"width": width, "height": height}, has_touch=True)
    chat.page.evaluate("(size) => { document.documentElement.style.fontSize = `${size}%` }", zoom)
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
    assert chat.each(".log", "(node) => node.scrollWidth - node.clientWidth") == [0]
    for place in (chat.button(TEXTS["human"]), chat.button(TEXTS["send"]), chat.field):
        expect(place).to_be_in_viewport(ratio=1)
    chat.button(TEXTS["senior"]).focus()
    expect(chat.button(TEXTS["senior"])).to_be_in_viewport(ratio=1)


def test_the_phone_keyboard_leaves_the_line_and_the_last_words_in_sight(
    open_chat: Callable[..., Chat], server: FakeConnector
) -> None:
    chat = open_chat(viewport={"width": 360, "height": 740})
    server.say("一行\n" * 40)
    chat.say("最后一句")
    expect(chat.bubbles.last).to_be_in_viewport(ratio=1)
    chat.page.set_viewport_size({"width": 360, "height": 420})
    expect(chat.field).to_be_in_viewport(ratio=1)
    expect(chat.bubbles.last).to_be_in_viewport(ratio=1)


def test_a_long_answer_is_read_from_its_beginning(open_chat: Callable[..., Chat], server: FakeConnector) -> None:
    chat = open_chat(viewport={"width": 360, "height": 740})
    chat.say("有哪些规则")
    chat.delivered()
    server.say("从这里开始。" + "条款\n" * 60)
    expect(chat.bubbles.last).to_contain_text("从这里开始")
    expect(chat.page.locator(".bot .who")).to_be_in_viewport(ratio=1)
    server.say("还有一句")
    chat.button(TEXTS["newer"]).click()
    expect(chat.page.get_by_text("还有一句")).to_be_in_viewport(ratio=1)
    expect(chat.button(TEXTS["newer"])).to_be_hidden()


def test_the_log_speaks_to_a_screen_reader(chat: Chat, server: FakeConnector) -> None:
    expect(chat.log).to_have_attribute("aria-live", "polite")
    expect(chat.log).to_have_attribute("aria-busy", "false")
    expect(chat.log).to_have_accessible_name(TEXTS["log"])
    expect(chat.page.locator(".chat")).to_have_attribute("lang", "zh-CN")
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    server.say("有三笔", "第一笔")
    expect(chat.page.get_by_role("group", name=TEXTS["replies"])).to_have_count(1)
    chat.say("好")
    expect(chat.page.locator(".customer .who")).to_have_text(TEXTS["authors"]["customer"])


def test_everything_can_be_done_by_keyboard_alone(chat: Chat, server: FakeConnector) -> None:
    keyboard = chat.page.keyboard
    server.say("想看哪一笔？", "第一笔", "第二笔")
    expect(chat.button("第二笔")).to_be_visible()
    path = []
    for _ in range(8):
        keyboard.press("Tab")
        path.append(chat.each(":focus", "(node) => node.ariaLabel || node.textContent || node.localName")[0])
        assert chat.each(":focus", "(node) => parseFloat(getComputedStyle(node).outlineWidth)")[0] >= 2
    assert path[:2] == [TEXTS["senior"], TEXTS["clear"]]
    assert path[2:5] == [TEXTS["log"], "第一笔", "第二笔"]
    assert path[5:] == [TEXTS["human"], "textarea", TEXTS["send"]]
    for _ in range(3):
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    chat.shows("想看哪一笔？", "第二笔")
    expect(chat.field).to_be_focused()
    keyboard.type("再看看")
    keyboard.press("Enter")
    chat.shows("想看哪一笔？", "第二笔", "再看看")
    expect(chat.field).to_be_focused()


def test_escape_leads_back(chat: Chat) -> None:
    chat.log.focus()
    chat.page.keyboard.press("Escape")
    expect(chat.field).to_be_focused()
    chat.button(TEXTS["clear"]).focus()
    chat.page.keyboard.press("Enter")
    expect(chat.dialog).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_be_hidden()
    expect(chat.button(TEXTS["clear"])).to_be_focused()


def test_a_finger_on_a_button_does_not_bring_up_the_keyboard(
    open_chat: Callable[..., Chat], server: FakeConnector
) -> None:
    chat = open_chat(viewport={"width": 360, "height": 740}, has_touch=True)
    server.say("想看哪一笔？", "第一笔")
    chat.button("第一笔").tap()
    chat.shows("想看哪一笔？", "第一笔")
    expect(chat.field).not_to_be_focused()


def test_reduced_motion_is_respected(open_chat: Callable[..., Chat], server: FakeConnector) -> None:
    chat = open_chat(reduced_motion="reduce")
    server.type(True)
    expect(chat.typing).to_be_visible()
    assert set(chat.each(".typing i", "(node) => getComputedStyle(node).animationName")) == {"none"}


def _contrast(ink: str, back: str) -> float:
    """Return the WCAG 2.1 contrast ratio of two opaque CSS colours."""
    lighter, darker = sorted((_luminance(ink), _luminance(back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert parts, f"not an opaque colour: {colour}"
    red, green, blue = (_linear(int(part) / 255) for part in parts.groups())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
