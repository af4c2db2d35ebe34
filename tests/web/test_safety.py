"""Whatever anybody writes is text: no markup, no script, no link that is not https or tel."""
import pytest
from playwright.sync_api import expect

from tests.web.chat import Chat
from tests.web.fake_connector import FakeConnector

HOSTILE = [
    "<script>document.title='hacked'</script>",
    "<img src=x onerror=\"document.title='hacked'\">",
    "\"><svg onload=document.title='hacked'>",
    "javascript:document.title='hacked'",
    "[点我](javascript:alert(1)) data:text/html,<b>x</b>",
    "http://bank.example https://bank.example@evil.example",
    "{{constructor.constructor('document.title=1')()}}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(chat: Chat, server: FakeConnector, text: str) -> None:
    title = chat.page.title()
    chat.say(text)
    chat.shows(text)
    chat.delivered()
    server.say(text, text)
    server.say(text, author="agent")
    server.say(text, author="notice", custom={"type": text})
    server.say(text, author="demo", custom={"type": "demo_code", "code": text})
    expect(chat.page.locator(".bubble")).to_have_count(5)
    expect(chat.page.locator(".bubble").nth(1)).to_have_text(text)
    expect(chat.page.locator("code")).to_have_text(text)
    chat.button(text).click()
    expect(chat.page.locator(".bubble")).to_have_count(6)
    assert chat.page.title() == title
    assert chat.each(".log :is(a, img, svg, script, iframe, b)", "(node) => node.outerHTML") == []


def test_links_are_https_or_tel_and_end_where_the_address_ends(chat: Chat, server: FakeConnector) -> None:
    server.say("详见https://example.com/a?b=1&c=2。反诈专线 tel:96110，或 (https://example.com/d).")
    expect(chat.log.get_by_role("link")).to_have_text(["https://example.com/a?b=1&c=2", "96110", "https://example.com/d"])
    links = chat.each(".log a", "(link) => [link.getAttribute('href'), link.rel]")
    assert links == [
        ["https://example.com/a?b=1&c=2", "noopener noreferrer"],
        ["tel:96110", ""],
        ["https://example.com/d", "noopener noreferrer"],
    ]


def test_the_customers_own_words_are_never_links(chat: Chat) -> None:
    chat.say("看看 https://example.com")
    chat.shows("看看 https://example.com")
    expect(chat.log.get_by_role("link")).to_have_count(0)


def test_line_breaks_are_kept(chat: Chat, server: FakeConnector) -> None:
    server.say("本金 100.00 元\n利息 1.20 元\n\n合计 101.20 元")
    expect(chat.bubbles).to_have_text("本金 100.00 元\n利息 1.20 元\n\n合计 101.20 元", use_inner_text=True)
