"""Delivery: exact resume, nothing twice, through disconnects and restarts."""
import asyncio
from typing import Any

import aiohttp
import pytest

from tests.channels.conftest import Bot, Client


async def test_the_stream_replays_then_follows(client: Client) -> None:
    await client.send("c1", text="一")
    await client.messages(2)
    async with client.events() as events:
        assert [m["seq"] for m in await events.messages(2)] == [1, 2]
        await client.send("c2", text="二")
        assert [m["text"] for m in await events.messages(2)] == ["二", "答：二"]


async def test_typing_is_told_while_the_bot_works(client: Client, bot: Bot) -> None:
    gate = asyncio.Event()

    async def slow(message: Any) -> None:
        await gate.wait()
        await bot.agent.echo(message)

    bot.agent.turn = slow
    async with client.events() as events:
        await client.send("c1", text="你好")
        first = [await events.next(), await events.next()]
        assert {kind for kind, _, _ in first} == {"message", "typing"}
        assert ("typing", None, {"on": True}) in first
        assert (await client.call("GET", "/messages?after=1"))[1] == {"messages": [], "typing": True}
        gate.set()
        assert (await events.next())[2]["text"] == "答：你好"
        assert await events.next() == ("typing", None, {"on": False})


async def test_a_reconnect_resumes_exactly_and_the_header_wins(client: Client) -> None:
    for i in range(3):
        await client.send(f"c{i}", text=str(i))
        await client.messages(2 * i + 2)
    async with client.events("/events?after=5") as events:
        assert [m["seq"] for m in await events.messages(1)] == [6]
    async with client.events("/events?after=0", **{"Last-Event-ID": "4"}) as events:
        assert [m["seq"] for m in await events.messages(2)] == [5, 6]


async def test_two_tabs_see_the_same(client: Client) -> None:
    async with client.events() as one, client.events() as other:
        await client.send("c1", text="你好")
        assert await one.messages(2) == await other.messages(2)


async def test_a_client_ahead_of_the_server_is_told_to_start_again(client: Client) -> None:
    await client.send("c1", text="你好")
    await client.messages(2)
    async with client.events("/events?after=99") as events:
        assert (await events.next())[0] == "reset"
        assert [m["seq"] for m in await events.messages(2)] == [1, 2]
    _, news = await client.call("GET", "/messages?after=99")
    assert (news["reset"], [m["seq"] for m in news["messages"]]) == (True, [1, 2])


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "²", "9999999999"])
async def test_a_senseless_position_is_refused(client: Client, after: str) -> None:
    for path in (f"/events?after={after}", f"/messages?after={after}"):
        status, answer = await client.call("GET", path)
        assert (status, answer["error"]) == (400, "invalid_message")


async def test_a_long_poll_waits_for_the_answer(client: Client, bot: Bot) -> None:
    poll = asyncio.create_task(client.call("GET", "/messages?after=0&wait=25"))
    await asyncio.sleep(0)
    await client.send("c1", text="你好")

    assert (await poll)[1]["messages"][0]["text"] == "你好"


async def test_what_the_action_server_stores_reaches_an_open_stream(client: Client, bot: Bot) -> None:
    async def send_code(message: Any) -> None:
        card = {"text": "", "custom": {"type": "demo_code", "code": "123456"}}
        await bot.log.append(message.sender_id, "demo", card)
        await bot.agent.echo(message)

    bot.agent.turn = send_code
    async with client.events() as events:
        await client.send("c1", text="199-0000-0000")
        own, card, reply = await events.messages(3)

    assert [own["author"], card["author"], reply["author"]] == ["customer", "demo", "bot"]
    assert card["custom"] == {"type": "demo_code", "code": "123456"}


async def test_a_killed_server_comes_back_with_every_message_once(client: Client, bot: Bot) -> None:
    began = asyncio.Event()

    async def dies(message: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    await client.send("c1", text="一")
    await client.messages(2)
    bot.agent.turn = dies
    async with client.events("/events?after=2") as events:
        await client.send("c2", text="二")
        assert [m["seq"] for m in await events.messages(1)] == [3]
        await began.wait()
        await bot.kill()
        with pytest.raises((EOFError, aiohttp.ClientError)):
            while True:
                await events.next()
    bot.agent.turn = bot.agent.echo
    await bot.start()

    async with client.events(**{"Last-Event-ID": "3"}) as events:
        assert [(m["seq"], m["text"]) for m in await events.messages(1)] == [(4, "答：二")]
    assert [m["seq"] for m in await client.messages(4)] == [1, 2, 3, 4]
    assert (await client.send("c2", text="二"))[1] == {"seq": 3, "duplicate": True}
    assert bot.agent.heard[-1].metadata["attempt"] == 2
