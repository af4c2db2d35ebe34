"""Figures, rates and personal data in drafts."""
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.handoff.copilot.drafts import Context, forbidden, numbers, warnings
from dengta.handoff.copilot.figures import RATE, YUAN, Figure, Figures
from dengta.handoff.copilot.rules import rules
from dengta.settings import ROOT

FIGURES = Figures(
    (
        Figure("bill", "outstanding", Decimal("1078.02")),
        Figure("loan", "principal", Decimal("12000.00")),
        Figure("loan", "rate", Decimal("0.1440"), RATE),
    ),
    (),
)
WANG = Context(FIGURES, ("王海青", "19900000008"))


def found(draft: str, context: Context = WANG) -> list[tuple[str, str]]:
    return [(each.rule, draft[each.start : each.end]) for each in warnings(rules(), draft, context)]


@pytest.mark.parametrize(
    ("draft", "values"),
    [
        ("本期应还 1,078.02 元", [(Decimal("1078.02"), YUAN)]),
        ("借了一万二", [(Decimal("12000.00"), YUAN)]),
        ("１２０００元", [(Decimal("12000.00"), YUAN)]),
        ("1.2万元，年化14.4%", [(Decimal("12000.00"), YUAN), (Decimal("0.144"), RATE)]),
        ("第 5/12 期，借据尾号 0001，2026年12月4日到期", []),
        ("请拨打110或96110", []),
        ("您刚才说的500元我查一下", []),
        ("您说的是500元，系统里是1,078.02元", [(Decimal("1078.02"), YUAN)]),
        ("我来查一下，请稍等", []),
    ],
)
def test_the_figures_of_a_draft(draft: str, values: list[tuple[Decimal, str]]) -> None:
    assert [(each.value, each.unit) for each in numbers(rules(), draft)] == values


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("您这期应还 1,078.02 元", []),
        ("您这期应还 1,087.02 元", [("unknown_sum", "1,087.02 元")]),
        ("您借了12000元", []),
        ("年化利率 14.40%", []),
        ("年化利率 14.00%", [("unknown_sum", "14.00%")]),
        ("利率是14.40%", [("annual_rate", "利率是1")]),
        ("您的手机号是19900000008", [("personal", "19900000008")]),
        ("王海青您好", [("personal", "王海青")]),
        ("我们不会让您转账", []),
        ("", []),
    ],
)
def test_a_draft_to_a_verified_customer(draft: str, expected: list[tuple[str, str]]) -> None:
    kinds = {each.kind for each in FIGURES.found}
    assert kinds == {"bill", "loan"}
    assert found(draft) == expected


@pytest.mark.parametrize(
    ("draft", "rules_hit"),
    [
        ("我保证一定给您减免，保证下款", ["promise", "promise"]),
        ("利息才98.02元", ["annual_rate"]),
        ("赶紧借，应还 999.99 元，王海青您好", []),
        ("您好", []),
    ],
)
def test_only_what_is_critical_keeps_a_message_back(draft: str, rules_hit: list[str]) -> None:
    assert [each.rule for each in forbidden(rules(), draft)] == rules_hit


def test_no_canned_reply_is_kept_back() -> None:
    replies = json.loads((ROOT / "web" / "desk" / "src" / "canned.json").read_text(encoding="utf-8"))
    assert [reply["title"] for reply in replies if forbidden(rules(), reply["text"])] == []


def test_figures_are_not_told_to_somebody_who_is_not_verified() -> None:
    assert found("您这期应还 1,078.02 元", Context(None)) == [("unverified", "1,078.02 元")]


def test_agents_may_say_who_they_are() -> None:
    draft = "您好，我是林晓，您的问题我来看。"
    assert [rule for rule, _ in found(draft, Context(FIGURES))] == ["personal"]
    assert found(draft, Context(FIGURES, sender="林晓")) == []
    assert found("我是林晓，王海青您好", Context(FIGURES, ("王海青",), sender="林晓")) == [("personal", "王海青")]


def test_what_is_right_is_right_also_while_another_system_is_down() -> None:
    partly = Context(Figures(FIGURES.found, ("limit",)))
    assert found("应还 1,078.02 元", partly) == []
    assert found("额度 3,000.00 元", partly) == [("unchecked_sum", "3,000.00 元")]


def test_what_is_wrong_comes_in_the_order_of_the_draft() -> None:
    draft = "王海青您好，保证给您减免，应还 999.99 元"
    assert [rule for rule, _ in found(draft)] == ["personal", "promise", "unknown_sum"]


@given(st.text(st.sampled_from("保证一定下款 １２0.,%元利率年化转账给我验证码您说的\n\u200b，。！"), max_size=60))
def test_every_warning_points_into_the_draft(draft: str) -> None:
    for each in warnings(rules(), draft, WANG):
        assert 0 <= each.start < each.end <= len(draft)
        assert each.title and each.advice


@given(st.decimals(min_value=100, max_value=99_999, places=2))
def test_every_sum_that_is_not_in_the_books_is_found(amount: Decimal) -> None:
    wrong = amount not in FIGURES.values(YUAN)
    assert bool(found(f"您这期应还 {amount:,.2f} 元")) == wrong
