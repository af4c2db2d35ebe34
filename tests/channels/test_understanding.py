"""The address at which the desk asks what a text means: nobody else finds it, and no text is a command."""
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from sanic import Sanic

from dengta.channels import connections, replies, understanding
from dengta.channels.connections import Connection
from dengta.channels.server import bind
from dengta.handoff.copilot.understanding import PATH, ModelServer, UnderstandingUnavailableError, credential
from tests.channels.conftest import PATIENCE, SECRET

KNOCK = {"Authorization": f"Bearer {credential(SECRET)}"}


class Model:
    """Understands everything as a question for the bill, as Rasa would say it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def parse(self, text: str) -> Mapping[str, Any]:
        self.heard.append(text)
        if text == "坏了":
            raise RuntimeError(text)
        return {
            "text": text,
            "intent": {"name": "query_bill", "confidence": 0.9},
            "intent_ranking": [],
            "entities": [{"entity": "period", "value": 12, "start": 0, "end": 1}],
            "understanding": {"decision": "answer", "readings": [{"id": "query_bill", "confidence": 0.9}]},
        }


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
async def base(model: Model) -> AsyncIterator[str]:
    app = Sanic("understanding", configure_logging=False)
    connections.install(app)
    replies.install(app)
    understanding.install(app, model.parse, SECRET)
    listening = bind("127.0.0.1", 0)
    server: Any = await app.create_server(
        sock=listening, protocol=Connection, return_asyncio_server=True, access_log=False
    )
    await server.startup()
    await server.start_serving()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    await server.close()


async def post(base: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    async with aiohttp.ClientSession(base, timeout=PATIENCE) as http:
        async with http.post(PATH, data=body, headers=headers) as response:
            return response.status, await response.json()


async def test_the_desk_hears_what_a_text_means(base: str) -> None:
    understood = await ModelServer(base, SECRET).understand("这个月还多少")
    assert (understood.reading, understood.readings[0].confidence) == ("query_bill", 0.9)
    assert understood.message["entities"][0]["value"] == 12


@pytest.mark.parametrize("typed", ["/restart", "  /query_bill{}", "\u200b/request_human", "／affirm"])
async def test_no_text_is_a_command(base: str, model: Model, typed: str) -> None:
    status, _ = await post(base, json.dumps({"text": typed}).encode(), KNOCK)
    assert status == 200
    assert model.heard[0].startswith("／")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {SECRET}"}])
async def test_who_does_not_know_the_word_finds_nothing(base: str, model: Model, headers: dict[str, str]) -> None:
    status, said = await post(base, '{"text": "还款"}'.encode(), headers)
    assert (status, said["error"]) == (404, "not_found")
    assert model.heard == []
    with pytest.raises(UnderstandingUnavailableError):
        await ModelServer(base, "another secret").understand("还款")


@pytest.mark.parametrize(
    "body, code",
    [(b"", "invalid_json"), (b"[", "invalid_json"), (b"[]", "invalid_message"), (b"{}", "invalid_message"),
     (b'{"text": 1}', "invalid_message"), (b'{"text": " \\u200b"}', "empty_message")],
)  # fmt: skip
async def test_what_is_no_text_is_refused(base: str, model: Model, body: bytes, code: str) -> None:
    assert (await post(base, body, KNOCK))[1]["error"] == code
    assert model.heard == []


async def test_a_failure_is_logged_without_the_text(base: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await post(base, '{"text": "坏了"}'.encode(), KNOCK))[1]["error"] == "internal"
    assert "坏了" not in caplog.text and "RuntimeError" in caplog.text
