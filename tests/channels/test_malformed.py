"""Bytes that are no request, or no message, are refused with a code, cost nothing and are stored nowhere."""
from typing import Optional

import aiohttp
import pytest

from tests.channels.conftest import Bot, Client
from tests.channels.line import line_to, request, works


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: -5"],
        ["Content-Length: many"],
        ["Content-Length: +2"],
        ["Content-Length: ٢"],
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Content-Length"],
    ],
)
async def test_a_request_of_unclear_length_is_refused(
    client: Client, stranger: Client, bot: Bot, headers: list[str]
) -> None:
    async with line_to(bot) as line:
        await line.send(request(client, *headers, body=b"{}\r\n\r\n"))
        status, answer = await line.answer()

    assert (status, answer["error"]) == (400, "invalid_message")
    await works(stranger)


@pytest.mark.parametrize("chunk", ["-2", "zz", "FFFFFFFFFFFFFFFF", "x" * 100])
async def test_a_senseless_chunk_is_refused(client: Client, stranger: Client, bot: Bot, chunk: str) -> None:
    async with line_to(bot) as line:
        await line.send(request(client, "Transfer-Encoding: chunked", body=f"{chunk}\r\n{{}}\r\n".encode()))
        status, answer = await line.answer()

    assert (status, answer["error"]) in ((400, "invalid_message"), (413, "body_too_large"))
    await works(stranger)


async def test_a_request_that_is_none_is_refused(client: Client, bot: Bot) -> None:
    for nonsense in (b"HELLO\r\n\r\n", b"GET / HTTP/7\r\n\r\n", b"\x00\xff\r\n\r\n"):
        async with line_to(bot) as line:
            await line.send(nonsense)
            status, answer = await line.answer()
        assert (status, answer["error"]) == (400, "invalid_message")
    await works(client)


@pytest.mark.parametrize("start", [b"", b"POST /webhooks/web/messages HTTP/1.1\r\n"])
async def test_a_header_without_end_is_refused(client: Client, bot: Bot, start: bytes) -> None:
    async with line_to(bot) as line:
        await line.send(start + b"A: b\r\n" * 5000)
        status, answer = await line.answer()

    assert (status, answer["error"]) == (413, "body_too_large")
    await works(client)


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client, bot: Bot) -> None:
    async with line_to(bot) as announced, line_to(bot) as chunked:
        await announced.send(request(client, "Content-Length: 1000000"))
        chunks = b"1000\r\n" + b"x" * 4096 + b"\r\nF000\r\n"
        await chunked.send(request(client, "Transfer-Encoding: chunked", body=chunks))
        for line in (announced, chunked):
            status, answer = await line.answer()
            assert (status, answer["error"]) == (413, "body_too_large")
    await works(client)


@pytest.mark.parametrize(
    "bomb, code",
    [
        (b"[" * 16_000, "invalid_json"),
        (b'{"a":' * 2_500 + b"1" + b"}" * 2_500, "invalid_json"),
        (b'{"client_msg_id": "c1", "text": "x", "n": ' + b"9" * 16_000 + b"}", "invalid_json"),
        (b'{"client_msg_id": "c1", "text": "x", "n": [' + b"{}," * 5_000 + b"1]}", None),
        (b'{"client_msg_id": "c1", "text": {"text": "x"}}', "invalid_message"),
        (b'{"client_msg_id": "c1", "text": "\\ud83d"}', "empty_message"),
        (b'{"client_msg_id": "\\ud83d", "text": "x"}', "invalid_message"),
        ("发".encode("gbk"), "invalid_json"),
    ],
    ids=["lists", "objects", "number", "elements", "nested", "half a pair", "half an id", "gbk"],
)
async def test_a_json_bomb_costs_nothing(client: Client, stranger: Client, bomb: bytes, code: Optional[str]) -> None:
    status, answer = await client.call("POST", "/messages", data=bomb)

    assert answer.get("error") == code
    assert (status == 202) == (code is None)
    await works(stranger)


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/rest/webhook",
        "/webhooks/callback/webhook",
        "/socket.io/?EIO=4&transport=polling",
        "/conversations/default/tracker",
        "/conversations/default/trigger_intent",
        "/model",
        "/model/parse",
        "/model/train",
        "/domain",
        "/status",
    ],
)
async def test_rasas_own_doors_do_not_exist(http: aiohttp.ClientSession, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        async with http.request(method, path, json={"sender": "victim", "message": "/restart"}) as response:
            assert response.status == 404
            assert (await response.json())["error"] == "not_found"
