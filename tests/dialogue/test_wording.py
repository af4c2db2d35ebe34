"""Figures and days in the domain's words, in the customer's tone."""
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest

from dengta.clock import SHANGHAI
from dengta.dialogue.wording import Wording, money, percent

SENIOR = [{"type": "slot", "name": "tone", "value": "senior"}]
DOMAIN = {
    "responses": {
        "utter_greeting": [{"condition": SENIOR, "text": "您好！"}, {"text": "您好，{name}。"}],
        "utter_part": [{"text": "利息 {amount} 元"}],
        "utter_date": [{"text": "{year}年{month}月{day}日"}],
        "utter_moment": [{"text": "{date} {time}"}],
    }
}


def test_each_tone_hears_its_own_words() -> None:
    assert Wording(DOMAIN, "standard").phrase("utter_greeting", name="王女士") == "您好，王女士。"
    assert Wording(DOMAIN, "senior").phrase("utter_greeting", name="王女士") == "您好！"


@pytest.mark.parametrize("tone", ["", "unheard of"])
def test_a_tone_nobody_wrote_for_hears_the_standard_words(tone: str) -> None:
    assert Wording(DOMAIN, tone).phrase("utter_greeting", name="王女士") == "您好，王女士。"


def test_a_part_without_a_senior_wording_is_the_same_for_everybody() -> None:
    assert Wording(DOMAIN, "senior").phrase("utter_part", amount="1.00") == "利息 1.00 元"


@pytest.mark.parametrize(("response", "values"), [("utter_missing", {}), ("utter_part", {}), ("utter_part", {"x": 1})])
def test_half_a_sentence_is_an_error_and_not_said(response: str, values: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        Wording(DOMAIN, "standard").phrase(response, **values)


def test_what_a_customer_typed_cannot_reach_into_the_wording() -> None:
    assert Wording(DOMAIN, "standard").phrase("utter_greeting", name="{amount} {0}") == "您好，{amount} {0}。"


def test_days_and_moments_are_said_in_shanghai() -> None:
    wording = Wording(DOMAIN, "standard")
    assert wording.date(date(2026, 1, 5)) == "2026年1月5日"
    assert wording.moment(datetime(2026, 11, 22, 9, 5, tzinfo=SHANGHAI)) == "2026年11月22日 09:05"
    assert wording.moment(datetime(2026, 11, 22, 16, 30, tzinfo=timezone.utc)) == "2026年11月23日 00:30"


@pytest.mark.parametrize(("amount", "said"), [
    ("0.00", "0.00"), ("0.5", "0.50"), ("8833.33", "8,833.33"), ("1234567.80", "1,234,567.80"), ("-3.00", "-3.00"),
])  # fmt: skip
def test_money_has_two_places_and_thousands_separators(amount: str, said: str) -> None:
    assert money(Decimal(amount)) == said


@pytest.mark.parametrize(("rate", "said"), [
    ("0.1440", "14.40%"), ("0.072", "7.20%"), ("0.23756", "23.76%"), ("0", "0.00%"), ("1.5", "150.00%"),
])  # fmt: skip
def test_rates_are_percentages_with_two_places(rate: str, said: str) -> None:
    assert percent(Decimal(rate)) == said
