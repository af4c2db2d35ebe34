"""What holds for every action about a customer's records: verified first, own records only, outages told as outages."""
from typing import Any, Callable

import pytest
from rasa_sdk import Action

from actions.account.goal import ActionResumeGoal
from actions.account.identity import ActionAskIdentityFormOneTimeCode
from actions.application import ActionQueryApplicationStatus, ActionQueryDisbursement
from actions.coupon import ActionAskRedeemFormRedeemConfirmed, ActionQueryCoupons, ActionRedeem, ActionStartRedeem
from actions.limit import ActionQueryCreditLimit
from actions.loan import ActionQuoteLoan
from actions.repayment.astray import ActionReportDebitFailure, ActionReportRepaymentMissing
from actions.repayment.bill import ActionQueryBill, ActionQueryDueDate
from actions.repayment.overdue import ActionQueryOverdue, ActionQueryRepaymentRecord
from actions.repayment.settlement import (
    ActionAskSettlementFormLoanNo,
    ActionAskSettlementFormSettlementConfirmed,
    ActionSettle,
    ActionStartSettlement,
)
from dengta.backends.outcomes import Unavailable
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Verified
from tests.actions.stage import entity, goes_to, run, slot_values, tracker

ABOUT_RECORDS = [
    ActionQueryBill, ActionQueryDueDate, ActionQueryOverdue, ActionQueryRepaymentRecord, ActionQueryCreditLimit,
    ActionQueryApplicationStatus, ActionQueryDisbursement, ActionQueryCoupons, ActionStartRedeem,
    ActionAskRedeemFormRedeemConfirmed, ActionRedeem, ActionStartSettlement, ActionAskSettlementFormLoanNo,
    ActionAskSettlementFormSettlementConfirmed, ActionSettle, ActionReportRepaymentMissing, ActionReportDebitFailure,
]  # fmt: skip
CHANGES = [ActionRedeem, ActionSettle]

# action, the area and the calls it depends on, and what it needs to get that far
READS: list[tuple[type[Action], str, tuple[str, ...], dict[str, Any]]] = [
    (ActionQueryBill, "loan", ("notes", "schedule"), {}),
    (ActionQueryDueDate, "loan", ("notes", "schedule"), {}),
    (ActionQueryOverdue, "loan", ("notes", "schedule"), {}),
    (ActionQueryRepaymentRecord, "repayment", ("repayments",), {}),
    (ActionQueryRepaymentRecord, "loan", ("notes",), {}),
    (ActionQueryCreditLimit, "limit", ("limit",), {}),
    (ActionQueryApplicationStatus, "application", ("applications",), {}),
    (ActionQueryDisbursement, "application", ("disbursements",), {}),
    (ActionQueryCoupons, "coupon", ("coupons",), {}),
    (ActionAskRedeemFormRedeemConfirmed, "coupon", ("preview_redeem",), {"redeem_code": "LBX8B3Q5K9"}),
    (ActionRedeem, "coupon", ("redeem",), {"redeem_code": "LBX8B3Q5K9", "redeem_confirmed": True}),
    (ActionStartSettlement, "loan", ("notes",), {}),
    (ActionAskSettlementFormLoanNo, "loan", ("notes",), {}),
    (ActionAskSettlementFormSettlementConfirmed, "loan", ("notes",), {"loan_no": "any"}),
    (ActionSettle, "repayment", ("settle",),
     {"loan_no": "any", "settlement_total": "1.00", "settlement_confirmed": True}),
    (ActionReportRepaymentMissing, "repayment", ("repayments",), {}),
    (ActionReportDebitFailure, "repayment", ("debit_attempts",), {}),
    (ActionReportDebitFailure, "loan", ("notes",), {}),
    (ActionQuoteLoan, "loan", ("products",), {"quote_amount": "10000", "quote_period": 12}),
]  # fmt: skip
OUTAGES = [(action, area, call, slots) for action, area, calls, slots in READS for call in calls]


@pytest.mark.parametrize(("action", "area", "call", "slots"), OUTAGES)
async def test_an_outage_is_told_as_an_outage_and_never_as_none(
    action: type[Action], area: str, call: str, slots: dict[str, Any], verified: Verified, backend_says: BackendSays
) -> None:
    persona = await verified("current")
    backend_says(area, **{call: Unavailable("timeout")})
    _, said = await run(action(), tracker(persona.talk, slots=slots))
    # A change that got no answer may have been made or not: that is said too.
    assert said.responses == ("utter_change_unconfirmed" if action in CHANGES else "utter_system_unavailable",)
    assert "转人工" in said.titles


@pytest.mark.parametrize(
    "action", [*ABOUT_RECORDS, ActionResumeGoal, ActionAskIdentityFormOneTimeCode]
)
async def test_losing_our_own_records_is_an_outage_too(
    action: type[Action], talk: str, lose_conversations: Callable[[], None]
) -> None:
    lose_conversations()
    events, said = await run(action(), tracker(talk, text="这个月还多少", intent="query_bill"))
    assert said.responses == ("utter_change_unconfirmed" if action in CHANGES else "utter_system_unavailable",)
    assert events == []


@pytest.mark.parametrize("action", ABOUT_RECORDS)
async def test_a_stranger_is_verified_first_and_learns_nothing(action: type[Action], talk: str) -> None:
    asked = tracker(talk, text="第二笔还多少", intent="query_bill", entities=[entity("amount", "100.00")])
    events, said = await run(action(), asked)
    assert said.responses in [("utter_identity_needed",), ("utter_settlement_rules",)]
    assert goes_to(events) == "identity_form"
    assert slot_values(events) == {
        "goal": {
            "action": action().name(),
            "message": {
                "text": "第二笔还多少",
                "intent": {"name": "query_bill"},
                "entities": [dict(entity("amount", "100.00"))],
            },
        }
    }


@pytest.mark.parametrize("action", ABOUT_RECORDS)
async def test_another_phone_in_the_message_is_refused(action: type[Action], verified: Verified) -> None:
    persona = await verified("current")
    events, said = await run(action(), tracker(persona.talk, entities=[entity("phone", "19900000014")]))
    assert said.responses == ("utter_own_records_only",)
    assert events == []


async def test_the_customers_own_phone_is_no_reason_to_refuse(verified: Verified) -> None:
    persona = await verified("current")
    _, said = await run(ActionQueryBill(), tracker(persona.talk, entities=[entity("phone", persona.phone)]))
    assert said.responses == ("utter_bill_one",)


@pytest.mark.parametrize("action", CHANGES)
async def test_a_change_needs_a_fresh_verification(
    action: type[Action], verified: Verified, move_clock: Callable[[str], None]
) -> None:
    persona = await verified("redeemer")
    move_clock("2026-11-22T10:15:00")
    events, said = await run(action(), tracker(persona.talk, slots={"redeem_code": "LBX8B3Q5K9"}))
    assert said.responses == ("utter_identity_again",)
    assert goes_to(events) == "identity_form"
    _, said = await run(ActionQueryCoupons(), tracker(persona.talk))
    assert said.responses[0].startswith("utter_coupons")


@pytest.mark.parametrize("action", ABOUT_RECORDS)
async def test_a_locked_conversation_is_told_until_when(action: type[Action], verified: Verified) -> None:
    persona = await verified("current")
    await runtime().identity.send_code(persona.talk, persona.phone, persona.customer_id)
    for _ in range(3):
        await runtime().identity.check_code(persona.talk, "guess!")
    events, said = await run(action(), tracker(persona.talk))
    assert said.responses == ("utter_identity_locked",)
    assert "2026年11月22日 10:10" in said.text
    assert events == []
