"""Getting in, staying in and accounts on the pages of the desk; and what is pasted or named to do harm."""
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy.engine import Engine

from dengta.desk.desk import Desk
from dengta.desk.server import create_app
from dengta.desk.sign_on import SignOn
from dengta.handoff.rules import rules
from dengta.single_sign_on import BACK, read
from tests.desk.conftest import PASSWORD, Clock, listening
from tests.desk.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider
from tests.desk.pages.agent_page import AgentPage
from tests.desk.pages.test_access import violations
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]
OpenPage = Callable[..., Awaitable[AgentPage]]
CHOSEN = "lighthouse keeper 7"
SCRIPT = "<img src=x onerror=alert(1)>"


async def chooses(agent: AgentPage, old: str, new: str, repeated: str = "") -> None:
    """Fill in and send the form for another password."""
    for label, value in (("原密码", old), ("新密码", new), ("再输一次新密码", repeated or new)):
        await agent.page.get_by_label(label, exact=True).fill(value)
    await agent.page.get_by_role("button", name="修改", exact=True).click()


async def test_an_agent_changes_the_password(at_desk: AtDesk, open_page: OpenPage) -> None:
    agent = await at_desk("lin", "林晓")
    await agent.page.get_by_role("link", name="我的账号：林晓").click()
    await expect(agent.page.get_by_text("12 到 128 个字符")).to_be_visible()
    form = agent.page.get_by_role("main")
    await chooses(agent, PASSWORD, CHOSEN, "something else 7")
    await expect(form.get_by_text("两次输入的新密码不一样。")).to_be_visible()
    await chooses(agent, PASSWORD, "short")
    await expect(form.get_by_text("新密码不符合要求")).to_be_visible()
    await chooses(agent, "not the old one", CHOSEN)
    await expect(form.get_by_text("原密码不正确，密码没有改动。")).to_be_visible()
    await chooses(agent, PASSWORD, CHOSEN)
    await expect(agent.alerts.get_by_text("密码已修改。")).to_be_visible()
    other = await open_page()
    await other.log_in("lin", CHOSEN)
    await expect(other.list).to_be_visible()


async def test_an_admin_adds_somebody_who_chooses_a_password_and_works(
    at_desk: AtDesk, open_page: OpenPage, floor: Floor
) -> None:
    popped_up: list[object] = []
    admin = await at_desk("an", "安然", role="admin")
    admin.page.on("dialog", lambda each: popped_up.append(each))
    await admin.page.get_by_role("link", name="坐席账号").click()
    await admin.button("添加坐席").click()
    form = admin.page.get_by_role("dialog", name="添加坐席")
    await form.get_by_label("工号").fill("Zhao!")
    await form.get_by_label("姓名").fill(SCRIPT)
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_text("工号要有 2 到 32 位")).to_be_visible()
    await form.get_by_label("工号").fill("zhao")
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_text("客服和组长至少要有一个技能组。")).to_be_visible()
    await form.get_by_role("combobox", name="技能组").click()
    await admin.page.get_by_role("option", name=rules().groups["general"].name).click()
    await admin.page.keyboard.press("Escape")
    await form.get_by_role("button", name="保存").click()
    shown = admin.page.get_by_role("dialog", name="一次性密码")
    password = await shown.get_by_role("status").inner_text()
    await shown.get_by_role("button", name="我已记下").click()
    await expect(admin.page.get_by_role("row", name="zhao").get_by_text("待改密码")).to_be_visible()
    await expect(admin.page.get_by_role("row", name="zhao").get_by_text(SCRIPT)).to_be_visible()

    zhao = await open_page()
    zhao.page.on("dialog", lambda each: popped_up.append(each))
    await zhao.log_in("zhao", password)
    await expect(zhao.page.get_by_role("heading", name="先设置自己的密码")).to_be_visible()
    await expect(zhao.list).to_have_count(0)
    await chooses(zhao, password, CHOSEN)
    await zhao.goes("在线")
    await floor.waits()
    await zhao.opens_next()
    await zhao.button("接入").click()
    await expect(zhao.reply).to_be_focused()
    await expect(zhao.page.get_by_role("link", name=f"我的账号：{SCRIPT}")).to_be_visible()
    assert popped_up == [], "the name did nothing"


async def test_an_admin_disables_and_enables_an_agent(at_desk: AtDesk, clock: Clock) -> None:
    lin, admin = await at_desk("lin", "林晓"), await at_desk("an", "安然", role="admin")
    await admin.page.get_by_role("link", name="坐席账号").click()
    await expect(admin.button("停用 安然")).to_have_count(0)
    await admin.button("停用 林晓").click()
    await admin.page.get_by_role("dialog", name="停用").get_by_role("button", name="确定").click()
    await expect(admin.alerts.get_by_text("林晓 已停用。")).to_be_visible()
    await expect(lin.page.get_by_role("dialog", name="请重新登录")).to_be_visible()
    await lin.log_in("lin")
    await expect(lin.alerts.get_by_text("工号或密码不正确")).to_be_visible()
    await admin.button("启用 林晓").click()
    await expect(admin.button("停用 林晓")).to_be_visible()
    await lin.log_in("lin")
    await expect(lin.page.get_by_role("dialog", name="请重新登录")).to_be_hidden()


async def test_work_goes_on_where_it_was_when_the_login_ended(at_desk: AtDesk, floor: Floor, clock: Clock) -> None:
    agent = await at_desk("lin", "林晓")
    await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await agent.reply.fill("写到一半的回复")
    await agent.button("建工单").click()
    form = agent.page.get_by_role("dialog", name="建工单")
    await form.get_by_role("textbox", name="情况说明").fill("写到一半的工单")
    clock.passes(minutes=31)
    again = agent.page.get_by_role("dialog", name="请重新登录")
    await expect(again).to_be_visible()  # found out by itself
    await expect(again.get_by_text("没发出的内容都还在。")).to_be_visible()
    await agent.log_in("lin")
    await expect(again).to_be_hidden()
    await expect(form.get_by_role("textbox", name="情况说明")).to_have_value("写到一半的工单")
    await agent.page.keyboard.press("Escape")
    await expect(agent.reply).to_have_value("写到一半的回复")


async def test_a_status_outlives_a_reload(at_desk: AtDesk) -> None:
    agent = await at_desk("lin", "林晓")
    await agent.goes("小休")
    await agent.page.reload()
    await expect(agent.page.get_by_role("radio", name="小休")).to_be_checked()


async def test_a_message_says_which_colleague_wrote_it(at_desk: AtDesk, floor: Floor) -> None:
    lin, wu = await at_desk("lin", "林晓"), await at_desk("wu", "吴敏")
    await floor.waits()
    for agent in (lin, wu):
        await agent.opens_next()
    await lin.button("接入").click()
    await lin.reply.fill("我来看一下")
    await lin.button("发送").click()
    await wu.shows("转人工", "我来看一下")
    for agent, author in ((lin, "我"), (wu, "林晓")):
        await expect(agent.log.locator(".bubble.agent header span")).to_have_text([author])


async def test_ten_megabytes_in_the_reply_are_not_sent(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    talk, _ = await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()
    await agent.page.evaluate(
        """() => {
            const field = document.activeElement
            field.value = "x".repeat(10 * 1024 * 1024)
            field.dispatchEvent(new Event("input", { bubbles: true }))
        }"""
    )
    await expect(agent.page.get_by_text("已写 10485760 字，最多 2000 字")).to_be_visible()
    await expect(agent.button("发送")).to_be_disabled()
    await agent.page.keyboard.press("Control+Enter")
    await agent.reply.fill("好的")
    await agent.button("发送").click()
    await agent.shows("转人工", "好的")
    assert await floor.said(talk, "agent") == ["好的"]


@pytest.fixture
async def provided(desk: Desk, engine: Engine, clock: Clock) -> AsyncIterator[tuple[str, OpenIdProvider]]:
    """The address of a desk whose agents come through an identity provider, and the provider."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    async with OpenIdProvider(address + BACK, clock).running() as provider:
        settings = read(
            {
                "DENGTA_OIDC_ISSUER": provider.issuer,
                "DENGTA_OIDC_CLIENT_ID": CLIENT_ID,
                "DENGTA_OIDC_CLIENT_SECRET": CLIENT_SECRET,
                "DENGTA_DESK_URL": address,
            }
        )
        assert settings is not None
        app = create_app(replace(desk, sign_on=SignOn(engine, settings, clock)))
        async with listening(app, port):
            yield address, provider


async def test_an_agent_logs_in_with_the_companys_account(
    provided: tuple[str, OpenIdProvider], chromium: Browser, hire: Callable[..., object]
) -> None:
    address, provider = provided
    hire("lin", name="林晓")
    page = await (await chromium.new_context(locale="zh-CN")).new_page()
    provider.account = "nobody"
    await page.goto(address)
    await page.get_by_role("button", name="用公司账号登录").click()
    await expect(page.get_by_text("您的公司账号还没有开通客服工作台，或已停用，请联系管理员。")).to_be_visible()
    assert "sign_on" not in page.url
    provider.is_down = True
    await page.get_by_role("button", name="用公司账号登录").click()
    await expect(page.get_by_text("公司的登录系统暂时连不上，请稍后再试。")).to_be_visible()
    provider.is_down, provider.account = False, "lin"
    await page.get_by_role("button", name="用公司账号登录").click()
    await expect(page.get_by_role("link", name="我的账号：林晓")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("link", name="我的账号：林晓")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_about_accounts(at_desk: AtDesk, scheme: str, clock: Clock) -> None:
    await at_desk("lin", "林晓")
    admin = await at_desk("an", "安然", role="admin", color_scheme=scheme, reduced_motion="reduce")
    await admin.page.get_by_role("link", name="坐席账号").click()
    await expect(admin.button("修改 林晓")).to_be_visible()
    assert await violations(admin.page) == []
    await admin.button("修改 林晓").click()
    await expect(admin.page.get_by_role("dialog", name="修改")).to_be_visible()
    assert await violations(admin.page) == []
    await admin.page.keyboard.press("Escape")
    await admin.button("重置密码 林晓").click()
    await admin.page.get_by_role("dialog", name="重置密码").get_by_role("button", name="确定").click()
    await expect(admin.page.get_by_role("dialog", name="一次性密码")).to_be_visible()
    assert await violations(admin.page) == []
    await admin.button("我已记下").click()
    await admin.page.get_by_role("link", name="我的账号：安然").click()
    await expect(admin.page.get_by_role("heading", name="修改密码")).to_be_visible()
    assert await violations(admin.page) == []
    clock.passes(hours=13)
    await admin.page.get_by_role("link", name="监控").click()
    await expect(admin.page.get_by_role("dialog", name="请重新登录")).to_be_visible()
    assert await violations(admin.page) == []


async def test_accounts_fit_a_phone(at_desk: AtDesk) -> None:
    await at_desk("lin", "林晓")
    admin = await at_desk("an", "安然", role="admin", viewport={"width": 390, "height": 844})
    for link in ("坐席账号", "我的账号：安然"):
        await admin.page.get_by_role("link", name=link).click()
        await expect(admin.page.get_by_role("main")).to_be_visible()
        assert await admin.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
