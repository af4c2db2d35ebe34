"""From the bot to a person and back, as the customer in the web chat sees it."""
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, AsyncIterator

import pytest

from dengta.clock import SHANGHAI, real_time
from dengta.handoff.hours import ServiceHours
from dengta.handoff.queue import Queue
from dengta.handoff.reception import Reception
from dengta.handoff.rules import rules
from tests.channels.conftest import Bot, Client

HOURS = ServiceHours(time(9), time(21), timedelta(hours=2))
MORNING = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(database_url, tmp_path)
    bot.reception = Reception(bot.vault, rules(), HOURS, (), lambda: MORNING, real_time)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def desk(bot: Bot) -> Queue:
    """The people's side, with one person at work."""
    desk = Queue(bot.engine, bot.vault, rules(), real_time)
    await desk.presence("a1", "online", 3, ["general", "complex", "hardship"])
    return desk


async def ask_for_a_person(message: Any) -> None:
    wish = {"type": "handoff", "reason": "request_human", "tone": "standard"}
    await message.output_channel.send_response(message.sender_id, {"custom": wish})


async def waits(bot: Bot, client: Client) -> None:
    """Let the customer ask for a person."""
    bot.agent.turn = ask_for_a_person
    await client.send("c1", text="转人工")
    await client.messages(2)
    bot.agent.turn = bot.agent.echo


async def test_a_customer_is_queued_helped_and_given_back(bot: Bot, client: Client, desk: Queue) -> None:
    await waits(bot, client)
    await client.send("c2", text="我的账单不对")
    first = (await desk.waiting(["general"]))[0]
    epoch = await desk.take(first.conversation_id, "a1", first.epoch)
    await desk.say(first.conversation_id, "a1", epoch, {"text": "您好，我来看"}, "m1")
    await client.send("c3", text="谢谢")
    await desk.give_back(first.conversation_id, "a1", epoch)
    await client.send("c4", text="还款日几号")
    messages = await client.messages(10)

    assert [message["author"] for message in messages] == [
        "customer", "notice", "customer", "notice", "agent", "customer", "notice", "notice", "customer", "bot",
    ]  # fmt: skip
    assert messages[7]["custom"]["type"] == "satisfaction"
    assert messages[9]["text"] == "答：还款日几号"
    assert "custom" not in messages[1], "what the action wished for is nothing to show"
    assert [heard.text for heard in bot.agent.heard] == ["转人工", "还款日几号"]
    assert [heard.metadata["anew"] for heard in bot.agent.heard] == [False, True]


async def ask_in_the_middle_of_a_form(message: Any) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": "好的"})
    await ask_for_a_person(message)
    await message.output_channel.send_response(message.sender_id, {"text": "请输入手机号"})


async def test_who_waits_for_a_person_is_asked_nothing_more_by_the_bot(bot: Bot, client: Client, desk: Queue) -> None:
    bot.agent.turn = ask_in_the_middle_of_a_form
    await client.send("c1", text="转人工")
    messages = await client.messages(3)
    assert [message["author"] for message in messages] == ["customer", "bot", "notice"]
    assert messages[1]["text"] == "好的"
    assert [each.reason for each in await desk.waiting(["general"])] == ["request_human"]


async def test_where_nobody_is_there_the_bot_goes_on_with_its_question(bot: Bot, client: Client) -> None:
    bot.agent.turn = ask_in_the_middle_of_a_form
    await client.send("c1", text="转人工")
    said = [message["text"] for message in await client.messages(4)]
    assert (said[1], said[3]) == ("好的", "请输入手机号")
    assert said[2].startswith("已为您登记人工服务")


async def test_a_click_leads_from_the_queue_back_to_the_bot(bot: Bot, client: Client, desk: Queue) -> None:
    await waits(bot, client)
    button = (await client.messages(2))[1]["buttons"][0]
    assert button["title"] == "取消排队"
    await client.send("c2", payload_id=button["id"])
    await client.send("c3", text="还款日几号")
    messages = await client.messages(6)

    assert messages[3]["text"].startswith("已取消排队")
    assert messages[5]["text"] == "答：还款日几号"
    assert await desk.waiting(["general"]) == ()


async def test_no_bot_answers_somebody_in_distress(bot: Bot, client: Client, desk: Queue) -> None:
    await client.send("c1", text="我活不下去了")
    messages = await client.messages(3)

    assert "您的安全最要紧" in messages[1]["text"]
    assert bot.agent.heard == []
    assert [(each.reason, each.priority) for each in await desk.waiting(["hardship"])] == [("distress", 0)]


async def test_whom_the_bot_fails_a_person_gets(bot: Bot, client: Client, desk: Queue) -> None:
    async def fail(_message: Any) -> None:
        raise RuntimeError

    bot.agent.turn = fail
    await client.send("c1", text="账单")
    messages = await client.messages(3)

    assert "抱歉，系统暂时出了问题" in messages[1]["text"]
    assert messages[2]["author"] == "notice"
    assert [each.reason for each in await desk.waiting(["complex"])] == ["bot_failed"]


async def test_where_nobody_works_a_failing_bot_only_apologises(bot: Bot, client: Client) -> None:
    async def fail(_message: Any) -> None:
        raise RuntimeError

    bot.agent.turn = fail
    await client.send("c1", text="账单")
    await client.messages(2)
    bot.agent.turn = bot.agent.echo
    await client.send("c2", text="还款日几号")
    assert (await client.messages(4))[3]["text"] == "答：还款日几号"
