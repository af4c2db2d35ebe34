"""Rating a person's help in 微信客服, by a menu whose lines are clicked."""
import pytest

from tests.channels.wechat.kf.stage import LI, KfBot, shown, texts
from tests.channels.wechat.people import help_and_leave, ratings, reasons

both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


async def helped(resting: KfBot, how: str) -> KfBot:
    """Let a person of our own desk help the customer; return the process."""
    resting.handoff = "desk"
    await resting.start()
    await resting.wx.kf.say(LI, "账单不对")
    await shown(resting.wx, 1)
    await help_and_leave(resting, how)
    await resting.wx.until(lambda: menus(resting) != [], 20.0)
    return resting


def menus(bot: KfBot) -> list[list[tuple[str, str]]]:
    """Return the menus the phone shows: ids and labels."""
    lines = [line for line in bot.wx.kf.shown(LI) if line.kind == "msgmenu"]
    return [[(choice["id"], choice["label"]) for choice in line.more["choices"]] for line in lines]


async def click(bot: KfBot, menu: int, label: str) -> None:
    """Click a line of a menu."""
    menu_id = next(id_ for id_, title in menus(bot)[menu] if title == label)
    await bot.wx.kf.say(LI, label, menu_id)


@both
@pytest.mark.parametrize("how", ["close", "give_back"])
async def test_a_menu_is_clicked_from_score_to_recommendation(resting: KfBot, how: str) -> None:
    bot = await helped(resting, how)
    asked = len(texts(bot.wx))
    assert [label for _, label in menus(bot)[0]] == ["非常不满意", "不满意", "一般", "满意", "非常满意"]
    assert "打分" in texts(bot.wx)[-1] and "1." not in texts(bot.wx)[-1]

    await click(bot, 0, "非常满意")
    assert "哪里做得好" in (await shown(bot.wx, asked + 1))[-1]
    await click(bot, 0, "非常满意")  # twice
    await click(bot, 1, "态度好")
    assert "0 到 10" in (await shown(bot.wx, asked + 2))[-1]
    await bot.wx.kf.say(LI, "9")
    assert (await shown(bot.wx, asked + 3))[-1].startswith("谢谢您的评价")
    assert [(row.score, row.nps) for row in ratings(bot)] == [(5, 9)] and reasons(bot) == ["polite"]
    assert bot.heard() == ["账单不对"]


async def test_an_old_menu_still_rates_after_other_words(resting: KfBot) -> None:
    bot = await helped(resting, "give_back")
    asked = len(texts(bot.wx))
    await bot.wx.kf.say(LI, "还款日几号")
    await shown(bot.wx, asked + 1)
    await click(bot, 0, "不满意")
    assert "哪里需要改进" in (await shown(bot.wx, asked + 2))[-1]
    assert [row.score for row in ratings(bot)] == [2]
