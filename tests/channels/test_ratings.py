"""Rating a person's help in the web chat: by the card, by typing, after the conversation ended, and not by others."""
from datetime import timedelta
from pathlib import Path
from typing import Any, AsyncIterator

import jwt
import pytest
from sqlalchemy import select, update

from dengta.clock import real_time
from dengta.database import reading, writing
from dengta.handoff.queue import Queue
from dengta.handoff.reception import Reception
from dengta.handoff.rules import rules
from dengta.handoff.satisfaction.tables import rating
from tests.channels.conftest import SECRET, Bot, Client
from tests.channels.test_handoff import HOURS, MORNING, waits

GOOD = {"score": 5, "reasons": ["polite", "fast"], "nps": 10, "words": "小林很耐心"}


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(database_url, tmp_path)
    bot.reception = Reception(bot.vault, rules(), HOURS, (), lambda: MORNING, real_time)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def desk(bot: Bot) -> Queue:
    desk = Queue(bot.engine, bot.vault, rules(), real_time)
    await desk.presence("a1", "online", 9, ["general"])
    return desk


async def helped(bot: Bot, client: Client, desk: Queue, how: str = "close") -> str:
    """Let a person help the customer and leave; return the invitation."""
    await waits(bot, client)
    talk = (await desk.waiting(["general"]))[0]
    epoch = await desk.take(talk.conversation_id, "a1", talk.epoch)
    await desk.say(talk.conversation_id, "a1", epoch, {"text": "您好"}, "m1")
    await (desk.close if how == "close" else desk.give_back)(talk.conversation_id, "a1", epoch)
    return str(rows(bot)[-1].id)


def rows(bot: Bot) -> list[Any]:
    with reading(bot.engine) as session:
        return session.execute(select(rating).order_by(rating.c.invited_at)).all()


async def test_a_closed_conversation_can_still_be_rated_and_the_rating_changed(
    bot: Bot, client: Client, desk: Queue
) -> None:
    invitation = await helped(bot, client, desk)
    assert (await client.call("GET", "/messages"))[0] == 401, "the conversation has ended"
    unanswered = {"score": None, "reasons": [], "nps": None, "words": "", "declined": False, "expired": False}
    assert await client.call("GET", f"/ratings/{invitation}") == (200, unanswered)

    for _ in range(2):  # clicked twice
        answered = await client.call("PUT", f"/ratings/{invitation}", json=GOOD)
        assert answered == (200, {**unanswered, **GOOD, "reasons": ["fast", "polite"]})
    status, said = await client.call("PUT", f"/ratings/{invitation}", json={**GOOD, "score": 2, "reasons": ["slow"]})
    assert (status, said["score"], said["reasons"]) == (200, 2, ["slow"])
    assert [row.score for row in rows(bot)] == [2]


async def test_who_declines_is_asked_no_more(bot: Bot, client: Client, desk: Queue) -> None:
    invitation = await helped(bot, client, desk)
    status, said = await client.call("PUT", f"/ratings/{invitation}", json={"declined": True})
    assert (status, said["declined"], said["score"]) == (200, True, None)


async def test_a_token_that_expired_hours_ago_still_rates(bot: Bot, client: Client, desk: Queue) -> None:
    invitation = await helped(bot, client, desk)
    claims = jwt.decode(client.token, SECRET, ["HS256"], audience="dengta-web")
    old = {**claims, "exp": real_time() - timedelta(hours=11)}
    client.token = jwt.encode(old, SECRET, "HS256")
    assert (await client.call("PUT", f"/ratings/{invitation}", json=GOOD))[0] == 200


async def test_others_can_neither_see_nor_change_it(bot: Bot, client: Client, stranger: Client, desk: Queue) -> None:
    invitation = await helped(bot, client, desk)
    await client.call("PUT", f"/ratings/{invitation}", json=GOOD)
    forged = {**GOOD, "score": 1, "reasons": [], "conversation_id": rows(bot)[0].conversation_id}
    assert (await stranger.call("PUT", f"/ratings/{invitation}", json=forged))[0] == 404
    status, said = await stranger.call("GET", f"/ratings/{invitation}")
    assert (status, said["error"]) == (404, "invitation_unknown")
    stranger.token = "forged"
    assert (await stranger.call("PUT", f"/ratings/{invitation}", json=GOOD))[1]["error"] == "token_invalid"
    assert [row.score for row in rows(bot)] == [5]


async def test_an_expired_invitation_says_so(bot: Bot, client: Client, desk: Queue) -> None:
    invitation = await helped(bot, client, desk)
    with writing(bot.engine) as session:
        session.execute(update(rating).values(expires_at=real_time()))
    status, said = await client.call("PUT", f"/ratings/{invitation}", json=GOOD)
    assert (status, said["error"]) == (410, "invitation_expired")
    assert (await client.call("GET", f"/ratings/{invitation}"))[1]["expired"] is True
    assert rows(bot)[0].score is None


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"score": "5", "reasons": [], "nps": null, "words": ""}',
        b'{"score": 9, "reasons": [], "nps": null, "words": ""}',
        b'{"score": 5, "reasons": ["x"], "nps": 3, "words": ""}',
    ],
)
async def test_bad_input_changes_nothing(bot: Bot, client: Client, desk: Queue, body: bytes) -> None:
    invitation = await helped(bot, client, desk)
    assert (await client.call("PUT", f"/ratings/{invitation}", data=body))[0] == 400
    assert rows(bot)[0].score is None


async def test_a_number_typed_after_the_question_is_a_rating_and_no_riddle_for_the_bot(
    bot: Bot, client: Client, desk: Queue
) -> None:
    invitation = await helped(bot, client, desk, "give_back")
    await client.send("c9", text="4")
    messages = await client.messages(8)

    assert [message["author"] for message in messages[-3:]] == ["notice", "customer", "bot"]
    assert messages[-3]["custom"] == {"type": "satisfaction", "invitation": invitation, "asks": "score"}
    assert messages[-1]["text"] == "收到，本次人工服务您打了 4 分，谢谢。"
    assert messages[-1]["custom"] == {"type": "satisfaction", "invitation": invitation}
    assert [heard.text for heard in bot.agent.heard] == ["转人工"]
    assert rows(bot)[0].score == 4


@pytest.mark.parametrize("text", ["5000元", "5期", "5号还", "我要还5笔", "满意度怎么算", "12"])
async def test_a_real_message_is_no_rating(bot: Bot, client: Client, desk: Queue, text: str) -> None:
    await helped(bot, client, desk, "give_back")
    await client.send("c9", text=text)
    assert (await client.messages(8))[-1]["text"] == f"答：{text}"
    assert rows(bot)[0].score is None


async def test_once_something_else_was_said_a_bare_number_is_for_the_bot(
    bot: Bot, client: Client, desk: Queue
) -> None:
    await helped(bot, client, desk, "give_back")
    await client.send("c8", text="还款日几号")
    await client.messages(8)
    await client.send("c9", text="5")
    assert (await client.messages(10))[-1]["text"] == "答：5"
    assert rows(bot)[0].score is None

    await client.send("c10", text="给你们打5分")
    assert "您打了 5 分" in (await client.messages(12))[-1]["text"]
    assert rows(bot)[0].score == 5
