"""The chat page as a customer sees it: what the browser tests look at and touch."""
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.web.fake_conversations import sentences

TEXTS = sentences("widget")


class Chat:
    """One open chat page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.field = page.get_by_label(TEXTS["input"])
        self.log = page.get_by_role("log")
        self.bubbles = page.locator(".bubble")
        self.status = page.locator(".status:not(:empty)")
        self.banner = page.get_by_role("status")
        self.typing = page.locator(".typing")
        self.dialog = page.get_by_role("dialog")

    def open(self) -> "Chat":
        """Go to the page and wait until the conversation is connected."""
        self.page.goto(self.address)
        return self.connected()

    def connected(self) -> "Chat":
        """Wait until the header says that the assistant is there."""
        expect(self.page.locator(".state")).to_have_text(TEXTS["subtitle"])
        return self

    def say(self, text: str) -> None:
        """Type a text and press Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def button(self, title: str) -> Locator:
        """Return the button with exactly this title."""
        return self.page.get_by_role("button", name=title, exact=True)

    def shows(self, *texts: str) -> None:
        """Wait until the conversation consists of exactly these bubbles, in this order."""
        expect(self.bubbles).to_have_text(list(texts))

    def delivered(self) -> None:
        """Wait until nothing is on its way any more."""
        expect(self.status).to_have_count(0)

    def each(self, selector: str, script: str) -> Sequence[Any]:
        """Evaluate a function of one element on every visible element that matches inside the widget."""
        return self.page.evaluate(
            f"""(selector) => [...document.querySelector('dengta-chat').shadowRoot.querySelectorAll(selector)]
                .filter((node) => node.checkVisibility({{visibilityProperty: true}})).map({script})""",
            selector,
        )
