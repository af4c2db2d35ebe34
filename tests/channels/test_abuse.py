"""Who drips, swallows, floods, hoards or hangs up is stopped, and nobody else notices."""
import asyncio

import aiohttp
import pytest
from sqlalchemy import insert

from dengta.channels import web
from dengta.channels.tokens import Tokens
from dengta.conversation import pace
from dengta.conversation.tables import binding
from dengta.database import connect, writing
from tests.channels.conftest import SECRET, Bot, Client
from tests.channels.line import PATIENCE, line_to, message, request, until, works


async def test_a_request_that_stops_half_way_is_given_up(client: Client, stranger: Client, bot: Bot) -> None:
    whole = request(client, f"Content-Length: {len(message())}", body=message())
    for half, refusal in ((whole[:40], (408, "too_slow")), (whole[:-5], (503, "not_ready"))):
        async with line_to(bot, impatient=True) as line:
            await line.send(half)
            await works(stranger)
            status, answer = await line.answer()
        assert (status, answer["error"]) == refusal
    assert await client.call("GET", "/messages") == (200, {"messages": [], "typing": False})


async def test_a_request_that_drips_is_cut_off(client: Client, stranger: Client, bot: Bot) -> None:
    long_header = request(client, f"X-Long: {'x' * 4000}")
    long_body = request(client, "Content-Length: 15000", body=message().ljust(15_000))
    unwanted_body = request(client, "Content-Length: 15000", call="POST /nowhere", body=b"x" * 15_000)
    async with line_to(bot, impatient=True) as one, line_to(bot, impatient=True) as two:
        async with line_to(bot, impatient=True) as three:
            dripping = asyncio.gather(one.drip(long_header), two.drip(long_body), three.drip(unwanted_body))
            await works(stranger)
            assert await asyncio.wait_for(dripping, PATIENCE) == [False, False, False]
    assert await client.call("GET", "/messages") == (200, {"messages": [], "typing": False})


async def test_a_slow_but_steady_client_is_served(client: Client, bot: Bot) -> None:
    async with line_to(bot) as line:
        await line.drip(request(client, f"Content-Length: {len(message())}", "Connection: close", body=message()))
        assert (await line.answer())[0] == 202


async def test_a_client_that_does_not_read_is_dropped(client: Client, stranger: Client, bot: Bot) -> None:
    for _ in range(60):
        await bot.log.append(conversation_of(client), "bot", {"custom": {"type": "chart", "data": "x" * 100_000}})
    async with line_to(bot, buffer=4096) as line:
        await line.send(request(client, call="GET /events?after=0"))
        (stream,) = [each for each in bot.connections if each.conn_info.client_port == line.port]
        await until(stream.transport.get_write_buffer_size)
        stream.response_timeout, bot.app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 0.2, 0.1
        held = []
        while stream in bot.connections and stream.transport is not None:
            held.append(stream.transport.get_write_buffer_size())
            await asyncio.sleep(0.01)

    assert max(held) < 300_000
    await works(stranger)


async def test_a_customer_cannot_flood_through_many_conversations(
    client: Client, stranger: Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CUSTOMER_LIMIT", 4)
    with writing(connect(database_url, 5.0)) as session:
        for each in (client, stranger):
            bound = insert(binding).values(conversation_id=conversation_of(each), customer_id="C0008", from_seq=1)
            session.execute(bound)
    statuses = [(await (client, stranger)[i % 2].send(f"c{i}", text="在吗"))[0] for i in range(6)]

    assert statuses == [202] * 4 + [429] * 2


async def test_one_address_cannot_open_sessions_without_end(bot: Bot, http: aiohttp.ClientSession) -> None:
    bot.app.config.PROXIES_COUNT = 1
    statuses = [await session_status(http, "203.0.113.7") for _ in range(web.SESSIONS_PER_MINUTE + 2)]

    assert statuses == [201] * web.SESSIONS_PER_MINUTE + [429] * 2
    assert await session_status(http, "203.0.113.8") == 201
    assert await session_status(http, "10.0.0.1, 203.0.113.7") == 429


async def test_one_address_cannot_ask_without_end(client: Client, bot: Bot) -> None:
    bot.app.config.PROXIES_COUNT = 1
    ours, theirs = ({"X-Forwarded-For": address} for address in ("203.0.113.7", "203.0.113.8"))
    statuses = [(await client.call("GET", "/messages", headers=ours))[0] for _ in range(web.REQUESTS_PER_10_SECONDS)]

    assert set(statuses) == {200}
    for method, path in (("GET", "/messages"), ("GET", "/events"), ("POST", "/messages")):
        status, answer = await client.call(method, path, headers=ours)
        assert (status, answer["error"]) == (429, "rate_limited")
    assert (await client.call("GET", "/messages", headers=theirs))[0] == 200


@pytest.fixture
def few_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "STREAMS_AT_ONCE", 3)


async def test_one_address_cannot_hoard_streams(few_streams: None, client: Client, bot: Bot) -> None:
    bot.app.config.PROXIES_COUNT = 1
    ours = {"X-Forwarded-For": "203.0.113.7"}
    async with client.events(**ours), client.events(**ours), client.events(**ours):
        for path in ("/events", "/messages?wait=5"):
            status, answer = await client.call("GET", path, headers=ours)
            assert (status, answer["error"]) == (429, "rate_limited")
        async with client.events(**{"X-Forwarded-For": "203.0.113.8"}):
            pass
    await until(lambda: len(bot.connections) <= 1)
    async with client.events(**ours):
        pass


async def test_a_conversation_with_too_many_streams_loses_the_oldest(client: Client) -> None:
    async with client.events() as oldest:
        async with client.events(), client.events(), client.events(), client.events(), client.events():
            async with client.events() as newest:
                with pytest.raises(EOFError):
                    await oldest.next()
                await client.send("c1", text="你好")
                assert [m["text"] for m in await newest.messages(2)] == ["你好", "答：你好"]


async def test_who_hangs_up_at_any_moment_and_asks_again_is_answered_once(client: Client, bot: Bot) -> None:
    for number in range(8):
        async with line_to(bot) as line:
            await line.send(request(client, f"Content-Length: {len(message(number))}", body=message(number)))
            for _ in range(number * 4):
                await asyncio.sleep(0)
        assert (await client.send(f"c{number}", text="你好"))[0] == 202
        said = await client.messages(2 * number + 2)

    assert [m["text"] for m in said] == ["你好", "答：你好"] * 8


async def session_status(http: aiohttp.ClientSession, address: str) -> int:
    async with http.post("/webhooks/web/session", headers={"X-Forwarded-For": address}) as response:
        return response.status


def conversation_of(client: Client) -> str:
    return Tokens(SECRET).read(f"Bearer {client.token}").conversation_id
