"""Rating a person's help in an official account, by numbers: what was asked is understood, and nothing else is."""
import pytest

from dengta.clock import real_time
from dengta.database import writing
from dengta.handoff.satisfaction.tables import rating
from tests.channels.wechat.channel.stage import LI, WeChatBot, texts, until
from tests.channels.wechat.people import help_and_leave, ratings, reasons

CHOICES = "\n".join(["回复数字选择：", "1. 非常不满意", "2. 不满意", "3. 一般", "4. 满意", "5. 非常满意"])
QUESTION = f"请为本次人工服务打分，不想评可以回复“不评了”。\n\n{CHOICES}"
both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


async def helped(bot: WeChatBot, how: str) -> None:
    """Let a person help the customer, who is told so and asked."""
    await bot.wx.say(LI, "账单不对")
    await until(lambda: texts(bot.wx) == ["答：账单不对"])
    await help_and_leave(bot, how)
    await until(lambda: any("请为本次人工服务打分" in text for text in texts(bot.wx)))


async def answers(bot: WeChatBot, text: str) -> str:
    """Let the customer write something and return what comes back."""
    before = len(texts(bot.wx))
    await bot.wx.say(LI, text)
    await until(lambda: len(texts(bot.wx)) > before)
    return texts(bot.wx)[-1]


@both
@pytest.mark.parametrize("how", ["close", "give_back"])
async def test_score_reasons_words_and_recommendation(bot: WeChatBot, how: str) -> None:
    await helped(bot, how)
    assert texts(bot.wx)[-1].endswith(QUESTION)

    asked = await answers(bot, "2")
    assert asked.startswith("收到，您打了 2 分。哪里需要改进？") and "7. 我想写几句话" in asked
    assert "请把想说的话写在一条消息里" in await answers(bot, "1 3 7")
    assert "请回复 0 到 10 的数字" in await answers(bot, "排队等了半小时")
    assert (await answers(bot, "6")).startswith("谢谢您的评价")

    [row] = ratings(bot)
    assert (row.score, row.nps, reasons(bot)) == (2, 6, ["slow", "unsolved"])
    assert row.words is not None and "半小时" not in row.words
    assert await answers(bot, "6") == "答：6", "nothing is asked any more"
    assert bot.heard() == ["账单不对", "6"]


async def test_the_question_costs_no_message_of_its_own(bot: WeChatBot) -> None:
    await helped(bot, "close")
    assert "本次服务已结束，感谢您的耐心。有新的问题，随时再来找我们。\n\n" + QUESTION in texts(bot.wx)[-1]


@pytest.mark.parametrize("said", ["不评了", "跳过"])
async def test_who_declines_is_left_in_peace(bot: WeChatBot, said: str) -> None:
    await helped(bot, "give_back")
    assert (await answers(bot, said)).startswith("好的，这次不评")
    assert ratings(bot)[0].declined
    assert await answers(bot, "3") == "答：3"


async def test_each_step_can_be_skipped(bot: WeChatBot) -> None:
    await helped(bot, "give_back")
    assert "哪里做得好" in await answers(bot, "打5分")
    assert "0 到 10" in await answers(bot, "跳过")
    assert (await answers(bot, "跳过")).startswith("谢谢您的评价")
    assert (ratings(bot)[0].score, ratings(bot)[0].nps, reasons(bot)) == (5, None, [])


@pytest.mark.parametrize("text", ["5000元", "3期还多少", "账单还是不对", "２号还款可以吗"])
async def test_a_real_message_is_no_rating(bot: WeChatBot, text: str) -> None:
    await helped(bot, "close")
    assert (await answers(bot, text)).startswith("答：")
    assert ratings(bot)[0].score is None
    assert await answers(bot, "5") == "答：5", "by now a number may mean something else"
    assert ratings(bot)[0].score is None


async def test_who_asks_for_a_person_instead_of_writing_gets_one(bot: WeChatBot) -> None:
    await helped(bot, "give_back")
    await answers(bot, "1")
    await answers(bot, "7")
    assert await answers(bot, "转人工") == "答：转人工"
    assert ratings(bot)[0].words is None


async def test_after_its_time_a_number_is_for_the_bot(bot: WeChatBot) -> None:
    await helped(bot, "give_back")
    with writing(bot.engine) as session:
        session.execute(rating.update().values(expires_at=real_time()))
    await answers(bot, "打5分")
    assert bot.heard()[-1] == "打5分"
    assert ratings(bot)[0].score is None
