"""Working without a mouse, without good eyes, and in a small window."""
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.desk.pages.agent_page import AgentPage
from tests.desk.test_reading import bind
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
AT_REST = """() => new Promise((resolve) => {
    const ends = (each) => each.effect.getTiming().iterations !== Infinity && each.playState !== "finished"
    const layout = () => [...document.querySelectorAll("body *")].map((node) => {
        const { x, y, width, height } = node.getBoundingClientRect()
        return [x, y, width, height].join()
    }).join(";")
    let before = "", since = 0
    const look = (now) => {
        const present = layout()
        if (present !== before || document.getAnimations().some(ends)) since = now
        before = present
        if (now - since > 250) resolve(true)
        else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
})"""


async def violations(page: Page) -> list[str]:
    """Return what axe finds once nothing moves or fades any more, one line each."""
    await page.wait_for_function(AT_REST)
    found = (await Axe().run(page, options=RULES)).response["violations"]
    return [f"{each['id']}: {node['html']} {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    at_desk: AtDesk, open_page: Callable[..., Awaitable[AgentPage]], floor: Floor, scheme: str
) -> None:
    login = await open_page(color_scheme=scheme)
    await login.button("登录").click()
    assert await violations(login.page) == []

    agent = await at_desk("lin", "林晓", role="lead", color_scheme=scheme, reduced_motion="reduce")
    talk, _ = await floor.waits(priority=1)
    await floor.waits()
    bind(floor, talk, "C000012")
    await agent.opens_next()
    await expect(agent.page.get_by_role("heading", name="借款与账单")).to_be_visible()
    assert await violations(agent.page) == []

    await agent.button("接入").click()
    await floor.log.receive(talk, "c2", {"text": "手机 13812345678"})
    await agent.reply.fill("您好")
    await agent.page.keyboard.press("Control+Enter")
    await agent.shows("转人工", "手机 138****5678", "您好")
    await agent.reply.fill("/")
    await expect(agent.page.get_by_role("option").first).to_be_visible()
    assert await violations(agent.page) == []
    await agent.page.keyboard.press("Escape")

    for button in ("转接", "快捷键"):
        await agent.button(button).click()
        await expect(agent.page.get_by_role("dialog")).to_be_visible()
        assert await violations(agent.page) == []
        await agent.page.keyboard.press("Escape")
        await expect(agent.page.get_by_role("dialog")).to_be_hidden()

    await agent.page.get_by_role("link", name="监控").click()
    await expect(agent.page.get_by_role("row", name="林晓")).to_be_visible()
    assert await violations(agent.page) == []


async def test_a_case_is_worked_on_with_the_keyboard_alone(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    first, _ = await floor.waits()
    second, _ = await floor.waits()
    await expect(agent.list.get_by_text("已等")).to_have_count(2)
    keyboard = agent.page.keyboard
    for key in ("j", "j"):
        await keyboard.press(key)
        await expect(agent.button("接入")).to_be_visible()
    await keyboard.press("t")
    await expect(agent.reply).to_be_focused()
    await keyboard.type("/稍等")
    await keyboard.press("Enter")
    await expect(agent.reply).to_have_value("我正在为您查询，请稍等一下。")
    await keyboard.press("Control+Enter")
    await agent.shows("转人工", "我正在为您查询，请稍等一下。")
    await keyboard.press("Escape")
    await keyboard.press("n")
    await expect(agent.note).to_be_focused()
    await keyboard.type("等财务回复")
    await keyboard.press("Control+Enter")
    await expect(agent.page.get_by_role("complementary", name="客户资料").get_by_text("等财务回复")).to_be_visible()
    await keyboard.press("Escape")
    await keyboard.press("?")
    await expect(agent.page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    assert [floor.owner(talk).owner_id for talk in (first, second)] == [None, "lin"]


@pytest.mark.parametrize("width, height", [(640, 400), (390, 844)])  # the first is 1280×800 at 200 %
async def test_everything_is_there_in_a_small_window(at_desk: AtDesk, floor: Floor, width: int, height: int) -> None:
    agent = await at_desk("lin", "林晓", viewport={"width": width, "height": height})
    await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await agent.reply.fill("您好")
    await agent.button("发送").click()
    await agent.shows("转人工", "您好")
    await expect(agent.log.get_by_text("您好")).to_be_in_viewport()
    await agent.button("客户资料").click()
    await expect(agent.page.get_by_role("complementary", name="客户资料")).to_be_visible()
    await agent.button("会话").click()
    await agent.button("返回列表").click()
    await expect(agent.list.get_by_text("访客")).to_be_visible()
    assert await agent.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_dialogs_of_a_conversation(at_desk: AtDesk, floor: Floor, scheme: str) -> None:
    lead = await at_desk("he", "何静", role="lead", color_scheme=scheme, reduced_motion="reduce")
    talk, _ = await floor.waits()
    bind(floor, talk, "C000012")
    await floor.log.receive(talk, "c2", {"text": "手机 13812345678"})
    await lead.opens_next()

    async def is_clean(button: str, dialog: str) -> None:
        await lead.button(button).click()
        await expect(lead.page.get_by_role("dialog", name=dialog)).to_be_visible()
        assert await violations(lead.page) == []
        await lead.page.keyboard.press("Escape")
        await expect(lead.page.get_by_role("dialog", name=dialog)).to_be_hidden()

    await is_clean("指派", "指派会话")
    await lead.button("接入").click()
    await expect(lead.reply).to_be_focused()
    await is_clean("显示这条消息的完整内容", "显示完整信息")
    await is_clean("显示姓名和手机号", "显示完整信息")
    await is_clean("建工单", "建工单")
    await is_clean("结束会话", "结束会话")
