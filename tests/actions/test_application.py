"""Applications, payouts and the credit limit: every state in its own words."""
from dataclasses import replace

import pytest

from actions.application import ActionQueryApplicationStatus, ActionQueryDisbursement
from actions.limit import ActionQueryCreditLimit
from dengta.backends.application import ApplicationStatus
from dengta.backends.outcomes import Found, NotFound
from dengta.dialogue.wording import money
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Verified
from tests.actions.stage import run, tracker
from tests.backends.books import found


@pytest.mark.parametrize(("key", "response", "words"), [
    ("in_review", "utter_application_in_review", ("20,000.00", "12 期", "2026年11月23日")),
    ("awaiting_call", "utter_application_awaiting_call", ("50,000.00", "不会索要密码、验证码")),
    ("rejected", "utter_application_rejected", ("信用记录暂不符合要求", "可以重新申请")),
    ("rejected_again", "utter_application_rejected", ("收入与负债情况暂不符合要求",)),
    ("cancelled", "utter_application_cancelled", ("40,000.00", "没有放款")),
    ("disbursing", "utter_application_approved", ("24,000.00",)),
    ("no_product", "utter_application_none", ("2026年11月22日",)),
])  # fmt: skip
async def test_the_latest_application(verified: Verified, key: str, response: str, words: tuple[str, ...]) -> None:
    _, said = await run(ActionQueryApplicationStatus(), tracker((await verified(key)).talk))
    assert said.responses == (response,)
    for word in words:
        assert word in said.text


async def test_the_newest_of_several_applications_counts(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("in_review")
    (newest,) = found(await runtime().backends.application.applications(persona.customer_id))
    older = replace(newest, status=ApplicationStatus.CANCELLED, application_no="SQ000000000000")
    backend_says("application", applications=Found((newest, older)))
    _, said = await run(ActionQueryApplicationStatus(), tracker(persona.talk))
    assert said.responses == ("utter_application_in_review",)


@pytest.mark.parametrize(("key", "response", "words"), [
    ("disbursing", "utter_disbursement_processing", ("24,000.00", "交通银行尾号 6620", "前到账")),
    ("disbursement_failed", "utter_disbursement_failed", ("15,000.00", "收款卡状态异常", "不计利息")),
    ("current", "utter_disbursement_succeeded", ("12,000.00", "工商银行尾号 8801")),
    ("in_review", "utter_disbursement_none", ("2026年11月22日",)),
])  # fmt: skip
async def test_the_latest_payout(verified: Verified, key: str, response: str, words: tuple[str, ...]) -> None:
    _, said = await run(ActionQueryDisbursement(), tracker((await verified(key)).talk))
    assert said.responses == (response,)
    for word in words:
        assert word in said.text


@pytest.mark.parametrize(("key", "response", "words"), [
    ("current", "utter_limit_active", ("30,000.00", "14.40%")),
    ("limit_reduced", "utter_limit_reduced", ("由 50,000.00 元调整", "综合风险评估", "2026年11月14日")),
    ("limit_frozen", "utter_limit_frozen", ("综合风险评估", "请照常还")),
    ("account_frozen", "utter_limit_frozen", ("身份证件已过期",)),
    ("late_45_days", "utter_limit_frozen", ("有逾期未还",)),
    ("limit_expired", "utter_limit_expired", ("2026年11月12日",)),
    ("no_product", "utter_limit_none", ("2026年11月22日",)),
])  # fmt: skip
async def test_the_limit(verified: Verified, key: str, response: str, words: tuple[str, ...]) -> None:
    _, said = await run(ActionQueryCreditLimit(), tracker((await verified(key)).talk))
    assert said.responses == (response,)
    for word in words:
        assert word in said.text


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_what_can_be_borrowed_is_total_less_used(verified: Verified, tone: str) -> None:
    persona = await verified("current")
    limit = found(await runtime().backends.limit.limit(persona.customer_id))
    _, said = await run(ActionQueryCreditLimit(), tracker(persona.talk, slots={"tone": tone}))
    for amount in (limit.total, limit.used, limit.total - limit.used):
        assert f"{money(amount)} 元" in said.text
    assert "年化利率" in said.text


async def test_the_most_for_one_loan_is_never_above_what_is_left(verified: Verified) -> None:
    persona = await verified("current")
    limit = found(await runtime().backends.limit.limit(persona.customer_id))
    assert limit.available < limit.single_max
    _, said = await run(ActionQueryCreditLimit(), tracker(persona.talk))
    assert f"最高 {money(limit.available)} 元" in said.text


async def test_a_limit_used_up_offers_no_single_loan(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("current")
    limit = found(await runtime().backends.limit.limit(persona.customer_id))
    backend_says("limit", limit=Found(replace(limit, used=limit.total)))
    _, said = await run(ActionQueryCreditLimit(), tracker(persona.talk))
    assert said.responses == ("utter_limit_used_up",)
    assert "只剩 0.00 元" in said.text and "年化利率" in said.text


async def test_no_limit_is_said_only_when_there_really_is_none(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("current")
    backend_says("limit", limit=NotFound())
    _, said = await run(ActionQueryCreditLimit(), tracker(persona.talk))
    assert said.responses == ("utter_limit_none",)
