"""What is found, what is left alone, and that nothing valid hides; the labelled sentences show the rest."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.privacy.recognise import digits
from dengta.privacy.recognise.personal import CHECKED, KNOWN
from dengta.privacy.recognisers import find
from tests.privacy.numbers import CHATTER, cards, id_numbers, phones, written


def found(text: str, *known: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start:each.end]) for each in find(text, known)]


def test_findings_come_in_order_with_the_place_where_they_were_written() -> None:
    text = "我叫王小芳，手机１９９－００００－００１２，卡6200 0012 3456 7897，住杭州市西湖区灯芯巷12号"
    assert found(text) == [
        ("name", "王小芳"),
        ("phone", "１９９－００００－００１２"),
        ("card", "6200 0012 3456 7897"),
        ("address", "杭州市西湖区灯芯巷12号"),
    ]


@pytest.mark.parametrize("line", ["110", "96110", "12378", "12363"])
def test_public_lines_are_nobody_s(line: str) -> None:
    assert found(f"打电话{line}投诉，验证码不要告诉{line}") == []


def test_a_number_of_the_lender_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("客服电话400-000-0012") == [("landline", "400-000-0012")]
    monkeypatch.setattr(digits, "official_number", lambda number: object() if number == "4000000012" else None)
    assert found("客服电话400-000-0012") == []


@pytest.mark.parametrize(
    "text",
    [
        "转了19900000012元",
        "¥19900000012",
        "订单号19900000012",
        "单号：19900000012",
        "19,900,000,012",
        "19900000012.50",
        "金额是 19900000012",
        "TK19900000012",
        "2026-1990-0000-012",
    ],
)
def test_eleven_digits_that_are_no_phone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("199 0000 0012 198 0000 0163", ["199 0000 0012", "198 0000 0163"]),
        ("+86 199-0000-0012", ["199-0000-0012"]),
        ("008619900000012", ["19900000012"]),
        ("1 199 0000 0012 2 198 0000 0163", ["199 0000 0012", "198 0000 0163"]),
        ("手機號碼：19900000012", ["19900000012"]),
    ],
)
def test_phones_beside_other_digits(text: str, phones: list[str]) -> None:
    assert found(text) == [("phone", phone) for phone in phones]


def test_the_same_digits_are_what_the_words_beside_them_say() -> None:
    assert found("验证码482913") == [("one_time_code", "482913")]
    assert found("QQ482913") == [("qq", "482913")]
    assert found("工单号482913") == []
    assert found("尾号482913") == []


def test_a_mistyped_number_is_found_by_the_word_before_it() -> None:
    mistyped = "990101199001010010"
    assert found(f"身份证号{mistyped}") == [("id_number", mistyped)]
    assert found(f"我有{mistyped}") == []


def test_known_values_are_found_without_any_words_around() -> None:
    assert found("那个慕 容天佑，199零零零零零零一二", "慕容天佑", "19900000012") == [
        ("name", "慕 容天佑"),
        ("phone", "199零零零零零零一二"),
    ]
    assert [each.score for each in find("慕容天佑", ["慕容天佑"])] == [KNOWN]


def test_empty_and_tiny_known_values_hide_nothing() -> None:
    assert found("我想还款", "", " ", "我", "*") == []


@given(CHATTER, CHATTER, st.data())
def test_a_valid_identity_number_is_found_wherever_it_stands(before: str, after: str, data: st.DataObject) -> None:
    number = data.draw(written(data.draw(id_numbers())))
    [each] = [each for each in find(before + number + after) if each.kind == "id_number"]
    assert (each.start, each.score) == (len(before), CHECKED)
    assert each.end == len(before + number)


@given(CHATTER, CHATTER, st.data())
def test_a_valid_card_is_found_wherever_it_stands(before: str, after: str, data: st.DataObject) -> None:
    number = data.draw(written(data.draw(cards())))
    assert ("card", number) in found(before + number + after)


@given(CHATTER, CHATTER, st.data())
def test_a_phone_is_found_wherever_it_stands(before: str, after: str, data: st.DataObject) -> None:
    number = data.draw(written(data.draw(phones())))
    assert ("phone", number) in found(before + number + after)


@given(CHATTER, CHATTER, st.data())
def test_any_known_number_is_found_in_any_writing(before: str, after: str, data: st.DataObject) -> None:
    value = data.draw(st.one_of(phones(), id_numbers(), cards()))
    number = data.draw(written(value))
    assert number in [text for _, text in found(before + number + after, value)]
