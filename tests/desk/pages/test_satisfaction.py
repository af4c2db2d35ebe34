"""What customers think of the help they had, as leads see it on the wall and the next agent beside the conversation."""
import re
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect

from dengta.handoff.satisfaction.answers import Answer
from tests.desk.pages.agent_page import AgentPage
from tests.desk.test_satisfaction import rated
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]


def section(agent: AgentPage) -> Locator:
    return agent.page.get_by_role("region", name="满意度")


async def six_ratings(floor: Floor) -> None:
    """Let six customers rate a1, one of them badly."""
    for score, nps in ((5, 10), (5, 9), (4, 9), (4, 8), (3, 7)):
        await rated(floor, Answer(score, ("polite",) if score == 5 else (), nps))
    await rated(floor, Answer(1, ("slow",), 0, "电话 13800138000 打不通"), said="我要投诉你们")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_lead_sees_figures_and_goes_from_a_poor_rating_to_its_conversation(
    floor: Floor, at_desk: AtDesk, scheme: str
) -> None:
    await six_ratings(floor)
    lead = await at_desk("boss", "周组长", role="lead", color_scheme=scheme)
    await lead.page.get_by_role("link", name="监控").click()
    figures = section(lead)
    for name, value in (("平均分", "3.67"), ("满意占比", "66.67%"), ("评价率", "100.00%"), ("净推荐值", "33")):
        await expect(figures.locator(".headline div", has_text=name).locator("dd").first).to_have_text(value)
    await expect(figures.get_by_role("table", name="选得最多的原因").get_by_role("row").first).to_contain_text("态度好")
    await expect(figures.get_by_role("img", name="每天的评价数和平均分")).to_be_visible()
    poor = figures.get_by_role("table", name="低分评价").get_by_role("row", name=re.compile("有投诉风险"))
    await expect(poor).to_contain_text("电话 138****8000 打不通")
    violations = (await Axe().run(lead.page)).response["violations"]
    assert violations == []

    await figures.get_by_text("今天").click()
    await expect(figures.get_by_role("img", name="每天的评价数和平均分")).to_have_count(0)
    await poor.get_by_role("button", name="查看会话").click()
    await lead.shows("转人工", "我要投诉你们", "您好")


async def test_without_invitations_the_wall_says_so(at_desk: AtDesk) -> None:
    lead = await at_desk("boss", "周组长", role="lead")
    await lead.page.get_by_role("link", name="监控").click()
    await expect(section(lead)).to_contain_text("这段时间没有邀请过评价")


async def test_the_wall_fits_a_phone(floor: Floor, at_desk: AtDesk) -> None:
    await six_ratings(floor)
    lead = await at_desk("boss", "周组长", role="lead", viewport={"width": 390, "height": 844})
    await lead.page.goto(lead.page.url + "wall")
    await expect(section(lead).get_by_role("table", name="低分评价")).to_be_visible()
    assert await lead.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_next_agent_is_warned_of_a_likely_complaint(floor: Floor, at_desk: AtDesk) -> None:
    await six_ratings(floor)
    talk, _ = await floor.waits()
    floor.knows(talk, "C000012")
    lin = await at_desk("lin", "林晓")
    await lin.opens_next()
    earlier = lin.page.locator("section", has=lin.page.get_by_role("heading", name="历史会话"))
    await expect(earlier).to_contain_text("给人工服务打了 1 分，有投诉风险，等太久")
