"""Figures, days, codes and names, as they come out of the extractor with offsets into the text as typed."""
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.nlu.entities import find
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.fixture
def entities(normalizer: Normalizer, names: Names):
    def of(text: str) -> list[tuple[str, str, object]]:
        found = find(normalizer.normalize(text), names, TODAY)
        return [(entity["entity"], text[entity["start"]:entity["end"]], entity["value"]) for entity in found]

    return of


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("借一万五分12期", "一万五", "15000.00"),
        ("1.5w", "1.5w", "15000.00"),
        ("两千三", "两千三", "2300.00"),
        ("3,000块", "3,000块", "3000.00"),
        ("五百来块", "五百来块", "500.00"),
        ("１００元", "１００元", "100.00"),
        ("3块5", "3块5", "3.50"),
        ("十五块八毛", "十五块八毛", "15.80"),
        ("一百零五块三毛二", "一百零五块三毛二", "105.32"),
        ("还2000行吗", "2000", "2000.00"),
        ("2000", "2000", "2000.00"),
        ("¥88.5", "¥88.5", "88.50"),
        ("1500.50元", "1500.50元", "1500.50"),
        ("借8千", "8千", "8000.00"),
        ("2千3", "2千3", "2300.00"),
        ("五万以内", "五万", "50000.00"),
        ("借壹万伍仟", "壹万伍仟", "15000.00"),
        ("三万左右", "三万", "30000.00"),
        ("扣了我200", "200", "200.00"),
        ("一万一个月利息多少", "一万", "10000.00"),
        ("兩萬三", "兩萬三", "23000.00"),
        ("借5K", "5K", "5000.00"),
        ("0.5元", "0.5元", "0.50"),
    ],
)
def test_amounts(entities, text: str, span: str, value: str) -> None:
    assert ("amount", span, value) in entities(text)


@pytest.mark.parametrize(
    "text",
    ["万分之五", "百分之二", "千万别", "百度", "万一", "第3期", "123456", "2026年", "7.2%", "1001号", "0元", "一二三"],
)
def test_no_amounts(entities, text: str) -> None:
    assert not [entity for entity in entities(text) if entity[0] == "amount"]


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_any_sum_written_in_digits_is_found(normalizer: Normalizer, names: Names, amount: Decimal) -> None:
    (entity,) = find(normalizer.normalize(f"我想还{amount}元"), names, TODAY)
    assert (entity["entity"], entity["value"]) == ("amount", str(amount))


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("12期", "12期", 12),
        ("一年", "一年", 12),
        ("三个月", "三个月", 3),
        ("半年", "半年", 6),
        ("一年半", "一年半", 18),
        ("两年", "两年", 24),
        ("分十二期", "十二期", 12),
        ("分12", "12", 12),
        ("借3个月", "3个月", 3),
        ("分成6期还", "6期", 6),
    ],
)
def test_periods(entities, text: str, span: str, value: int) -> None:
    assert entities(text) == [("period", span, value)]


@pytest.mark.parametrize(
    "text", ["第3期", "下一期", "逾期三个月", "一年前", "2026年", "年利率", "每个月", "100期", "上一期"]
)
def test_no_periods(entities, text: str) -> None:
    assert not [entity for entity in entities(text) if entity[0] == "period"]


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("下个月15号还", "下个月15号", "2026-12-15"),
        ("昨天还的", "昨天", "2026-11-21"),
        ("月底", "月底", "2026-11-30"),
        ("上个月底", "上个月底", "2026-10-31"),
        ("12月3号", "12月3号", "2026-12-03"),
        ("1月5号", "1月5号", "2027-01-05"),
        ("去年12月3号", "去年12月3号", "2025-12-03"),
        ("2026年3月1日", "2026年3月1日", "2026-03-01"),
        ("2026-12-01", "2026-12-01", "2026-12-01"),
        ("三天后", "三天后", "2026-11-25"),
        ("下周五", "下周五", "2026-11-27"),
        ("这周日", "这周日", "2026-11-22"),
        ("一个月后", "一个月后", "2026-12-22"),
        ("31号", "31号", "2026-12-31"),
        ("十二号", "十二号", "2026-11-12"),
        ("廿三号", "廿三号", "2026-11-23"),
        ("年底", "年底", "2026-12-31"),
        ("大后天", "大后天", "2026-11-25"),
        ("听日还", "听日", "2026-11-23"),
    ],
)
def test_dates(entities, text: str, span: str, value: str) -> None:
    assert entities(text) == [("date", span, value)]


@pytest.mark.parametrize("text", ["2月30日", "4月31号", "13月5号", "35号", "本月31号", "2026-02-29"])
def test_days_that_do_not_exist_are_said_to_be_impossible(normalizer, names, text: str) -> None:
    (entity,) = find(normalizer.normalize(text), names, TODAY)
    assert (entity["entity"], entity["value"], entity["impossible"]) == ("date", None, True)


@pytest.mark.parametrize("text", ["每月15号", "几号还", "每个月几号", "账号", "双11", "号码"])
def test_no_dates(entities, text: str) -> None:
    assert entities(text) == []


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_any_full_date_is_found(normalizer: Normalizer, names: Names, day: date) -> None:
    (entity,) = find(normalizer.normalize(f"{day.year}年{day.month}月{day.day}日"), names, TODAY)
    assert entity["value"] == day.isoformat()


@pytest.mark.parametrize(
    ("text", "entity", "span", "value"),
    [
        ("我手机199 0000 1234", "phone", "199 0000 1234", "19900001234"),
        ("199-0000-1234", "phone", "199-0000-1234", "19900001234"),
        ("１９９００００１２３４", "phone", "１９９００００１２３４", "19900001234"),
        ("+86 19900001234", "phone", "19900001234", "19900001234"),
        ("幺九九零零零零幺二三四", "phone", "幺九九零零零零幺二三四", "19900001234"),
        ("尾号1234的卡", "card_tail", "1234", "1234"),
        ("卡尾号是６６８８", "card_tail", "６６８８", "6688"),
        ("1234那张卡", "card_tail", "1234", "1234"),
        ("后四位六六八八", "card_tail", "六六八八", "6688"),
        ("借据jd202601010001", "order_no", "jd202601010001", "JD202601010001"),
        ("JD 2026 0101 0001", "order_no", "JD 2026 0101 0001", "JD202601010001"),
        ("工单GD-202601010001", "order_no", "GD-202601010001", "GD202601010001"),
        ("兑换码lb8k2m9qxz", "order_no", "lb8k2m9qxz", "LB8K2M9QXZ"),
        ("身份证990101199003072977", "id_number", "990101199003072977", "990101199003072977"),
    ],
)
def test_codes(entities, text: str, entity: str, span: str, value: str) -> None:
    assert (entity, span, value) in entities(text)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("19900001234元", "phone"),
        ("19900001234块", "phone"),
        ("1990000123", "phone"),
        ("199000012345", "phone"),
        ("990101199003072971", "id_number"),
        ("99010119900230297X", "id_number"),
        ("JD20260101000", "order_no"),
        ("LB8K2M9Q", "order_no"),
        ("1234块", "card_tail"),
    ],
)
def test_no_codes(entities, text: str, entity: str) -> None:
    assert entity not in [found[0] for found in entities(text)]


@pytest.mark.parametrize(
    ("text", "entity", "span", "value"),
    [
        ("用招行卡还", "bank", "招行", "招商银行"),
        ("中国银行的卡", "bank", "中国银行", "中国银行"),
        ("工商銀行", "bank", "工商銀行", "中国工商银行"),
        ("花被怎么还", "product", "花被", "花呗"),
        ("薪享贷", "product", "薪享贷", "灯塔薪享贷"),
        ("QQ上还", "channel", "QQ", "QQ"),
    ],
)
def test_names(entities, text: str, entity: str, span: str, value: str) -> None:
    assert (entity, span, value) in entities(text)


def test_the_longest_name_wins_and_latin_names_stand_alone(entities) -> None:
    assert entities("京东白条") == [("product", "京东白条", "白条")]
    assert entities("qqq") == []


@given(st.text(max_size=80))
def test_any_text_gives_entities_that_lie_in_it_apart_from_each_other(normalizer, names, text: str) -> None:
    found = find(normalizer.normalize(text), names, TODAY)
    ends = [0, *(entity["end"] for entity in found)]
    assert all(start <= entity["start"] < entity["end"] <= len(text) for start, entity in zip(ends, found))
