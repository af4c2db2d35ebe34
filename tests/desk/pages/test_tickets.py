"""Working on tickets in the pages: found, read, moved, answered, and never changed over somebody else's head."""
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from dengta.desk.desk import Desk
from dengta.handoff.tickets.models import Change, NewTicket
from dengta.settings import settings
from tests.desk.pages.agent_page import AgentPage
from tests.desk.pages.test_access import violations
from tests.handoff.floor import Floor

AtDesk = Callable[..., Awaitable[AgentPage]]
Opens = Callable[..., Awaitable[str]]


@pytest.fixture
def opens(desk: Desk, floor: Floor) -> Opens:
    """Open a complaint about a conversation, with other details if wanted; return its number."""
    count = iter(range(100))

    async def opens(**details: Any) -> str:
        talk = await floor.log.open_conversation("web")
        await floor.log.receive(talk, "c1", {"text": "多收了我一笔服务费，手机 13812345678"})
        await floor.log.receive(talk, "c2", {"text": "这是扣款短信"})
        usual = {"key": f"t{next(count)}", "kind": "complaint", "cause": "fees", "channel": "web", "by": "bot"}
        about = {"description": "多收服务费", "conversation_id": talk, "evidence": [1], "group": "general"}
        opened = await desk.tickets.open(NewTicket(**{**usual, **about, **details}))
        desk.events.changed(None)
        return opened.ticket.ticket_no

    return opens


def row(agent: AgentPage, number: str) -> Locator:
    """Find a ticket in the list."""
    return agent.page.get_by_role("list", name="工单列表").get_by_role("link").filter(has_text=number)


async def looks_at(agent: AgentPage, number: str) -> None:
    """Open the address of a ticket."""
    await agent.page.goto(f"{agent.page.url.rstrip('/')}/tickets/{number}")
    await expect(agent.page.get_by_role("article", name=number)).to_be_visible()


async def chooses(form: Locator, field: str, choice: str) -> None:
    """Choose from a list."""
    await form.get_by_role("combobox", name=field).press("Enter")
    await form.page.get_by_role("option", name=choice, exact=True).click()


async def test_a_ticket_is_taken_answered_and_closed(at_desk: AtDesk, opens: Opens, floor: Floor, desk: Desk) -> None:
    agent = await at_desk("lin", "林晓")
    await agent.page.get_by_role("link", name="工单").click()
    await expect(agent.page.get_by_text("您手上没有未办结的工单。")).to_be_visible()
    await agent.page.get_by_role("radiogroup", name="范围").get_by_text("待认领").click()
    await agent.is_live()
    number = await opens()  # appears without anybody loading the page
    await expect(row(agent, number)).to_contain_text("前受理")
    await agent.page.keyboard.press("j")
    await agent.page.keyboard.press("Enter")
    ticket = agent.page.get_by_role("article", name=number)
    await expect(ticket.get_by_text("手机 138****5678")).to_be_visible()
    await expect(ticket.get_by_text("答复：12/7 23:59 前")).to_be_visible()
    await expect(ticket.get_by_text(re.compile("15 天内，依据：.*投诉处理管理办法.*规则第 1 版"))).to_be_visible()
    await expect(agent.button("答复")).to_have_count(0)

    await agent.page.keyboard.press("m")
    await expect(agent.button("转给我")).to_have_count(0)
    await agent.button("受理").click()
    await agent.button("开始处理").click()
    await agent.button("答复").click()
    form = await agent.form("答复")
    await form.get_by_role("textbox", name="答复内容").fill("已核对，多收的 30 元今天退回。")
    await form.get_by_role("button", name="答复", exact=True).click()
    await expect(form.get_by_text("请把必填的内容填完整。")).to_be_visible()
    for remedy in ("申请核查", "申请调解", "按约定申请仲裁", "向人民法院起诉"):
        await form.get_by_role("checkbox", name=remedy).press("Space")
    await agent.page.keyboard.press("Control+Enter")
    await expect(form).to_be_hidden()
    await agent.button("办结").click()
    form = await agent.form("办结")
    await chooses(form, "办结结果", "客户认可答复")
    await form.get_by_role("textbox", name="原因").fill("电话里认可")
    await form.get_by_role("button", name="办结", exact=True).click()

    history = ticket.get_by_role("region", name="处理记录")
    await expect(history.get_by_role("listitem").locator("b")).to_have_text([
        "办结：客户认可答复", "答复客户", "状态改为“处理中”", "状态改为“已受理”", "分给普通组 林晓", "建立工单，待受理"
    ])
    await expect(history.get_by_text("告知的救济途径：按约定申请仲裁、向人民法院起诉")).to_be_visible()
    kept = await desk.tickets.get(number)
    assert (kept.summary.state, kept.outcome, kept.summary.owner_id) == ("closed", "settled", "lin")
    told = await floor.said(kept.summary.conversation_id or "", "notice")
    assert [each.partition("）")[2][:4] for each in told] == ["已受理。", "已开始处", "已有答复", "已办结。"]
    await agent.page.keyboard.press("u")
    await expect(agent.page.get_by_text("没有符合条件的工单。")).to_be_visible()


async def test_who_was_not_the_first_is_told_and_keeps_what_they_wrote(
    at_desk: AtDesk, opens: Opens, desk: Desk
) -> None:
    number = await opens(kind="certificate", cause="settlement")
    agent = await at_desk("lin", "林晓")
    await looks_at(agent, number)
    await agent.button("答复").click()
    form = await agent.form("答复")
    reply = form.get_by_role("textbox", name="答复内容")
    await reply.fill("结清证明已寄出")
    await agent.page.reload()
    await agent.button("答复").click()
    await expect(reply).to_have_value("结清证明已寄出")

    faster = desk.tickets.move(Change(number, 1, "wu"), "in_progress")
    await agent.page.route("**/answer", lambda route: _after(route, faster))
    await form.get_by_role("button", name="答复", exact=True).click()
    await expect(form.get_by_text("wu刚刚改过这张工单（状态改为“处理中”），您的操作没有生效。")).to_be_visible()
    await expect(reply).to_have_value("结清证明已寄出")
    await agent.page.unroute("**/answer")
    await form.get_by_role("button", name="答复", exact=True).click()
    await expect(form).to_be_hidden()
    kept = await desk.tickets.get(number)
    assert kept.answer is not None and kept.answer.texts["reply"] == "结清证明已寄出"
    await agent.page.reload()
    assert await agent.page.evaluate("Object.keys(sessionStorage).length") == 0


async def _after(route: Any, change: Awaitable[int]) -> None:
    await change
    await route.continue_()


async def test_evidence_extension_and_the_regulators_date(at_desk: AtDesk, opens: Opens, desk: Desk) -> None:
    number = await opens()
    lead = await at_desk("he", "何静", role="lead")
    await looks_at(lead, number)
    ticket = lead.page.get_by_role("article", name=number)
    await lead.button("补充证据").click()
    form = await lead.form("补充证据")
    await form.get_by_role("checkbox", name="这是扣款短信").press("Space")
    await form.get_by_role("button", name="补充证据").click()
    await expect(ticket.get_by_role("region", name="证据").get_by_text("这是扣款短信")).to_be_visible()

    await lead.button("延期").click()
    form = await lead.form("延期")
    await expect(form.get_by_text("延长到收到之日起 30 天")).to_be_visible()
    await form.get_by_role("textbox", name="原因").fill("要调取录音")
    await form.get_by_role("textbox", name="审批依据").fill("审批单 2026-118")
    await form.get_by_role("button", name="延期").click()
    await expect(ticket.get_by_text("答复时限从 2026-12-07 延到 2026-12-22，由组长批准")).to_be_visible()
    await expect(lead.button("延期")).to_have_count(0)
    await expect(ticket.get_by_text("答复最长可延到 60 天，须由管理员批准，不能批自己的工单。")).to_be_visible()

    await lead.button("转办时限").click()
    form = await lead.form("转办时限")
    await form.get_by_label("转办单上的最后日期").fill("2026-12-01")
    await form.get_by_role("textbox", name="转办单", exact=True).fill("监管转办 118 号")
    await form.get_by_role("button", name="转办时限").click()
    await expect(ticket.get_by_text("登记转办时限 2026-12-01")).to_be_visible()

    await lead.button("到会话里看").first.click()
    await lead.shows("多收了我一笔服务费，手机 138****5678", "这是扣款短信")
    assert [entry.event for entry in (await desk.tickets.get(number)).history][1:] == [
        "evidence_added", "extended", "regulator_date"
    ]


async def test_a_lead_sees_what_presses_and_gives_it_away(
    at_desk: AtDesk, opens: Opens, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, lead = await at_desk("lin", "林晓"), await at_desk("he", "何静", role="lead")
    numbers = [await opens(), await opens(kind="certificate", cause="invoice")]
    monkeypatch.setenv("DENGTA_DEMO_NOW", "2026-11-23T10:00:00")
    settings.cache_clear()
    await lead.page.reload()
    await expect(lead.page.get_by_role("link", name="工单 1 超时")).to_be_visible()
    await lead.page.get_by_role("link", name="监控").click()
    await expect(lead.page.get_by_role("row", name=re.compile("^普通 .* 1 0$"))).to_be_visible()
    await lead.page.get_by_role("definition").filter(has_text="1").get_by_role("link").first.click()
    await expect(lead.page.get_by_text("共 1 张")).to_be_visible()
    await expect(row(lead, numbers[0])).to_contain_text("已超时 10 小时 0 分")
    await row(lead, numbers[0]).click()
    await lead.button("分派").click()
    form = await lead.form("分派")
    await chooses(form, "处理人", "林晓")
    await form.get_by_role("button", name="分派").click()
    await expect(agent.page.get_by_role("link", name="工单 1 超时")).to_be_visible()

    await lead.page.get_by_role("link", name="返回工单列表").click()
    await lead.page.get_by_role("textbox", name="工单号").fill(numbers[1][-5:])
    await lead.page.keyboard.press("Enter")
    await expect(row(lead, numbers[1])).to_be_visible()
    await expect(lead.page.get_by_text("共 1 张")).to_be_visible()
    await lead.page.get_by_role("link", name="清除筛选").click()
    await expect(lead.page.get_by_text("您手上没有未办结的工单。")).to_be_visible()
    await lead.page.go_back()
    await expect(row(lead, numbers[1])).to_be_visible()


async def test_another_groups_ticket_is_not_shown(at_desk: AtDesk, opens: Opens) -> None:
    number = await opens(group="collection")
    agent = await at_desk("lin", "林晓")
    await agent.page.goto(f"{agent.page.url.rstrip('/')}/tickets/{number}")
    await expect(agent.alerts.get_by_text("不属于您所在的技能组。")).to_be_visible()
    await expect(agent.page.get_by_text("多收服务费")).to_have_count(0)


async def test_an_administrator_works_on_tickets_too(at_desk: AtDesk, opens: Opens) -> None:
    number = await opens(group="collection")
    admin = await at_desk("an", "安然", role="admin")
    await admin.page.get_by_role("link", name="工单").click()
    await admin.is_live()
    await admin.page.get_by_role("radiogroup", name="范围").get_by_text("全部").click()
    await row(admin, number).click()
    await expect(admin.page.get_by_text("会话在其他技能组，这里只能看到作为证据的消息。")).to_be_visible()
    await admin.button("受理").click()
    await expect(admin.page.get_by_text("状态改为“已受理”")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_tickets_and_their_dialogs(at_desk: AtDesk, opens: Opens, scheme: str) -> None:
    number = await opens()
    await opens(kind="fraud", cause="transfer")
    lead = await at_desk("he", "何静", role="lead", color_scheme=scheme, reduced_motion="reduce")
    await lead.page.get_by_role("link", name="工单").click()
    await lead.page.get_by_role("radiogroup", name="范围").get_by_text("全部").click()
    await expect(row(lead, number)).to_be_visible()
    assert await violations(lead.page) == []
    await row(lead, number).click()
    await expect(lead.page.get_by_role("article", name=number)).to_be_visible()
    assert await violations(lead.page) == []

    async def dialogs(*names: str) -> None:
        for name in names:
            await lead.button(name).click()
            await expect(lead.page.get_by_role("dialog", name=name)).to_be_visible()
            assert await violations(lead.page) == []
            await lead.page.keyboard.press("Escape")
            await expect(lead.page.get_by_role("dialog", name=name)).to_be_hidden()

    await dialogs("分派", "延期", "转办时限", "补充证据", "办结")
    await lead.button("受理").click()
    await lead.button("开始处理").click()
    await dialogs("请客户补充", "答复")


@pytest.mark.parametrize("width, height", [(640, 400), (390, 844)])  # the first is 1280×800 at 200 %
async def test_a_ticket_is_worked_on_in_a_small_window(at_desk: AtDesk, opens: Opens, width: int, height: int) -> None:
    number = await opens()
    agent = await at_desk("lin", "林晓", viewport={"width": width, "height": height})
    await agent.page.get_by_role("link", name="工单").click()
    await agent.page.get_by_role("radiogroup", name="范围").get_by_text("待认领").click()
    await row(agent, number).click()
    await agent.button("转给我").click()
    await agent.button("办结").click()
    form = await agent.form("办结")
    await form.get_by_role("textbox", name="原因").fill("与另一张重复")
    await chooses(form, "办结结果", "重复登记")
    await form.get_by_role("button", name="办结", exact=True).click()
    await expect(agent.page.get_by_text("办结：重复登记")).to_be_visible()
    assert await agent.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
