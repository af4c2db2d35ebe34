"""The plain form says what was written, and where."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.privacy.folding import fold


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("１９９００", "19900"),
        ("幺九九零〇", "19900"),
        ("壹玖玖零零", "19900"),
        ("①⑨⑨⓪⓪", "19900"),
        ("1️⃣9️⃣9️⃣", "199"),
        ("1\u200b9\u200d9", "199"),
        ("洞两拐勾", "0279"),
    ],
)
def test_what_is_read_as_a_digit_is_a_digit(written: str, digits: str) -> None:
    assert fold(written).digits == digits


def test_letters_are_folded_to_small_half_width_simplified_ones() -> None:
    assert fold("ＱＱ號碼：ＷＸ").text == "qq号码:wx"


def test_what_shows_nothing_belongs_to_the_character_before_it() -> None:
    folded = fold("号1️⃣2️⃣。")
    assert folded.original(1, 3) == (1, 7)


@given(st.text(max_size=60), st.data())
def test_every_part_of_the_plain_form_is_found_where_it_was_written(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.digits)
    if folded.text:
        start = data.draw(st.integers(0, len(folded.text) - 1))
        end = data.draw(st.integers(start + 1, len(folded.text)))
        first, last = folded.original(start, end)
        assert folded.text[start:end] in fold(text[first:last]).text
