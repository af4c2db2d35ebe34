"""The demo phone: anyone can follow, write, speak, show a picture, and sees what a follower of WeChat would see."""
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.demo.phone import Backstage, PhonePage, backstage

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
HELLO = {"MsgType": "text", "Content": "您好，我是灯塔。"}


@pytest.fixture
def stage() -> Iterator[Backstage]:
    """Run a platform whose connector greets."""
    with backstage() as stage:
        stage.connector.replies(HELLO)
        yield stage


@pytest.fixture
def open_phone(new_context: Callable[..., BrowserContext], stage: Backstage) -> Callable[..., PhonePage]:
    """Return a function that opens the phone in a new browser."""
    return lambda **options: PhonePage(new_context(**options).new_page(), stage).open()


@pytest.fixture
def phone(open_phone: Callable[..., PhonePage]) -> PhonePage:
    """Open the phone and follow the account."""
    return open_phone().follow()


def test_following_brings_a_greeting_and_leaving_closes_the_chat(
    open_phone: Callable[..., PhonePage], stage: Backstage
) -> None:
    phone = open_phone()
    expect(phone.field).to_be_hidden()
    expect(phone.page.locator(".about")).to_have_text(phone.texts["about"])
    phone.follow().shows(HELLO["Content"])
    expect(phone.state).to_have_text(phone.texts["followed"])
    phone.button("unfollow").click()
    expect(phone.page.locator(".about")).to_have_text(phone.texts["left"])
    expect(phone.field).to_be_hidden()
    assert [one.message["Event"] for one in stage.delivered(2)] == ["subscribe", "unsubscribe"]


def test_writing_and_reading(phone: PhonePage, stage: Backstage) -> None:
    phone.shows(HELLO["Content"])
    phone.say("我这个月要还多少")
    phone.shows(HELLO["Content"], "我这个月要还多少", HELLO["Content"])
    phone.field.fill("第一行")
    phone.field.press("Shift+Enter")
    expect(phone.field).to_have_value("第一行\n")
    phone.field.press("Enter")
    assert stage.delivered(3)[-1].message["Content"] == "第一行"


def test_a_reload_shows_the_same_conversation(phone: PhonePage) -> None:
    phone.say("在吗")
    phone.shows(HELLO["Content"], "在吗", HELLO["Content"])
    phone.open().shows(HELLO["Content"], "在吗", HELLO["Content"])
    assert phone.page.evaluate("document.querySelector('.log').ariaBusy") == "false"


def test_two_browsers_are_two_people(open_phone: Callable[..., PhonePage]) -> None:
    first, second = open_phone().follow(), open_phone().follow()
    first.say("我是第一个")
    first.shows(HELLO["Content"], "我是第一个", HELLO["Content"])
    second.shows(HELLO["Content"])


@pytest.mark.parametrize(("choice", "recognised"), [("with_text", True), ("without_text", False)])
def test_speaking_with_and_without_recognition(
    phone: PhonePage, stage: Backstage, choice: str, recognised: bool
) -> None:
    phone.shows(HELLO["Content"])
    phone.button("voice").click()
    phone.page.get_by_label(phone.texts["voice_dialog"]["label"]).fill("查一下账单")
    phone.page.get_by_role("button", name=phone.texts["voice_dialog"][choice], exact=True).click()
    message = stage.delivered(2)[1].message
    assert (message["MsgType"], message.get("Recognition")) == ("voice", "查一下账单" if recognised else None)
    heard = phone.texts["recognised"].format(text="查一下账单") if recognised else ""
    phone.shows(HELLO["Content"], f"2″{heard}", HELLO["Content"])


def test_a_voice_message_can_be_given_up(phone: PhonePage, stage: Backstage) -> None:
    phone.button("voice").click()
    phone.page.get_by_label(phone.texts["voice_dialog"]["label"]).fill("算了")
    phone.page.keyboard.press("Escape")
    phone.say("在吗")
    assert [one.message["MsgType"] for one in stage.delivered(2)] == ["event", "text"]


def test_showing_a_picture(phone: PhonePage, stage: Backstage) -> None:
    choose = phone.page.locator("input[type=file]")
    choose.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    expect(phone.page.get_by_role("img", name=phone.texts["picture"])).to_have_count(1)
    assert stage.delivered(2)[1].message["MsgType"] == "image"
    choose.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(phone.banner).to_have_text(phone.texts["bad_image"])


def test_the_menu(phone: PhonePage, stage: Backstage) -> None:
    simple, _, group = stage.wx.world.menu
    phone.button("to_menu").click()
    expect(phone.field).to_be_hidden()
    phone.page.get_by_role("button", name=simple["name"]).click()
    below = group["sub_button"][0]
    opener, item = (phone.page.get_by_role("button", name=button["name"]) for button in (group, below))
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    phone.page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    opener.press("Enter")
    item.press("Enter")
    keys = [one.message.get("EventKey") for one in stage.delivered(3)]
    assert keys == ["", simple["key"], below["key"]]
    phone.button("to_keyboard").click()
    expect(phone.field).to_be_focused()


def test_the_account_may_have_another_menu_or_none(phone: PhonePage, stage: Backstage) -> None:
    async def show(menu: list[dict[str, str]]) -> None:
        stage.wx.world.menu = menu
        stage.wx.world.notice()

    phone.button("to_menu").click()
    stage.call(show([{"name": "官网", "type": "view", "url": "https://example.com/"}]))
    expect(phone.page.get_by_role("link", name="官网")).to_have_attribute("href", "https://example.com/")
    stage.call(show([]))
    expect(phone.button("to_keyboard")).to_be_hidden()
    expect(phone.field).to_be_visible()


def test_the_typing_state_an_outage_and_what_is_sent_later(phone: PhonePage, stage: Backstage) -> None:
    async def type_(on: bool) -> None:
        (person,) = stage.wx.world.people.values()
        person.show_typing(stage.wx.world.clock.now(), on)
        stage.wx.world.notice()

    phone.shows(HELLO["Content"])
    stage.call(type_(True))
    expect(phone.state).to_have_text(phone.texts["typing"])
    stage.call(type_(False))
    expect(phone.state).to_have_text(phone.texts["followed"])
    stage.connector.says("<html>500</html>")
    phone.say("在吗")
    expect(phone.notices).to_have_text([stage.wx.world.texts["platform"]["out_of_order"]])
    stage.send("text", {"text": "刚才没来得及回答"})
    phone.shows(HELLO["Content"], "在吗", "刚才没来得及回答")


TEXT = (
    '点<a href="https://example.com/bill?a=1">账单</a>，或看 https://example.com/help。'
    '<a href="javascript:alert(1)">别点</a><b>粗</b><a href="http://elsewhere.example/">不安全</a>'
    '<a href="https://bank@elsewhere.example/">冒充</a>'
    '<a href="weixin://bizmsgmenu?msgmenucontent=%E6%BB%A1%E6%84%8F&msgmenuid=101">满意</a>'
)


def test_links_are_links_and_nothing_else_is_markup(phone: PhonePage, stage: Backstage) -> None:
    phone.shows(HELLO["Content"])
    stage.send("text", {"text": TEXT})
    bubble = phone.bubbles.nth(1)
    expect(bubble.get_by_role("link")).to_have_count(2)
    expect(bubble.get_by_role("link", name="账单")).to_have_attribute("href", "https://example.com/bill?a=1")
    expect(bubble.get_by_role("link").nth(1)).to_have_attribute("href", "https://example.com/help")
    expect(bubble).to_contain_text('<a href="javascript:alert(1)">别点</a><b>粗</b>')
    bubble.get_by_role("button", name="满意").click()
    message = stage.delivered(2)[1].message
    assert (message["Content"], message["bizmsgmenuid"]) == ("满意", "101")


def test_menus_articles_and_unknown_kinds(phone: PhonePage, stage: Backstage) -> None:
    phone.shows(HELLO["Content"])
    article = {"title": "十二月账单", "description": "请按时还款", "url": "https://example.com/", "picture": ""}
    stage.send("news", {"articles": [article]})
    stage.send("msgmenu", {"text": "满意吗？", "choices": [{"id": "1", "label": "满意"}], "tail": "谢谢"})
    stage.send("hologram", {})
    expect(phone.bubbles.nth(1).get_by_role("link")).to_have_text(phone.texts["details"])
    expect(phone.bubbles.nth(3)).to_have_text(phone.texts["unsupported"])
    phone.bubbles.nth(2).get_by_role("button", name="满意").click()
    assert stage.delivered(2)[1].message["bizmsgmenuid"] == "1"


def test_what_could_not_be_sent_comes_back(phone: PhonePage) -> None:
    phone.shows(HELLO["Content"])
    phone.page.route("**/phone/say", lambda route: route.abort())
    phone.say("在吗")
    expect(phone.banner).to_have_text(phone.texts["not_sent"])
    expect(phone.field).to_have_value("在吗")
    phone.page.unroute("**/phone/say")
    phone.field.press("Enter")
    phone.shows(HELLO["Content"], "在吗", HELLO["Content"])
    expect(phone.banner).to_be_empty()


def test_a_reader_of_old_lines_is_not_torn_away(phone: PhonePage, stage: Backstage) -> None:
    for number in range(12):
        stage.send("text", {"text": f"第{number}条\n" * 4})
    expect(phone.bubbles).to_have_count(13)
    phone.page.locator(".log").evaluate("node => (node.scrollTop = 0)")
    stage.send("text", {"text": "新消息"})
    expect(phone.button("newer")).to_be_visible()
    phone.button("newer").click()
    expect(phone.bubbles.last).to_be_in_viewport()
    expect(phone.button("newer")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 780)])
def test_contrast_and_axe(
    open_phone: Callable[..., PhonePage], stage: Backstage, scheme: str, width: int, height: int
) -> None:
    phone = open_phone(color_scheme=scheme, viewport={"width": width, "height": height})
    assert Axe().run(phone.page).violations_count == 0
    phone.follow().shows(HELLO["Content"])
    stage.send("msgmenu", {"text": "满意吗？", "choices": [{"id": "1", "label": "满意"}], "tail": ""})
    stage.connector.says("oops")
    phone.say("在吗")
    expect(phone.notices).to_have_count(1)
    phone.field.fill("正在写")
    results = Axe().run(phone.page)
    assert results.violations_count == 0, results.generate_report()
    phone.button("to_menu").click()
    phone.page.get_by_role("button", name=stage.wx.world.menu[2]["name"]).click()
    assert Axe().run(phone.page).violations_count == 0
    phone.button("to_keyboard").click()
    phone.button("voice").click()
    assert Axe().run(phone.page).violations_count == 0


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 568)])
def test_at_double_size_and_on_a_small_phone_nothing_is_cut_off(
    open_phone: Callable[..., PhonePage], stage: Backstage, width: int, height: int
) -> None:
    phone = open_phone(viewport={"width": width, "height": height}).follow()
    phone.say("字" * 200)
    phone.shows(HELLO["Content"], "字" * 200, HELLO["Content"])
    phone.field.fill("长" * 100)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("send", "to_menu", "unfollow"):
        expect(phone.button(name)).to_be_in_viewport(ratio=1)
    boxes = phone.page.locator("button:visible, textarea:visible").evaluate_all(
        "nodes => nodes.map((node) => [node.textContent, node.offsetWidth, node.offsetHeight])"
    )
    assert [box for box in boxes if min(box[1:]) < 44] == []
