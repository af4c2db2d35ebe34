"""How a code reaches its phone: shown on the page in the demo, handed to the lender's gateway otherwise."""
import asyncio
from typing import Any, AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from dengta.conversation import codes
from dengta.conversation.codes import DemoCodeSender, GatewayCodeSender
from dengta.conversation.identity import CodeNotSent
from dengta.conversation.log import MessageLog

PHONE, CODE = "19900000008", "042137"
Gateway = Callable[[Callable[[web.Request], Awaitable[web.Response]]], Awaitable[GatewayCodeSender]]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Start a gateway that answers with the given handler."""
    servers: list[TestServer] = []

    async def start(handler: Callable[[web.Request], Awaitable[web.Response]]) -> GatewayCodeSender:
        application = web.Application()
        application.router.add_post("/send", handler)
        servers.append(TestServer(application))
        await servers[-1].start_server()
        return GatewayCodeSender(str(servers[-1].make_url("/send")))

    yield start
    for server in servers:
        await server.close()


async def test_the_gateway_gets_phone_and_code_and_nothing_else(gateway: Gateway) -> None:
    got: list[Any] = []

    async def accept(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=200)

    sender = await gateway(accept)
    await sender.send("talk", PHONE, CODE)
    await sender.rehearse()
    assert got == [{"phone": PHONE, "code": CODE}, {"rehearsal": True}]


@pytest.mark.parametrize("status", [400, 429, 500, 503])
async def test_a_refusal_says_its_status_and_nothing_about_the_customer(gateway: Gateway, status: int) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=f"{PHONE} {CODE}")

    sender = await gateway(refuse)
    with pytest.raises(CodeNotSent) as raised:
        await sender.send("talk", PHONE, CODE)
    assert str(raised.value) == f"gateway answered {status}"
    with pytest.raises(CodeNotSent):
        await sender.rehearse()


async def test_a_gateway_that_keeps_silent_is_given_up(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_GATEWAY_TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    answered = asyncio.Event()

    async def stall(_request: web.Request) -> web.Response:
        await answered.wait()
        return web.Response()

    sender = await gateway(stall)
    with pytest.raises(CodeNotSent) as raised:
        await sender.send("talk", PHONE, CODE)
    answered.set()
    assert "Timeout" in str(raised.value)


async def test_a_gateway_that_is_down_is_said_without_customer_data() -> None:
    with pytest.raises(CodeNotSent) as raised:
        await GatewayCodeSender(f"http://127.0.0.1:{unused_port()}/send").send("talk", PHONE, CODE)
    assert PHONE not in str(raised.value) and CODE not in str(raised.value)


async def test_the_demo_shows_the_code_in_its_own_conversation_marked_as_a_demo(log: MessageLog) -> None:
    talk, other = await log.open_conversation("web"), await log.open_conversation("web")
    await DemoCodeSender(log).send(talk, PHONE, CODE)
    (card,) = await log.since(talk, 0)
    assert card.author == "demo"
    assert card.custom == {"type": "demo_code", "code": CODE}
    assert not await log.since(other, 0)
