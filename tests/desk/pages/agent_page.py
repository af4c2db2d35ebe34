"""What an agent does and sees on the pages of the desk."""
from collections.abc import Mapping

from playwright.async_api import Locator, Page, expect

from tests.desk.conftest import PASSWORD


class AgentPage:
    """One browser window of an agent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.list = page.get_by_role("complementary", name="会话列表")
        self.log = page.get_by_role("log", name="消息记录")
        self.reply = page.get_by_role("textbox", name="回复客户")
        self.note = page.get_by_role("textbox", name="内部备注")
        self.alerts = page.get_by_role("alert")

    def button(self, name: str) -> Locator:
        """Find a button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def form(self, name: str) -> Locator:
        """Wait for a dialog that has opened and taken the focus, after which it takes it from nobody."""
        form = self.page.get_by_role("dialog", name=name)
        await expect(form.locator(":focus")).to_have_count(1)
        return form

    async def opens_ticket(self, description: str, choices: Mapping[str, str]) -> None:
        """Open a ticket about the conversation; `choices` are the options by the names of their fields."""
        await self.button("建工单").click()
        form = await self.form("建工单")
        for field, choice in choices.items():
            await form.get_by_role("combobox", name=field).press("Enter")
            await self.page.get_by_role("option", name=choice).click()
        await form.get_by_role("textbox", name="情况说明").fill(description)
        await form.get_by_role("button", name="建立").click()
        await expect(self.alerts.get_by_text("已建立")).to_be_visible()

    async def log_in(self, agent_id: str, password: str = PASSWORD) -> None:
        """Fill in the form and send it."""
        await self.page.get_by_label("工号").fill(agent_id)
        await self.page.get_by_label("密码").fill(password)
        await self.button("登录").click()

    async def goes(self, status: str) -> None:
        """Choose a status."""
        await self.page.get_by_role("radiogroup", name="我的状态").get_by_text(status).click()
        await expect(self.page.get_by_role("radio", name=status)).to_be_checked()

    async def opens_next(self) -> None:
        """Open the first conversation of the queue."""
        await self.button("打开下一位").click()

    async def shows(self, *texts: str) -> None:
        """Wait until the messages the server has are exactly these, in this order; notices are left out."""
        await expect(self.log.locator(".bubble:not(.outgoing) .text")).to_have_text(list(texts))

    async def is_live(self) -> None:
        """Wait until the page is connected and up to date."""
        await expect(self.page.get_by_role("status").get_by_text("实时", exact=True)).to_be_visible()
