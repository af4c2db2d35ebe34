"""Which loan note is meant: one, several or none of the customer's, and never silently the first."""
import pytest

from dengta.dialogue.matching import Match, One, Several, Unknown, match_note
from dengta.dialogue.references import Reference, read_reference
from tests.dialogue.records import note

FIRST = note("JD000000000101", product_name="灯塔薪享贷", repayment_card_tail="1502")
SECOND = note("JD000000000202", product_name="灯塔安心分期", repayment_card_tail="1569")
THIRD = note("JD000000000303", product_name="灯塔极速贷", repayment_card_tail="1502")
NOTES = (FIRST, SECOND, THIRD)
ANY = Several(NOTES)


def meant(text: str = "", **named: object) -> Match:
    return match_note(NOTES, read_reference(text), **named)  # type: ignore[arg-type]


def test_one_open_note_needs_no_naming() -> None:
    assert match_note([FIRST], Reference()) == One(FIRST)


def test_several_notes_stay_several_when_nothing_tells_them_apart() -> None:
    assert meant() == ANY


def test_no_notes_are_no_match() -> None:
    assert match_note([], Reference()) == Several(())
    assert match_note([], read_reference("第一笔")) == Unknown()
    assert match_note([], read_reference("最后一笔")) == Unknown()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("第一笔", One(FIRST)),
        ("第三笔呢", One(THIRD)),
        ("最后一笔", One(THIRD)),
        ("倒数第二笔", One(SECOND)),
        ("第四笔", Unknown()),
        ("第0笔", Unknown()),
        ("倒数第四笔", Unknown()),
        ("第一笔和第二笔", ANY),
        ("不是第一笔，是第二笔", One(SECOND)),
    ],
)
def test_a_position_counts_in_the_order_shown(text: str, result: Match) -> None:
    assert meant(text) == result


def test_a_loan_number_wins_over_everything() -> None:
    assert meant("第一笔", loan_numbers=["JD000000000202"], products=["灯塔极速贷"]) == One(SECOND)


def test_an_unknown_loan_number_is_never_replaced_by_a_guess() -> None:
    assert meant(loan_numbers=["JD999999999999"]) == Unknown()
    assert match_note([FIRST], Reference(), loan_numbers=["JD999999999999"]) == Unknown()


def test_several_loan_numbers_do_not_pick_one() -> None:
    assert meant(loan_numbers=[FIRST.loan_no, SECOND.loan_no]) == Unknown()


def test_a_product_or_the_last_four_digits_pick_a_note() -> None:
    assert meant(products=["灯塔极速贷"]) == One(THIRD)
    assert meant(tails=["0202"]) == One(SECOND)
    assert meant(tails=["1569"]) == One(SECOND)


def test_a_name_that_fits_two_notes_or_none_picks_nothing() -> None:
    assert meant(tails=["1502"]) == ANY
    assert meant(products=["灯塔备用金"]) == ANY


def test_the_note_talked_about_is_remembered_until_another_is_named() -> None:
    assert meant("下一期呢", remembered=SECOND.loan_no) == One(SECOND)
    assert meant("第三笔", remembered=SECOND.loan_no) == One(THIRD)
    assert meant(products=["灯塔薪享贷"], remembered=SECOND.loan_no) == One(FIRST)
    assert meant("下一期呢", remembered="JD999999999999") == ANY


def test_the_other_one_is_clear_only_between_two() -> None:
    assert match_note([FIRST, SECOND], read_reference("另一笔"), remembered=FIRST.loan_no) == One(SECOND)
    assert match_note([FIRST, SECOND], read_reference("另一笔")) == Several((FIRST, SECOND))
    assert meant("另一笔", remembered=FIRST.loan_no) == ANY
