"""Sessions: the server names the conversation, and a token opens only its own."""
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from dengta.channels import tokens
from dengta.channels.tokens import LIFETIME, Tokens
from tests.channels.conftest import SECRET, Client

CALLS = (("GET", "/messages"), ("GET", "/events"), ("POST", "/messages"), ("DELETE", "/session"))


async def test_every_session_is_a_new_conversation(http: ClientSession) -> None:
    async with http.post("/webhooks/web/session", json={"conversation_id": "mine", "sender": "victim"}) as response:
        first = await response.json()
    async with http.post("/webhooks/web/session") as response:
        second = await response.json()

    assert (first["expires_in"], first["demo"]) == (1800, True)
    conversations = {Tokens(SECRET).read(f"Bearer {answer['token']}").conversation_id for answer in (first, second)}
    assert len(conversations) == 2
    assert not conversations & {"mine", "victim"}


async def test_renewing_keeps_the_conversation(client: Client) -> None:
    await client.send("c1", text="你好")
    status, renewed = await client.call("POST", "/session")
    assert status == 201
    client.token = renewed["token"]

    assert [m["text"] for m in await client.messages(2)] == ["你好", "答：你好"]


async def test_an_expired_token_is_told_apart_and_can_be_renewed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = Tokens(SECRET).read(f"Bearer {client.token}").conversation_id
    monkeypatch.setattr(tokens, "LIFETIME", -timedelta(hours=1))
    client.token = Tokens(SECRET).issue(conversation_id)
    monkeypatch.setattr(tokens, "LIFETIME", LIFETIME)

    for method, path in CALLS:
        status, answer = await client.call(method, path)
        assert (status, answer["error"]) == (401, "token_expired")
    status, renewed = await client.call("POST", "/session")
    assert status == 201
    assert Tokens(SECRET).read(f"Bearer {renewed['token']}").conversation_id == conversation_id


@pytest.mark.parametrize("token", ["", "nonsense", Tokens("x" * 32).issue("talk"), Tokens(SECRET).issue("nobody")])
async def test_without_a_good_token_nothing_is_possible(client: Client, token: str) -> None:
    client.token = token
    for method, path in (*CALLS, ("POST", "/session")):
        status, answer = await client.call(method, path)
        assert (status, answer["error"]) == (401, "token_invalid")


async def test_a_token_opens_only_its_own_conversation(client: Client, stranger: Client) -> None:
    await client.send("c1", text="我的秘密")
    await client.messages(2)
    victim = Tokens(SECRET).read(f"Bearer {client.token}").conversation_id

    _, seen = await stranger.call("GET", f"/messages?conversation_id={victim}&sub={victim}&token={client.token}")
    assert seen["messages"] == []
    await stranger.call("DELETE", f"/session?conversation_id={victim}")
    assert len(await client.messages(2)) == 2


async def test_an_ended_session_is_over(client: Client) -> None:
    await client.send("c1", text="你好")
    await client.messages(2)
    async with client.events() as events:
        await events.messages(2)
        assert await client.call("DELETE", "/session") == (204, None)
        with pytest.raises(EOFError):
            await events.next()

    for method, path in (("GET", "/messages"), ("POST", "/session"), ("DELETE", "/session")):
        status, answer = await client.call(method, path)
        assert (status, answer["error"]) == (401, "token_invalid")
    assert (await client.send("c2", text="还在吗"))[0] == 401
