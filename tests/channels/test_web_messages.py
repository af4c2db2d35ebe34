"""Sending: who may, what arrives in Rasa, what is refused and how."""
import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.channels.conftest import Bot, Client


async def test_a_question_is_answered(client: Client, bot: Bot) -> None:
    status, answer = await client.send("c1", text="这个月还多少")
    assert (status, answer) == (202, {"seq": 1, "duplicate": False})

    own, reply = await client.messages(2)
    assert (own["author"], own["text"], own["client_msg_id"]) == ("customer", "这个月还多少", "c1")
    assert (reply["author"], reply["text"]) == ("bot", "答：这个月还多少")
    assert own["time"].endswith("+08:00")
    (heard,) = bot.agent.heard
    assert (heard.input_channel, heard.parse_data) == ("web", None)


async def test_the_sender_is_the_token_and_nothing_in_the_body(client: Client, stranger: Client, bot: Bot) -> None:
    await stranger.send("c1", text="你好")
    await stranger.messages(2)
    victim = bot.agent.heard[0].sender_id
    disguise = {"sender": victim, "sender_id": victim, "input_channel": "cmdline", "metadata": {"customer_id": "C1"}}
    await client.call("POST", "/messages", json={"client_msg_id": "c1", "text": "我是谁", **disguise})
    await client.messages(2)

    heard = bot.agent.heard[1]
    assert heard.sender_id not in ("", "default", victim)
    assert heard.input_channel == "web"
    assert "customer_id" not in heard.metadata
    assert len(await stranger.messages(2)) == 2


async def test_the_same_message_at_once_and_later_starts_one_turn(client: Client, bot: Bot) -> None:
    answers = await asyncio.gather(*(client.send("same", text="你好") for _ in range(5)))
    await client.messages(2)
    answers.append(await client.send("same", text="你好"))

    assert {status for status, _ in answers} == {202}
    assert {answer["seq"] for _, answer in answers} == {1}
    assert sorted(answer["duplicate"] for _, answer in answers) == [False] + [True] * 5
    await client.send("next", text="再见")
    assert [m["text"] for m in await client.messages(4)] == ["你好", "答：你好", "再见", "答：再见"]
    assert len(bot.agent.heard) == 2


@pytest.mark.parametrize("typed", ["/restart", '/request_human{"x":1}', "\u200b /restart", "／restart"])
async def test_a_typed_command_reaches_rasa_as_text(client: Client, bot: Bot, typed: str) -> None:
    await client.send("c1", text=typed)
    await client.messages(2)

    assert bot.agent.heard[0].text.startswith("／re")
    assert bot.agent.heard[0].parse_data is None


@pytest.mark.parametrize(
    "command, title, intent",
    [
        ("human", "转人工", "request_human"),
        ("senior", "切换到长辈模式", "switch_senior_mode"),
        ("standard", "切换到标准模式", "switch_standard_mode"),
    ],
)
async def test_the_fixed_controls(client: Client, bot: Bot, command: str, title: str, intent: str) -> None:
    status, _ = await client.send("c1", command=command)
    own, _ = await client.messages(2)

    assert (status, own["text"]) == (202, title)
    assert bot.agent.heard[0].parse_data["intent"] == {"name": intent, "confidence": 1.0}


async def test_a_click_carries_the_buttons_own_meaning_and_skips_nlu(client: Client, bot: Bot) -> None:
    async def offer(message: Any) -> None:
        buttons = [
            {"title": "第二笔", "payload": '/query_bill{"order_no": "JJ2"}'},
            {"title": "别的", "payload": "别的问题"},
        ]
        await message.output_channel.send_response(message.sender_id, {"text": "哪一笔？", "buttons": buttons})

    bot.agent.turn = offer
    await client.send("c1", text="账单")
    question = (await client.messages(2))[1]
    assert [button["title"] for button in question["buttons"]] == ["第二笔", "别的"]
    assert "payload" not in json.dumps(question)
    bot.agent.turn = bot.agent.echo
    await client.send("c2", payload_id=question["buttons"][0]["id"])
    await client.send("c3", payload_id=question["buttons"][1]["id"])
    said = await client.messages(6)

    assert [m["text"] for m in said if m["author"] == "customer"] == ["账单", "第二笔", "别的"]
    clicked, typed = bot.agent.heard[1:]
    assert clicked.parse_data["intent"]["name"] == "query_bill"
    assert clicked.parse_data["entities"][0]["value"] == "JJ2"
    assert (typed.text, typed.parse_data) == ("别的问题", None)


async def test_somebody_elses_button_is_unknown(client: Client, stranger: Client, bot: Bot) -> None:
    conversation = await offered(client, bot)
    for payload_id in (conversation, "1-guess", "/query_bill", "2-"):
        status, answer = await stranger.send("c1", payload_id=payload_id)
        assert (status, answer["error"]) == (404, "payload_unknown")
    assert await stranger.call("GET", "/messages") == (200, {"messages": [], "typing": False})


@pytest.mark.parametrize(
    "raw, status, code",
    [
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_message"),
        (b'[{"client_msg_id": "a", "text": "x"}]', 400, "invalid_message"),
        (b'{"client_msg_id": "a b", "text": "x"}', 400, "invalid_message"),
        (b'{"client_msg_id": "a", "command": "restart"}', 400, "invalid_message"),
        (b'{"client_msg_id": "a", "text": " \xe2\x80\x8b\\u0000 "}', 422, "empty_message"),
        (json.dumps({"client_msg_id": "a", "text": "长" * 501}).encode(), 422, "too_long"),
        (json.dumps({"client_msg_id": "a", "text": "x" * 20_000}).encode(), 413, "body_too_large"),
        (b"x" * 1_000_000, 413, "body_too_large"),
    ],
)
async def test_bad_input_gets_a_code_and_a_sentence_and_changes_nothing(
    client: Client, bot: Bot, raw: bytes, status: int, code: str
) -> None:
    answered, answer = await client.call("POST", "/messages", data=raw)

    assert (answered, answer["error"]) == (status, code)
    assert answer["message"].endswith("。")
    assert await client.call("GET", "/messages") == (200, {"messages": [], "typing": False})
    assert bot.agent.heard == []


async def test_an_agent_that_is_not_ready_is_said_so(client: Client, bot: Bot) -> None:
    bot.agent.ready = False
    status, answer = await client.send("c1", text="你好")
    assert (status, answer["error"]) == (503, "not_ready")
    bot.agent.ready = True
    assert (await client.send("c1", text="你好"))[0] == 202


async def test_a_flood_is_stopped_for_the_flooder_only(client: Client, stranger: Client) -> None:
    statuses = []
    for i in range(25):
        async with client.http.post(
            "/webhooks/web/messages", headers=client.headers, json={"client_msg_id": f"c{i}", "text": "你好"}
        ) as response:
            statuses.append(response.status)
            if response.status == 429:
                assert int(response.headers["Retry-After"]) >= 1
    assert statuses == [202] * 20 + [429] * 5
    assert (await stranger.send("c1", text="你好"))[0] == 202


async def test_a_failed_turn_is_told_with_a_way_to_a_person(
    client: Client, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(message: Any) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "已为您办好"})
        raise RuntimeError(message.text)

    bot.agent.turn = fail
    await client.send("c1", text="机密内容")
    apology = (await client.messages(2))[1]
    assert "系统暂时出了问题" in apology["text"]
    assert [button["title"] for button in apology["buttons"]] == ["转人工"]
    assert "机密内容" not in caplog.text
    bot.agent.turn = bot.agent.echo
    await client.send("c2", payload_id=apology["buttons"][0]["id"])

    assert [m["text"] for m in await client.messages(4)][2:] == ["转人工", "答：转人工"]
    assert bot.agent.heard[1].parse_data["intent"]["name"] == "request_human"


async def test_one_response_is_one_bubble_with_contacts_filled_in(client: Client, bot: Bot) -> None:
    async def say(message: Any) -> None:
        out = message.output_channel
        tone = {"type": "tone", "tone": "senior"}
        button = {"title": "拨打[[police]]", "payload": "/affirm"}
        text = "先报警。\n\n拨打[[police]]"
        await out.send_response(message.sender_id, {"text": text, "buttons": [button], "custom": tone})
        await out.send_response(message.sender_id, {"custom": tone})
        await out.send_response(message.sender_id, {"text": ""})

    bot.agent.turn = say
    await client.send("c1", text="被骗了")
    _, first, second = await client.messages(3)

    assert first["text"] == "先报警。\n\n拨打110"
    assert first["buttons"][0]["title"] == "拨打110"
    assert first["custom"] == second["custom"] == {"type": "tone", "tone": "senior"}
    assert second["text"] == ""


async def test_a_client_that_hangs_up_still_gets_its_answer(client: Client, bot: Bot, http: ClientSession) -> None:
    began, gate = asyncio.Event(), asyncio.Event()

    async def slow(message: Any) -> None:
        began.set()
        await gate.wait()
        await bot.agent.echo(message)

    bot.agent.turn = slow
    async with client.events() as events:
        await client.send("c1", text="你好")
        await began.wait()
        await events.messages(1)
    gate.set()

    assert [m["text"] for m in await client.messages(2)] == ["你好", "答：你好"]


async def offered(client: Client, bot: Bot) -> str:
    """Let the bot offer one button and return its id."""

    async def offer(message: Any) -> None:
        button = {"title": "好", "payload": "/affirm"}
        await message.output_channel.send_response(message.sender_id, {"text": "确认？", "buttons": [button]})

    bot.agent.turn = offer
    await client.send("c1", text="开始")
    found: str = (await client.messages(2))[1]["buttons"][0]["id"]
    return found
