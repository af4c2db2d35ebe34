"""Days and months in messages, and what they resolve to on a Sunday."""
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.nlu.entities import find
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer
from tests.nlu.conftest import TODAY


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
        ("12/15会扣吗", "12/15", "2026-12-15"),
        ("12.15之前", "12.15", "2026-12-15"),
        ("拖到12/3", "12/3", "2026-12-03"),
        ("我本月20就还了", "本月20", "2026-11-20"),
        ("二〇二六年十二月一号前", "二〇二六年十二月一号", "2026-12-01"),
        ("26年12月1号", "26年12月1号", "2026-12-01"),
        ("年前结清", "年前", "2027-02-05"),
        ("除夕", "除夕", "2027-02-05"),
        ("过年前", "过年", "2027-02-06"),
        ("1号发了工资能不能扣", "1号", "2026-12-01"),
        ("15号就还过了", "15号", "2026-11-15"),
        ("今天14号了", "14号", "2026-11-14"),
        ("万一下周一", "下周一", "2026-11-23"),
        ("剩下月底还", "月底", "2026-11-30"),
        ("赶上星期天", "星期天", "2026-11-22"),
        ("昨天后天", "后天", "2026-11-24"),
        ("上个月账单", "上个月", "2026-10"),
        ("9月份的账单", "9月份", "2026-09"),
        ("1月账单", "1月", "2027-01"),
        ("5月账单", "5月", "2026-05"),
        ("去年12月账单", "去年12月", "2025-12"),
        ("2026年1月的花呗账单", "2026年1月", "2026-01"),
    ],
)
def test_dates(entities, text: str, span: str, value: str) -> None:
    assert ("date", span, value) in entities(text)


@pytest.mark.parametrize("text", ["2月30日", "4月31号", "13月5号", "35号", "本月31号", "2026-02-29"])
def test_days_that_do_not_exist_are_said_to_be_impossible(normalizer, names, text: str) -> None:
    (entity,) = find(normalizer.normalize(text), names, TODAY)
    assert (entity["entity"], entity["value"], entity["impossible"]) == ("date", None, True)


@pytest.mark.parametrize("text", [
    "每月15号", "几号还", "每个月几号", "账号", "双11", "号码", "提前天数", "逾期后天天打", "这说明天书", "以前晚过",
    "还了1/3", "7/24小时", "利率7.20", "每个月账单", "三年前", "成年前", "三月一过", "过年利率",
])
def test_no_dates(entities, text: str) -> None:
    assert entities(text) == []


@given(st.dates(min_value=date(2026, 6, 1), max_value=date(2027, 5, 20)), st.sampled_from(["{m}月{d}号", "{m}/{d:02}"]))
def test_any_day_without_a_year_is_the_nearest(normalizer: Normalizer, names: Names, day: date, form: str) -> None:
    (entity,) = find(normalizer.normalize(form.format(m=day.month, d=day.day)), names, TODAY)
    assert entity["value"] == day.isoformat()


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_any_full_date_is_found(normalizer: Normalizer, names: Names, day: date) -> None:
    (entity,) = find(normalizer.normalize(f"{day.year}年{day.month}月{day.day}日"), names, TODAY)
    assert entity["value"] == day.isoformat()
