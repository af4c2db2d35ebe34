"""Synthetic identities and the codes a lender prints."""
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.backends.codes import ALPHABET, is_redeem_code, normalise_redeem_code, redeem_code, reference_no
from dengta.backends.sql.seed.people import id_number

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BODIES = st.text(alphabet=ALPHABET, min_size=7, max_size=7)


def test_identity_numbers_have_the_check_character_of_gb_11643() -> None:
    for index in range(1, 1000):
        number = id_number(index, None)
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number))
        assert number[17] == "10X98765432"[total % 11]


def test_identity_numbers_belong_to_no_region() -> None:
    assert all(id_number(index, None).startswith("99") for index in range(1, 1000))


@given(BODIES, st.integers(2, 9), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_recognised(body: str, place: int, wrong: str) -> None:
    code = redeem_code(body)
    assert is_redeem_code(code)
    typo = code[:place] + wrong + code[place + 1 :]
    assert is_redeem_code(typo) is (typo == code)


@given(BODIES)
def test_a_code_is_read_as_people_write_it(body: str) -> None:
    code = redeem_code(body)
    loose = f" {code[:6].lower()}-{code[6:].replace('0', 'O').replace('1', 'l')} "
    assert normalise_redeem_code(loose) == code


@pytest.mark.parametrize("text", ["", "LB", "JD972393374038", "LB7777777", "LBUUUUUUUU", "兑换码", "LB" + "0" * 5000])
def test_other_text_is_no_redeem_code(text: str) -> None:
    assert not is_redeem_code(text)


def test_a_reference_number_is_its_prefix_and_twelve_digits_and_stays_the_same() -> None:
    assert re.fullmatch(r"HK\d{12}", reference_no("HK", "JD972393374038", "5"))
    assert reference_no("HK", "a", "b") == reference_no("HK", "a", "b") != reference_no("HK", "ab")
