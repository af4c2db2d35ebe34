"""What a loan would cost, for anybody who asks."""
from decimal import Decimal
from typing import Any, Mapping, Optional

import pytest

from actions.loan import ActionQuoteLoan, ActionStartQuote, ValidateQuoteForm
from dengta import clock
from dengta.backends.finance import loan_quote
from dengta.backends.outcomes import Unavailable
from dengta.dialogue.wording import money, percent
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays
from tests.actions.stage import Entity, Said, entity, goes_to, run, slot_values, tracker
from tests.backends.books import found

FORM = "quote_form"


def figures(amount: Optional[str], period: Optional[int]) -> list[Entity]:
    return [entity(kind, value) for kind, value in (("amount", amount), ("period", period)) if value is not None]


async def start(amount: Optional[str], period: Optional[int], **slots: Any) -> dict[str, Any]:
    events, said = await run(ActionStartQuote(), tracker(entities=figures(amount, period), slots=slots))
    assert goes_to(events) == FORM and said.responses == ()
    return slot_values(events)


async def reads(amount: Optional[str], period: Optional[int], tone: str = "standard") -> tuple[dict[str, Any], Said]:
    at = tracker(entities=figures(amount, period), form=FORM, asked="quote_amount", slots={"tone": tone})
    events, said = await run(ValidateQuoteForm(), at)
    return slot_values(events), said


async def quote(amount: str, period: int, tone: str = "standard") -> tuple[Mapping[str, Any], Said]:
    slots = {"quote_amount": amount, "quote_period": period, "tone": tone}
    events, said = await run(ActionQuoteLoan(), tracker(slots=slots))
    return slot_values(events), said


async def test_a_question_with_both_figures_asks_for_nothing() -> None:
    assert await start("10000.00", 12) == {"quote_amount": "10000.00", "quote_period": 12}


async def test_a_new_question_forgets_the_figures_of_the_last_one() -> None:
    assert await start("10000.00", None, quote_period=24) == {"quote_amount": "10000.00", "quote_period": None}


async def test_a_follow_up_keeps_the_other_figure() -> None:
    before = {"topic": {"action": "action_start_quote"}, "quote_amount": "10000.00", "quote_period": 12}
    assert await start(None, 24, **before) == {"quote_amount": "10000.00", "quote_period": 24}
    assert await start("20000.00", None, **before) == {"quote_amount": "20000.00", "quote_period": 12}


@pytest.mark.parametrize(
    ("text", "first", "second", "meant"),
    [
        ("3期，哦不，6期", "3期", "6期", 6),
        ("3期 不对 6期", "3期", "6期", 6),
        ("不是3期，是6期", "3期", "6期", 6),
        ("3期说错了应该是6期", "3期", "6期", 6),
        ("12期改成6期", "12期", "6期", 6),
        ("3期还是6期划算", "3期", "6期", 3),
        ("3期不是比6期贵吗", "3期", "6期", 3),
    ],
)
async def test_a_corrected_figure_is_the_one_that_counts(text: str, first: str, second: str, meant: int) -> None:
    both = [
        {**entity("period", int(said[:-1])), "start": text.index(said), "end": text.index(said) + len(said)}
        for said in (first, second)
    ]
    events, _ = await run(ActionStartQuote(), tracker(text=text, entities=both))
    assert slot_values(events)["quote_period"] == meant


@pytest.mark.parametrize("amount", ["500.00", "10000.00", "200000.00"])
async def test_an_amount_some_product_lends_is_kept(amount: str) -> None:
    slots, said = await reads(amount, None)
    assert slots["quote_amount"] == amount and said.responses == ()


@pytest.mark.parametrize("amount", ["0.00", "1.00", "499.99", "200000.01", "99999999999.00"])
@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_an_amount_no_product_lends_is_refused_with_the_range(amount: str, tone: str) -> None:
    slots, said = await reads(amount, None, tone)
    assert slots["quote_amount"] is None
    assert said.responses == ("utter_quote_amount_out_of_range",)
    assert "500.00" in said.text and "200,000.00 元" in said.text


@pytest.mark.parametrize("period", [1, 12, 36])
async def test_periods_some_product_offers_are_kept(period: int) -> None:
    slots, said = await reads(None, period)
    assert slots["quote_period"] == period and said.responses == ()


@pytest.mark.parametrize("period", [5, 18, 60])
async def test_periods_nobody_offers_are_refused_with_the_choice(period: int) -> None:
    slots, said = await reads(None, period)
    assert slots["quote_period"] is None
    assert said.responses == ("utter_quote_period_not_offered",)
    assert "1、2、3、6、12、24、36" in said.text


async def test_words_without_figures_set_nothing() -> None:
    slots, said = await reads(None, None)
    assert said.responses == ()
    assert slots.get("quote_amount") is None and slots.get("quote_period") is None


async def test_without_the_products_it_is_the_answer_that_tells_of_the_outage(backend_says: BackendSays) -> None:
    backend_says("loan", products=Unavailable("timeout"))
    slots, _ = await reads("10000.00", 12)
    assert slots["quote_amount"] == "10000.00" and slots["quote_period"] == 12
    _, said = await quote("10000.00", 12)
    assert said.responses == ("utter_system_unavailable",)


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_every_fitting_product_is_quoted_cheapest_first_with_its_annual_rate(tone: str) -> None:
    products = found(await runtime().backends.loan.products())
    fitting = [p for p in products if p.min_amount <= 10000 <= p.max_amount and 12 in p.periods]
    quotes = [(loan_quote(p, Decimal("10000.00"), 12, clock.today()), p) for p in fitting]
    slots, said = await quote("10000.00", 12, tone)
    assert said.responses == ("utter_quote",)
    lines = [line for line in said.text.splitlines() if line.startswith("·")]
    assert len(lines) == len(fitting) > 2
    for line, (each, product) in zip(lines, sorted(quotes, key=lambda pair: pair[0].annualised_rate)):
        assert product.name in line
        assert f"{money(each.first_payment)} 元" in line and f"{money(each.total_interest)} 元" in line
        assert "年化" in line and percent(each.annualised_rate) in line
        assert ("一次性费用" in line) is bool(each.upfront_fee)
    assert slots["topic"]["action"] == "action_start_quote"


async def test_the_annual_rate_includes_the_fee() -> None:
    _, said = await quote("10000.00", 12)
    (line,) = [line for line in said.text.splitlines() if "灯塔安心分期" in line]
    assert "10.80%" not in line and "一次性费用 200.00 元" in line


async def test_figures_no_product_combines_are_said_and_can_be_changed() -> None:
    slots, said = await quote("150000.00", 1)
    assert said.responses == ("utter_quote_no_product",)
    assert slots["topic"]["action"] == "action_start_quote"


async def test_a_form_that_was_left_quotes_nothing() -> None:
    _, said = await run(ActionQuoteLoan(), tracker(slots={"quote_amount": "10000.00"}))
    assert said.responses == ()
