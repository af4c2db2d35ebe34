"""A case from the queue to the bot again, two agents who want it, a network that fails, and a login that ends."""
import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Route, expect

from dengta.handoff.tickets.tables import ticket
from tests.desk.conftest import Clock
from tests.desk.pages.agent_page import AgentPage
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]


async def test_a_customer_is_taken_answered_and_given_back(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    await agent.is_live()
    talk, _ = await floor.waits()  # appears without anybody loading the page
    await agent.opens_next()
    await agent.shows("转人工")
    await expect(agent.note).to_be_visible()
    await expect(agent.reply).to_have_count(0)

    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()
    await floor.log.receive(talk, "c2", {"text": "<b>为什么</b>扣了两次？手机 13812345678"})
    await agent.shows("转人工", "<b>为什么</b>扣了两次？手机 138****5678")

    await agent.reply.fill("我来看一下")
    await agent.page.keyboard.press("Control+Enter")
    await agent.shows("转人工", "<b>为什么</b>扣了两次？手机 138****5678", "我来看一下")
    await expect(agent.reply).to_have_value("")
    assert await floor.said(talk, "agent") == ["我来看一下"]

    await agent.button("交还机器人").click()
    await expect(agent.page.get_by_text("机器人正在接待")).to_be_visible()
    assert floor.owner(talk).state == "BOT"


async def test_what_is_masked_is_shown_for_a_reason(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    talk, _ = await floor.waits()
    await floor.log.receive(talk, "c2", {"text": "手机 13812345678"})
    await agent.opens_next()
    await agent.shows("转人工", "手机 138****5678")
    await expect(agent.button("显示这条消息的完整内容")).to_have_count(0)
    await agent.button("接入").click()
    await agent.button("显示这条消息的完整内容").click()
    await agent.page.get_by_role("textbox", name="原因").fill("核对客户提供的号码")
    await agent.page.keyboard.press("Enter")
    await agent.shows("转人工", "手机 13812345678")


async def test_a_ticket_is_opened_and_stands_beside_the_conversation(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()
    await agent.opens_ticket("客户说同一期扣了两次", {"类型": "投诉", "原因": "息费争议", "相关消息": "转人工"})
    (opened,) = floor.rows(ticket)
    assert (opened.kind, opened.cause) == ("complaint", "fees")
    panel = agent.page.get_by_role("complementary", name="客户资料")
    await expect(panel.get_by_text(opened.ticket_no, exact=True)).to_be_visible()


async def test_of_two_agents_one_gets_the_customer_and_the_other_is_told_who(at_desk: AtDesk, floor: Floor) -> None:
    lin, wu = await at_desk("lin", "林晓"), await at_desk("wu", "吴敏")
    talk, _ = await floor.waits()
    for agent in (lin, wu):
        await agent.opens_next()
    taken = asyncio.Event()

    async def late(route: Route) -> None:
        await taken.wait()
        await route.continue_()

    await wu.page.route("**/take", late)
    await wu.button("接入").click()
    await lin.button("接入").click()
    await expect(lin.reply).to_be_focused()
    taken.set()
    await expect(wu.alerts.get_by_text("会话现在由 林晓 接待")).to_be_visible()
    await expect(wu.reply).to_have_count(0)
    assert floor.owner(talk).owner_id == "lin"


async def test_a_lead_gives_a_customer_to_a_colleague(at_desk: AtDesk, floor: Floor) -> None:
    lin, lead = await at_desk("lin", "林晓"), await at_desk("he", "何静", role="lead")
    talk, _ = await floor.waits()
    await lead.opens_next()
    await lead.button("指派").click()
    form = await lead.form("指派会话")
    await form.get_by_role("combobox", name="指派给").press("Enter")
    await lead.page.get_by_role("option", name="林晓").click()
    await form.get_by_role("button", name="指派").click()
    await expect(lin.list.get_by_role("region", name="我的会话").get_by_text("访客")).to_be_visible()
    assert floor.owner(talk).owner_id == "lin"


async def test_nothing_is_missed_while_the_network_is_away(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    talk, _ = await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await expect(agent.reply).to_be_focused()

    await agent.page.context.set_offline(True)
    await expect(agent.page.get_by_role("status").get_by_text("已断开，正在重连")).to_be_visible()
    for number in range(3):
        await floor.log.receive(talk, f"away{number}", {"text": f"还在吗 {number}"})
    await agent.reply.fill("在的")
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.log.get_by_text("未发出")).to_be_visible()

    await agent.page.context.set_offline(False)
    await agent.shows("转人工", "还在吗 0", "还在吗 1", "还在吗 2", "在的")
    await expect(agent.log.get_by_text("未发出")).to_have_count(0)
    await agent.is_live()
    assert await floor.said(talk, "agent") == ["在的"]


async def test_words_survive_the_end_of_a_login(at_desk: AtDesk, floor: Floor, clock: Clock) -> None:
    agent = await at_desk("lin", "林晓")
    talk, _ = await floor.waits()
    await agent.opens_next()
    await agent.button("接入").click()
    await agent.reply.fill("写到一半")
    clock.passes(minutes=31)
    await agent.page.keyboard.press("Control+Enter")
    await expect(agent.alerts.get_by_text("登录已失效，请重新登录。没发出的内容都还在。")).to_be_visible()
    await agent.log_in("lin")
    await agent.shows("转人工", "写到一半")
    assert await floor.said(talk, "agent") == ["写到一半"]


async def test_wrong_passwords_are_told(open_page: Callable[..., Awaitable[AgentPage]]) -> None:
    agent = await open_page()
    await agent.button("登录").click()
    await expect(agent.alerts.get_by_text("请填写工号和密码。")).to_be_visible()
    await agent.log_in("nobody", "wrong")
    await expect(agent.alerts.get_by_text("连续输错 5 次会锁定 15 分钟")).to_be_visible()


async def test_logging_out_leaves_nothing_on_the_page(at_desk: AtDesk, floor: Floor) -> None:
    agent = await at_desk("lin", "林晓")
    await floor.waits()
    await agent.opens_next()
    await agent.shows("转人工")
    await agent.button("退出").click()
    await expect(agent.button("登录")).to_be_visible()
    await expect(agent.page.get_by_text("转人工")).to_have_count(0)
    await agent.page.reload()
    await expect(agent.button("登录")).to_be_visible()
