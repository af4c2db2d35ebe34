"""How customers feel and what must be looked at, by example."""
from typing import Optional

import pytest

from dengta.handoff.summary import feelings
from dengta.handoff.summary.record import Said
from dengta.handoff.summary.rules import rules


def said(text: str, reading: Optional[str] = None, seq: int = 1) -> Said:
    return Said(seq, "customer", text, 1, reading, failed=False)


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("这个月还多少", None),
        ("骗子公司", "angry"),
        ("你们到底管不管！！", "angry"),
        ("什么？？？", "angry"),
        ("天天打电话，我都要崩溃了", "afraid"),
        ("怎么还没到账", "anxious"),
        ("在吗", "anxious"),
        ("好的谢谢", "grateful"),
        ("请问怎么还款？", None),
    ],
)
def test_the_mood_of_one_message(text: str, mood: Optional[str]) -> None:
    (phase,) = feelings.phases(rules(), [said(text)])
    assert (phase.mood.id if phase.mood else None) == mood


def test_frustration_that_was_understood_is_anger() -> None:
    (phase,) = feelings.phases(rules(), [said("唉", "express_frustration")])
    assert phase.mood is not None and phase.mood.id == "angry"


def test_messages_in_a_row_in_the_same_mood_are_one_phase() -> None:
    texts = ["你好", "这个月还多少", "快点", "怎么还没好", "骗子", "谢谢"]
    phases = feelings.phases(rules(), [said(text, seq=seq) for seq, text in enumerate(texts, start=1)])
    assert [(p.mood.id if p.mood else None, [s.seq for s in p.said]) for p in phases] == [
        (None, [1, 2]),
        ("anxious", [3, 4]),
        ("angry", [5]),
        ("grateful", [6]),
    ]


@pytest.mark.parametrize(
    ("text", "reading", "risk"),
    [
        ("我真的不想活了", None, "self_harm"),
        ("还不如死了算了", None, "self_harm"),
        ("急死我了", None, None),
        ("累死人了", None, None),
        ("我才16岁", None, "minor"),
        ("孩子偷偷借了五千", None, "minor"),
        ("我36岁了", None, None),
        ("他让我先转账到安全账户", None, "fraud"),
        ("没有被骗，就是问问", None, None),
        ("怎么避免被骗", None, None),
        ("这笔不是我借的", None, "theft"),
        ("催收的打电话骂我家人", None, "collection_abuse"),
        ("你们的人去我单位了", "report_collection_abuse", "collection_abuse"),
        ("我要打12378", None, "complaint"),
        ("我不是要投诉", None, None),
        ("失业了还不上", None, "hardship"),
        ("我已经七十岁了", None, "vulnerable"),
        ("这个月还多少", "query_bill", None),
    ],
)
def test_the_gravest_risk_of_one_message(text: str, reading: Optional[str], risk: Optional[str]) -> None:
    seen = feelings.risks(rules(), [said(text, reading)])
    assert (seen[0].risk.id if seen else None) == risk


def test_risks_come_gravest_first_with_all_messages_that_show_them() -> None:
    texts = ["我要投诉", "失业了", "不想活了", "必须投诉"]
    seen = feelings.risks(rules(), [said(text, seq=seq) for seq, text in enumerate(texts, start=1)])
    assert [(each.risk.id, each.risk.level, [s.seq for s in each.said]) for each in seen] == [
        ("self_harm", 1, [3]),
        ("complaint", 2, [1, 4]),
        ("hardship", 2, [2]),
    ]
