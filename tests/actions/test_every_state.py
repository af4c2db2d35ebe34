"""Every question about records, asked by every persona of the book in both tones, is answered in full sentences."""
import re

import pytest
from rasa_sdk import Action

from actions.application import ActionQueryApplicationStatus, ActionQueryDisbursement
from actions.coupon import ActionQueryCoupons
from actions.limit import ActionQueryCreditLimit
from actions.repayment.astray import ActionReportDebitFailure, ActionReportRepaymentMissing
from actions.repayment.bill import ActionQueryBill, ActionQueryDueDate
from actions.repayment.overdue import ActionQueryOverdue, ActionQueryRepaymentRecord
from dengta.backends.sql.seed import personas
from dengta.dialogue.customer_action import CustomerAction
from tests.actions.conftest import Verified
from tests.actions.stage import run, tracker

QUESTIONS: list[type[CustomerAction]] = [
    ActionQueryBill, ActionQueryDueDate, ActionQueryOverdue, ActionQueryRepaymentRecord, ActionQueryCreditLimit,
    ActionQueryApplicationStatus, ActionQueryDisbursement, ActionQueryCoupons, ActionReportRepaymentMissing,
    ActionReportDebitFailure,
]  # fmt: skip


@pytest.mark.parametrize("key", [persona.key for persona in personas()])
async def test_every_persona_gets_a_whole_answer_to_everything(verified: Verified, key: str) -> None:
    persona = await verified(key)
    for question in QUESTIONS:
        for tone in ("standard", "senior"):
            action: Action = question()
            _, said = await run(action, tracker(persona.talk, slots={"tone": tone}))
            assert said.responses and "utter_system_unavailable" not in said.responses, (action.name(), tone)
            assert not re.search(r"[{}]|None|（）|：\s*。|于 到期", said.text), (action.name(), said.text)
            assert not re.search(r"\d\.\d{3,}|-\d+\.\d\d 元", said.text), (action.name(), said.text)
            assert 1 <= len(said.buttons) <= 6, (action.name(), tone)
            titles = [button["title"] for button in said.buttons]
            assert all(len(title) <= 12 for title in titles), titles
