"""What is no text: pictures, voices, the menu, following and leaving."""
import asyncio
from typing import Any, Optional

import pytest
from sqlalchemy import select

from dengta.channels.payload import parse_data
from dengta.channels.wechat import voice
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.voice import load
from dengta.conversation.tables import account, message
from dengta.database import reading
from dengta.settings import SettingsError
from tests.channels.test_buttons import intents
from tests.channels.wechat.channel.stage import LI, SEND, WeChatBot, texts, until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def recorded(bot: WeChatBot) -> list[tuple[str, str]]:
    """Return status and author of everything stored, in order."""
    with reading(bot.engine) as session:
        rows = session.execute(select(message.c.author_kind, message.c.status).order_by(message.c.id)).all()
    return [tuple(row) for row in rows]


async def test_a_follower_is_greeted_and_can_choose(bot: WeChatBot) -> None:
    assert (await bot.wx.follow(LI)).outcome == "reply"
    (greeting,) = texts(bot.wx)
    assert greeting.startswith(sentences()["greeting"]["text"])
    await bot.wx.say(LI, "2")

    assert bot.agent.heard[0].parse_data["intent"]["name"] == "query_coupons"
    assert bot.wx.calls(SEND) == []


async def test_a_qr_code_is_followed_like_any_other_way(bot: WeChatBot) -> None:
    await bot.wx.follow(LI, scene='{"customer_id": "C1"}')
    await bot.wx.event(LI, "SCAN", '{"customer_id": "C1"}')

    assert len(texts(bot.wx)) == 1
    assert bot.heard() == []


async def test_a_follow_delivered_twice_is_greeted_once(bot: WeChatBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.wx.world.clock, "act", bot.wx.world.clock.now)  # the same second: the same event
    await bot.wx.follow(LI)
    await bot.wx.follow(LI)

    assert recorded(bot) == [("customer", "done"), ("bot", "sent")]


async def test_a_tap_on_the_menu_asks_what_the_item_says(bot: WeChatBot) -> None:
    delivery = await bot.wx.click(LI, "request_early_settlement")

    assert delivery.outcome == "reply"
    assert bot.agent.heard[0].parse_data["intent"]["name"] == "request_early_settlement"
    assert texts(bot.wx) == ["答：提前还清"]


async def test_everything_the_menu_and_the_greeting_offer_leads_somewhere() -> None:
    offered = [*sentences()["account_menu"].values(), *sentences()["greeting"]["buttons"]]
    for item in offered:
        parsed = parse_data(item["payload"], item["title"])
        assert parsed is not None and parsed["intent"]["name"] in intents()


@pytest.mark.parametrize(
    "name, key",
    [
        ("CLICK", "no such key"),
        ("VIEW", "https://example.com"),
        ("LOCATION", ""),
        ("TEMPLATESENDJOBFINISH", ""),
        ("a_new_kind", ""),
        ("", ""),
    ],
)
async def test_other_events_are_acknowledged_and_nothing_else(bot: WeChatBot, name: str, key: str) -> None:
    delivery = await bot.wx.event(LI, name, key)

    assert (delivery.outcome, len(delivery.attempts)) == ("nothing", 1)
    assert (bot.heard(), texts(bot.wx), recorded(bot)) == ([], [], [])


async def test_leaving_unbinds_and_coming_back_begins_anew(bot: WeChatBot) -> None:
    await bot.wx.say(LI, "你好")
    await bot.wx.unfollow(LI)
    with reading(bot.engine) as session:
        gone = session.execute(select(account)).one()
    assert (gone.address, gone.left_at is None) == (None, False)
    await bot.wx.follow(LI)
    await bot.wx.say(LI, "又是我")

    first, second = (heard.sender_id for heard in bot.agent.heard)
    assert first != second
    assert texts(bot.wx)[-1] == "答：又是我"


async def test_who_leaves_while_a_turn_runs_is_not_written_to(bot: WeChatBot) -> None:
    async def leave(said: Any) -> None:
        await bot.wx.unfollow(LI)
        await bot.agent.echo(said)

    bot.agent.turn = leave
    assert (await bot.wx.say(LI, "你好")).outcome == "nothing"
    assert (texts(bot.wx), bot.wx.calls(SEND)) == ([], [])


async def test_one_person_at_two_accounts_is_known_by_the_unionid(bot: WeChatBot) -> None:
    await bot.wx.say(LI, "你好")

    def united() -> bool:
        with reading(bot.engine) as session:
            return session.execute(select(account.c.union_key)).scalar() is not None

    await until(united)


@pytest.mark.parametrize("kind", ["location", "link", "miniprogrampage", "video", "shortvideo", "a_new_kind"])
async def test_what_cannot_be_understood_is_stored_and_said(bot: WeChatBot, kind: str) -> None:
    await bot.wx.send(LI, kind, Title="机密", Label="机密")

    assert texts(bot.wx) == [sentences()["other"]]
    assert (bot.heard(), recorded(bot)) == ([], [("customer", "done"), ("bot", "sent")])


async def test_a_picture_is_answered_with_a_warning(bot: WeChatBot) -> None:
    await bot.wx.image(LI, PNG)
    await bot.wx.say(LI, "你好")

    assert texts(bot.wx) == [sentences()["image"], "答：你好"]
    assert bot.heard() == ["你好"]


async def test_a_picture_for_a_person_is_not_answered_by_the_bot(bot: WeChatBot) -> None:
    await bot.wx.say(LI, "你好")
    talk = bot.agent.heard[0].sender_id
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE conversation SET state = 'HUMAN', owner_kind = 'agent', owner_id = 'a1'")
    await bot.wx.image(LI, PNG)
    await bot.wx.say(LI, "看到了吗")

    assert texts(bot.wx) == ["答：你好"]
    assert [said.text for said in await bot.log.since(talk, 2)] == [sentences()["seen"]["image"], "看到了吗"]


async def test_a_recognised_voice_is_a_text(bot: WeChatBot) -> None:
    await bot.wx.voice(LI, recognition="/查账单。")

    assert bot.heard() == ["／查账单。"]


@pytest.mark.parametrize("recognition", [None, "", " "])
async def test_a_voice_nobody_recognised_is_asked_for_as_text(bot: WeChatBot, recognition: Optional[str]) -> None:
    await bot.wx.voice(LI, recognition=recognition)

    assert texts(bot.wx) == [sentences()["voice"]]
    assert bot.heard() == []


async def test_a_recogniser_of_the_lender_gets_the_sound(resting: WeChatBot) -> None:
    sounds = []

    async def recognise(sound: bytes) -> str:
        sounds.append(sound)
        return "查账单"

    resting.recognise = recognise
    await resting.start()
    await resting.wx.voice(LI)

    assert resting.heard() == ["查账单"]
    assert sounds[0].startswith(b"#!AMR")


async def hangs(_sound: bytes) -> str:
    await asyncio.Event().wait()
    return ""


async def breaks(_sound: bytes) -> str:
    raise ValueError("机密")


async def hears_nothing(_sound: bytes) -> None:
    return None


@pytest.mark.parametrize("recognise", [hangs, breaks, hears_nothing])
async def test_a_recogniser_that_fails_is_no_reason_for_silence(
    resting: WeChatBot, recognise: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(voice, "LIMIT", 0.1)
    resting.recognise = recognise
    await resting.start()
    await resting.wx.voice(LI)

    assert texts(resting.wx) == [sentences()["voice"]]
    assert "机密" not in caplog.text


async def test_a_recogniser_is_found_by_its_path_or_the_start_is_refused() -> None:
    assert load(None) is None
    assert load("asyncio.sleep") is asyncio.sleep
    for path in ("nothing", "no.such.function", "dengta.channels.wechat.voice.LIMIT", "."):
        with pytest.raises(SettingsError, match="DENGTA_VOICE_RECOGNISER"):
            load(path)
