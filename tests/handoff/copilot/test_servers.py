"""The two servers the copilot asks: what they are sent, and what becomes of answers that cannot be used."""
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from dengta.handoff.copilot import answers, understanding
from dengta.handoff.copilot.answers import ActionServer, AnswersUnavailableError, Part
from dengta.handoff.copilot.understanding import ModelServer, UnderstandingUnavailableError

PARSED = {
    "text": "这个月还多少",
    "intent": {"name": "query_bill", "confidence": 0.93},
    "entities": [],
    "understanding": {"decision": "answer", "readings": [{"id": "query_bill", "confidence": 0.93}], "requests": None},
}
RAN = {
    "events": [
        {"event": "slot", "name": "quote_amount", "value": "10000", "timestamp": None},
        {"event": "followup", "name": "quote_form", "timestamp": None},
    ],
    "responses": [
        {"text": None, "buttons": [], "elements": [], "custom": {}, "template": "utter_note_unknown",
         "response": "utter_note_unknown", "image": None, "attachment": None, "product": "灯塔极速贷"},
    ],
}  # fmt: skip
SECRET = "a secret for tests, long enough to be one"
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Server:
    """Answers what a test wants and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.status = 200
        self.asked: list[Any] = []
        self.hangs = False

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if self.hangs:
            await asyncio.sleep(60)
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return web.Response(text=text, status=self.status, content_type="application/json")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/{path:.*}", server.handle)
    async with TestServer(application) as running:
        yield str(running.make_url("")).rstrip("/")


async def test_a_text_is_understood(server: Server, url: str) -> None:
    server.answer = PARSED
    understood = await ModelServer(url, SECRET).understand("这个月还多少")
    assert (understood.reading, understood.readings[0].confidence) == ("query_bill", 0.93)
    assert understood.message == {key: PARSED[key] for key in ("text", "intent", "entities")}
    assert server.asked == [{"text": "这个月还多少"}]


@pytest.mark.parametrize("typed", ["/restart", "  /query_bill{}", "\u200b/request_human", "\n/affirm"])
async def test_no_customer_gives_commands(
    server: Server, url: str, typed: str
) -> None:
    server.answer = PARSED
    await ModelServer(url, SECRET).understand(typed)
    assert not server.asked[0]["text"].lstrip().startswith("/")


async def test_an_unclear_text_has_readings_but_no_meaning(
    server: Server, url: str
) -> None:
    server.answer = {**PARSED, "understanding": {**PARSED["understanding"], "decision": "clarify"}}
    understood = await ModelServer(url, SECRET).understand("还款")
    assert understood.reading is None and len(understood.readings) == 1


@pytest.mark.parametrize("answer", ["", "nothing", [], {}, {"understanding": None}, {**PARSED, "understanding": {}}])
async def test_an_answer_of_the_model_that_cannot_be_used(
    server: Server, url: str, answer: Any
) -> None:
    server.answer = answer
    with pytest.raises(UnderstandingUnavailableError) as refused:
        await ModelServer(url, SECRET).understand("我叫王海青")
    assert "王海青" not in str(refused.value)


async def test_a_model_that_fails_or_is_not_there(server: Server, url: str) -> None:
    server.answer, server.status = PARSED, 500
    for address in (url, f"http://127.0.0.1:{unused_port()}"):
        with pytest.raises(UnderstandingUnavailableError):
            await ModelServer(address, SECRET).understand("还款")


async def test_nobody_waits_for_servers_that_hang(
    server: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.hangs = True
    for module in (understanding, answers):
        monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    with pytest.raises(UnderstandingUnavailableError):
        await ModelServer(url, SECRET).understand("还款")
    with pytest.raises(AnswersUnavailableError):
        await ActionServer(url).run("action_query_bill", "talk", PARSED, {})


async def test_an_action_is_run_for_the_conversation(server: Server, url: str) -> None:
    server.answer = RAN
    answer = await ActionServer(url).run("action_start_quote", "talk", PARSED, {"tone": "senior"})
    assert answer.parts == (Part("utter_note_unknown", {"product": "灯塔极速贷"}),)
    assert (answer.slots, answer.form) == ({"quote_amount": "10000"}, "quote_form")
    (call,) = server.asked
    assert (call["next_action"], call["sender_id"]) == ("action_start_quote", "talk")
    assert call["tracker"]["slots"]["tone"] == "senior"
    assert call["tracker"]["latest_message"]["text"] == "这个月还多少"


@pytest.mark.parametrize("answer", ["", [], {}, {"events": None, "responses": []}, {"events": []}])
async def test_an_answer_of_the_action_server_that_cannot_be_used(
    server: Server, url: str, answer: Any
) -> None:
    server.answer = answer
    with pytest.raises(AnswersUnavailableError):
        await ActionServer(url).run("action_query_bill", "talk", PARSED, {})
