"""Finds days and resolves them: 下个月15号, 昨天, 月底, 12月3号, 三天后, 下周五."""
import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from dengta.nlu.numerals import whole
from dengta.nlu.spans import Found

ENTITY = "date"
Resolved = date | None
Resolver = Callable[[re.Match[str], date], Resolved]

_DAY_NUMBER = r"\d{1,2}|[廿二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九]"
_COUNT = r"\d{1,3}|[一二两三四五六七八九十]{1,3}"
_MONTH_WORD = "(?P<shift>大上|上上|下下|上|下|本|这|当)一?个?"
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_MONTHS = {"大上": -2, "上上": -2, "上": -1, "本": 0, "这": 0, "当": 0, "下": 1, "下下": 2}
_WEEKDAYS = "一二三四五六日"


def find(text: str, today: date) -> Iterator[Found]:
    """Yield the days named in a normalised text; the value is an ISO date.

    A month and day without a year is the one nearest to `today`; a day without a month lies in this month, or in
    the next month that has it. Days that do not exist (2月30日) have no value and are `impossible`; repeated days
    (每月15号) are left out.
    """
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            try:
                day = resolve(match, today)
            except (ValueError, OverflowError):
                day = None
            value = day.isoformat() if day else None
            yield Found(ENTITY, match.start(), match.end(), value, impossible=day is None)


def _full(match: re.Match[str], today: date) -> Resolved:
    return date(int(match["year"]), _int(match["month"]), _int(match["day"]))


def _month_and_day(match: re.Match[str], today: date) -> Resolved:
    shift = {"去": -1, "今": 0, "明": 1}.get(match["year"] or "")
    years = (today.year - 1, today.year, today.year + 1) if shift is None else (today.year + shift,)
    month, day = _int(match["month"]), _int(match["day"])
    candidates = [date(year, month, day) for year in years if _exists(year, month, day)]
    return min(candidates, key=lambda candidate: abs(candidate - today), default=None)


def _day_of_month(match: re.Match[str], today: date) -> Resolved:
    year, month = _shifted(today, _MONTHS[match["shift"]])
    return date(year, month, _int(match["day"]))


def _day_alone(match: re.Match[str], today: date) -> Resolved:
    day = _int(match["day"])
    months = (_shifted(today, shift) for shift in range(3))
    return next((date(year, month, day) for year, month in months if _exists(year, month, day)), None)


def _near_day(match: re.Match[str], today: date) -> Resolved:
    return today + timedelta(days=_DAYS[match["day"]])


def _part_of_month(match: re.Match[str], today: date) -> Resolved:
    year, month = _shifted(today, _MONTHS[match["shift"] or "本"])
    return date(year, month, {"初": 1, "中": 15}.get(match["part"]) or monthrange(year, month)[1])


def _part_of_year(match: re.Match[str], today: date) -> Resolved:
    year = today.year + {"去": -1, "明": 1}.get(match["year"] or "", 0)
    return date(year, 1, 1) if match["part"] == "初" else date(year, 12, 31)


def _weekday(match: re.Match[str], today: date) -> Resolved:
    word = match["weekday"] or "六"
    monday = today - timedelta(days=today.weekday())
    weeks = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(match["shift"] or "", 0)
    return monday + timedelta(weeks=weeks, days=_WEEKDAYS.index(word.replace("天", "日")))


def _after_days(match: re.Match[str], today: date) -> Resolved:
    days = _int(match["count"]) * (7 if match["unit"] in ("周", "个星期", "星期", "个礼拜") else 1)
    return today + timedelta(days=days if "后" in match["side"] else -days)


def _after_months(match: re.Match[str], today: date) -> Resolved:
    count = 6 if match["count"] == "半年" else _int(match["count"])
    year, month = _shifted(today, count if "后" in match["side"] else -count)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _shifted(today: date, months: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 + months
    return index // 12, index % 12 + 1


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _int(text: str) -> int:
    value = whole(text)
    if value is None:
        raise ValueError("not a whole number")
    return value


_RULES: tuple[tuple[re.Pattern[str], Resolver], ...] = (
    (re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:年|[-/.])(?P<month>\d{1,2})(?:月|[-/.])"
                r"(?P<day>\d{1,2})(?!\d)[日号]?"), _full),
    (re.compile(rf"(?<!每)(?:(?P<year>[去今明])年)?(?<![\d.第])(?P<month>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月份?的?"
                rf"(?P<day>{_DAY_NUMBER})(?:[日号]|(?![\d个期天月年元块.]))"), _month_and_day),
    (re.compile(rf"{_MONTH_WORD}月份?的?(?P<day>{_DAY_NUMBER})[日号]"), _day_of_month),
    (re.compile(r"(?P<day>大前|大后|前|昨|今|明|后)(?:天|晚)"), _near_day),
    (re.compile(rf"(?:{_MONTH_WORD})?月(?P<part>底|末|初|中)(?!国|信|银|旬)"), _part_of_month),
    (re.compile("(?P<year>[去今明])?年(?P<part>底|末|初)"), _part_of_year),
    (re.compile("(?P<shift>上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)"
                "(?:(?P<weekday>[一二三四五六日天])|末)(?![年期个次])"), _weekday),
    (re.compile(rf"(?P<count>{_COUNT})(?P<unit>天|日|周|个星期|星期|个礼拜)(?:之|以)?(?P<side>后|前)"), _after_days),
    (re.compile(rf"(?P<count>半年|(?:{_COUNT})(?=个月))(?:个月)?(?:之|以)?(?P<side>后|前)"), _after_months),
    (re.compile(rf"(?<![\d.a-z第每个月十])(?<!每月)(?P<day>{_DAY_NUMBER})[号日](?![码线楼])"), _day_alone),
)
