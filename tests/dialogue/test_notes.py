"""Loan notes and instalments as values, parts and buttons of what is said."""
from decimal import Decimal
from typing import Iterator

import pytest
from rasa_sdk.executor import CollectingDispatcher

from dengta.backends.loan import InstalmentStatus
from dengta.dialogue.notes import breakdown, instalment_values, note_buttons, note_values
from dengta.dialogue.turn import Turn
from dengta.settings import settings
from tests.actions.stage import tracker
from tests.dialogue.records import instalment, note
from tests.project.texts import domain

PENDING = InstalmentStatus.PENDING


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turn]:
    monkeypatch.setenv("DENGTA_DEMO_NOW", "2026-11-22T10:00:00")
    settings.cache_clear()
    yield Turn(CollectingDispatcher(), tracker(), domain())
    settings.cache_clear()


def test_a_breakdown_names_only_parts_that_are_charged(turn: Turn) -> None:
    plain = instalment(5, 12, PENDING)
    assert breakdown(turn, plain) == "本金 900.00 元、利息 100.00 元"
    charged = {"penalty": Decimal("1.23"), "fee": Decimal("5.00"), "paid": Decimal("9.00")}
    late = instalment(5, -3, InstalmentStatus.OVERDUE, **charged)
    assert breakdown(turn, late) == "本金 900.00 元、利息 100.00 元、费用 5.00 元、罚息 1.23 元、已还 9.00 元"


def test_an_instalment_owes_what_is_due_less_what_was_paid(turn: Turn) -> None:
    values = instalment_values(turn, instalment(5, 12, PENDING, paid=Decimal("250.00")))
    assert (values["due"], values["paid"], values["outstanding"]) == ("1,000.00", "250.00", "750.00")
    assert values["due_date"] == "2026年12月4日"


def test_a_note_is_told_by_its_last_four_digits_with_the_date(turn: Turn) -> None:
    values = note_values(turn, note("JD252777595486", annualised_cost=Decimal("0.1522")))
    assert values["loan_tail"] == "5486" and values["as_of"] == "2026年11月22日"
    assert values["rate"] == "15.22%", "the all-in rate, not the nominal one"


def test_buttons_ask_the_same_about_one_note_each_and_keep_their_numbers(turn: Turn) -> None:
    notes = [note(f"JD00000000000{n}", product_name=f"灯塔{n}号") for n in (1, 2, 3)]
    buttons = note_buttons(turn, notes, "query_bill", without=notes[1])
    assert buttons == [
        {"title": "第1笔 灯塔1号", "payload": '/query_bill{"order_no": "JD000000000001"}'},
        {"title": "第3笔 灯塔3号", "payload": '/query_bill{"order_no": "JD000000000003"}'},
    ]
