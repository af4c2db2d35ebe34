"""A browser, a fake connector behind the widget, and the real stack for the end-to-end tests."""
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.scenarios.stack import Stack, running
from tests.web.chat import Chat
from tests.web.fake_connector import FakeConnector

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium once per file: Playwright's loop must not outlive it beside async tests."""
    chromium = shutil.which("chromium")
    assert chromium, "The browser tests need a program named `chromium` on the PATH."
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Return a maker of browser contexts; a script error on any of their pages fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def server() -> Iterator[FakeConnector]:
    """Run a fake connector."""
    server = FakeConnector()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start the real assistant: model, action server and seeded databases of its own."""
    with running(tmp_path_factory.mktemp("dengta")) as stack:
        yield stack


@pytest.fixture
def open_chat(new_context: Callable[..., BrowserContext], server: FakeConnector) -> Callable[..., Chat]:
    """Return a function that opens the chat in a new context with the given browser options."""

    def opened(without_streaming: bool = False, **options: Any) -> Chat:
        context = new_context(**options)
        if without_streaming:
            context.add_init_script("delete Response.prototype.body")
        return Chat(context.new_page(), server.page).open()

    return opened


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    """Open the chat in a desktop window."""
    return open_chat()
