"""The chat page and nothing else: no directory, no other file, no foreign script."""
import pytest
from aiohttp import ClientSession

from dengta.channels import pages, wording
from tests.channels.conftest import Bot


@pytest.fixture(autouse=True)
def chat(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("web") / "chat"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>灯塔", encoding="utf-8")
    (folder / "widget.js").write_text("export {}", encoding="utf-8")
    (folder / "notes.md").write_text("secret", encoding="utf-8")
    (folder / ".env.json").write_text("secret", encoding="utf-8")
    (folder.parent / "secret.js").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(pages, "CHAT", folder)


async def test_the_page_is_served_with_a_strict_policy(http: ClientSession) -> None:
    async with http.get("/") as response:
        assert response.url.path == "/webhooks/web/"
        assert (response.status, response.content_type) == (200, "text/html")
        assert "灯塔" in await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    async with http.get("/webhooks/web") as response:
        assert response.url.path == "/webhooks/web/"


async def test_a_file_of_the_widget(http: ClientSession) -> None:
    async with http.get("/webhooks/web/chat/widget.js") as response:
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.js",
        "..%2fsecret.js",
        "%2e%2e/secret.js",
        "..%5csecret.js",
        "parts",
        "parts/",
        "notes.md",
        ".env.json",
        "nothing.js",
        "widget.js%00",
        "widget.js/",
        "%2fetc%2fpasswd",
        "",
    ],
)
async def test_no_other_file_can_be_read(bot: Bot, path: str) -> None:
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(f"GET /webhooks/web/chat/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert b"secret" not in answer
    assert b"root:" not in answer
    assert b" 404 " in answer.split(b"\r\n")[0] or b"export {}" in answer


async def test_the_widgets_sentences(http: ClientSession) -> None:
    async with http.get("/webhooks/web/texts") as response:
        texts = await response.json()
    card = texts.pop("rating")
    assert texts == wording.web()["widget"]
    assert [score["value"] for score in card["scores"]] == [1, 2, 3, 4, 5]


async def test_the_rest_of_rasa_is_not_there(http: ClientSession) -> None:
    paths = ["/webhooks/rest/webhook", "/socket.io/", "/domain", "/model", "/conversations/x/tracker", "/status"]
    for path in paths:
        async with http.get(path) as response:
            assert (response.status, (await response.json())["error"]) == (404, "not_found")
    async with http.put("/webhooks/web/messages", headers={"Origin": "https://evil.example"}) as response:
        assert (response.status, (await response.json())["error"]) == (405, "method_not_allowed")
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_ready_follows_the_model(http: ClientSession, bot: Bot) -> None:
    for ready, status in ((True, 200), (False, 503)):
        bot.agent.ready = ready
        async with http.get("/ready") as response:
            assert (response.status, await response.json()) == (status, {"ready": ready})
