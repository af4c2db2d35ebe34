"""Bad input at the desk: refused with a clear sentence, on the log without what was sent, and nothing is changed."""
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dengta.conversation.tables import conversation, message
from dengta.desk.tables import agent, desk_note
from tests.desk.conftest import Browser, Clock
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
SECRET = "只有客户自己知道的话"
TOO_LONG = SECRET + "长" * (10 * 1024 * 1024 // 3)


def kept(floor: Floor) -> list[Any]:
    """Return everything a request could have changed; when an agent was seen does not count."""
    return [floor.rows(table) for table in (conversation, message, desk_note, agent)]


@pytest.mark.parametrize(
    "case, status, error, sentence",
    [
        ("expired login", 401, "login_required", "登录已失效，请重新登录。"),
        ("forged token", 403, "csrf_invalid", "页面的安全校验已失效，请刷新页面后重试。"),
        ("another group", 403, "not_in_group", "不属于您所在的技能组。"),
        ("closed conversation", 409, "conversation_closed", "会话已经结束，不能再操作。"),
        ("10 MB", 413, "body_too_large", "内容过长，一次最多提交 64 KB，请缩短后重试。"),
    ],
)
async def test_it_is_refused_and_nothing_changes(
    at_work: AtWork,
    floor: Floor,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    case: str,
    status: int,
    error: str,
    sentence: str,
) -> None:
    lin, gu = await at_work("lin", "general"), await at_work("gu", "collection")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    epoch = (await lin.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]
    if case == "expired login":
        clock.passes(minutes=31)
    if case == "closed conversation":
        await lin.post(f"{path}/close", {"epoch": epoch})
    before = kept(floor)
    page = gu if case == "another group" else lin
    text = TOO_LONG if case == "10 MB" else SECRET
    forged = {"X_CSRF_Token": "0" * 43} if case == "forged token" else {}
    said = {"epoch": epoch, "client_msg_id": "m-0000001", "text": text}
    answer = await page.send("POST", f"{path}/messages", said, **forged)

    assert (answer[0], answer[1]["error"], answer[1]["message"]) == (status, error, sentence)
    assert kept(floor) == before
    who = "nobody" if case == "expired login" else "agent gu" if case == "another group" else "agent lin"
    assert f"refused {who}: {error}" in caplog.text
    assert SECRET not in caplog.text
