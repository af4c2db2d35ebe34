"""The desk's pages before the whole assistant: the copilot with real figures, and a case from the bot to the bot."""
from collections.abc import Awaitable, Callable, Iterator

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy.engine import Engine

from dengta.conversation.log import MessageLog
from dengta.desk.desk import Desk
from dengta.desk.server import build
from dengta.handoff.copilot.tables import copilot_use
from dengta.handoff.tickets.tables import ticket
from dengta.privacy.master import master
from dengta.privacy.vault import Vault
from dengta.runtime import runtime
from dengta.settings import settings
from dengta.stores import stores
from tests.desk.pages.agent_page import AgentPage
from tests.desk.pages.test_access import violations
from tests.desk.test_reading import bind
from tests.handoff.floor import Floor
from tests.scenarios.stack import Stack, running
from tests.web.chat import TEXTS

AtDesk = Callable[..., Awaitable[AgentPage]]
BILL = "您的灯塔极速贷（借据尾号 4038）第 5/12 期应还 1,079.71 元"
ANSWERED_WITHIN = 60_000
PHONE = "19900000008"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start the real assistant: model, action server and seeded databases of its own."""
    with running(tmp_path_factory.mktemp("dengta")) as stack:
        yield stack


@pytest.fixture
def engine(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The assistant's own database, opened as the desk's process would."""
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    opened = (settings, master, stores, runtime)
    for cached in opened:
        cached.cache_clear()
    yield stores().engine
    stores().engine.dispose()
    for cached in opened:
        cached.cache_clear()
    stack.put_back()


@pytest.fixture
def vault(engine: Engine) -> Vault:
    return stores().vault


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """The desk as `make run` builds it."""
    return build(settings())


@pytest.fixture
def floor(engine: Engine, vault: Vault) -> Floor:
    return Floor(engine, vault, MessageLog(engine, vault))


def outcomes(floor: Floor) -> list[tuple[str, str]]:
    return [(row.reading, row.outcome) for row in floor.rows(copilot_use)]


async def proposes(helper: Locator, *parts: str) -> None:
    """Wait until an answer with these parts is proposed."""
    for part in parts:
        await expect(helper.get_by_role("blockquote")).to_contain_text(part, timeout=ANSWERED_WITHIN)


async def test_proposals_are_taken_changed_or_left_and_drafts_are_looked_over(
    at_desk: AtDesk, floor: Floor, stack: Stack
) -> None:
    agent = await at_desk("su", "苏晴", role="lead", reduced_motion="reduce")
    helper = agent.page.get_by_role("region", name="助手")
    panel = agent.page.get_by_role("complementary", name="客户资料")
    warnings = agent.page.get_by_role("status", name="发送前检查")
    await agent.is_live()
    talk, _ = await floor.waits()
    customer = (await runtime().backends.customer.by_phone(PHONE)).value
    bind(floor, talk, customer.customer_id)
    await agent.opens_next()
    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()

    await floor.log.receive(talk, "c2", {"text": "这个月还多少"})
    await proposes(helper, BILL, "年化利率（单利）14.40%")
    await expect(helper.get_by_role("list", name="客户的意思")).to_contain_text("查账单和应还")
    await expect(panel.get_by_text("取自还款计划")).to_be_visible()
    await expect(panel.get_by_text("灯塔极速贷（尾号 4038）第 5 期应还")).to_be_visible()
    await expect(agent.reply).to_be_focused()
    assert await violations(agent.page) == []
    await agent.page.keyboard.press("Alt+A")
    await expect(agent.log).to_contain_text(BILL)
    await expect(helper.get_by_text("建议答复已发送。")).to_be_visible()
    assert BILL in (await floor.said(talk, "agent"))[0]

    await floor.log.receive(talk, "c3", {"text": "怎么还款"})
    await proposes(helper, "还款")
    await helper.get_by_role("button", name="改一改").click()
    await expect(agent.reply).to_be_focused()
    await agent.page.keyboard.press("Control+End")
    await agent.page.keyboard.type("您先看看。")
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.log).to_contain_text("您先看看。")

    await floor.log.receive(talk, "c4", {"text": "我的额度还剩多少"})
    await proposes(helper, "额度")
    await agent.page.keyboard.press("Alt+X")
    await expect(helper.get_by_text("已标记不用。")).to_be_visible()
    assert outcomes(floor) == [
        ("query_bill", "accepted"),
        ("faq/repay_methods", "edited"),
        ("query_credit_limit", "rejected"),
    ]

    said = await floor.said(talk)
    await agent.reply.fill("这期应还 1,097.71 元")
    await agent.page.keyboard.press("Control+Enter")
    await expect(warnings.locator("mark")).to_have_text(["1,097.71 元"])
    await expect(warnings).to_contain_text("系统里没有这个数字")
    await agent.reply.fill("您放心，我保证给您减免")
    await expect(warnings.locator("mark")).to_have_text(["保证给您减免"])
    await expect(warnings).to_contain_text("必须修改")
    assert await violations(agent.page) == []
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.alerts.get_by_text("没有发出：里面有不能对客户说的话")).to_be_visible()
    await expect(agent.reply).to_have_value("您放心，我保证给您减免")
    assert await floor.said(talk) == said

    stack.kill("actions")
    await floor.log.receive(talk, "c5", {"text": "这个月还多少"})
    await expect(helper.get_by_text("建议答复暂时取不到")).to_be_visible(timeout=ANSWERED_WITHIN)
    await expect(panel.get_by_text("灯塔极速贷（尾号 4038）第 5 期应还")).to_be_visible()
    await agent.reply.fill("我再帮您查一下")
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.log).to_contain_text("我再帮您查一下")

    await agent.page.get_by_role("link", name="监控").click()
    rates = agent.page.get_by_role("table", name="助手建议的采纳（近 7 天）")
    await expect(rates.get_by_role("row", name="合计")).to_have_text("合计11133.33%")
    assert await violations(agent.page) == []


async def test_a_whole_case_from_the_bot_to_the_bot(at_desk: AtDesk, floor: Floor, stack: Stack) -> None:
    agent = await at_desk("su", "苏晴")
    helper = agent.page.get_by_role("region", name="助手")
    panel = agent.page.get_by_role("complementary", name="客户资料")
    customer = await agent.page.context.browser.new_page(locale="zh-CN")
    await customer.goto(f"{stack.address}/webhooks/web/")
    await says(customer, "这个月还多少")
    await hears(customer, "登记的手机号")
    await says(customer, PHONE)
    await customer.locator(".demo").get_by_role("button", name=TEXTS["demo_code"]["fill"]).click()
    await customer.get_by_label(TEXTS["input"]).press("Enter")
    await hears(customer, "1,079.71 元")
    await says(customer, "转人工")

    await agent.opens_next()
    await expect(panel.get_by_text("1,079.71 元").first).to_be_visible()
    await agent.button("接入").click()
    await says(customer, "提前还清要多少钱")
    await expect(panel.get_by_role("checkbox").first).to_be_visible(timeout=ANSWERED_WITHIN)
    await panel.get_by_role("checkbox").first.check()
    await proposes(helper, "结清灯塔极速贷（借据尾号 4038）共需 8,248.21 元")
    await agent.page.keyboard.press("Alt+A")
    await hears(customer, "共需 8,248.21 元", by="agent")

    await agent.opens_ticket("客户认为利息算得不对", {"类型": "投诉", "原因": "息费争议"})
    (opened,) = floor.rows(ticket)
    assert (opened.kind, opened.cause) == ("complaint", "fees")

    await agent.button("交还机器人").click()
    await expect(agent.page.get_by_text("机器人正在接待")).to_be_visible()
    await expect(helper).to_have_count(0)
    answers = await customer.locator(".bot .bubble", has_text="1,079.71 元").count()
    await says(customer, "这个月还多少")
    await expect(customer.locator(".bot .bubble", has_text="1,079.71 元")).to_have_count(
        answers + 1, timeout=ANSWERED_WITHIN
    )
    assert (await floor.said(opened.conversation_id))[-1].endswith("年化利率（单利）14.40%。")


async def says(customer: Page, text: str) -> None:
    """Let the customer write."""
    field = customer.get_by_label(TEXTS["input"])
    await field.fill(text)
    await field.press("Enter")


async def hears(customer: Page, words: str, by: str = "bot") -> None:
    """Wait until the customer is told something."""
    bubble = customer.locator(f".{by} .bubble", has_text=words).last
    await expect(bubble).to_be_visible(timeout=ANSWERED_WITHIN)
