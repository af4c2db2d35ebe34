"""Finds the month of a bill: 上个月账单, 9月的账单, 去年12月账单."""
import re
from collections.abc import Iterator
from datetime import date

from dengta.nlu.dates import ENTITY, MONTH_SHIFTS, shifted
from dengta.nlu.numerals import whole
from dengta.nlu.spans import Found

_YEARS = {"去": -1, "今": 0, "明": 1}
_OF_A_BILL = "(?=份?的?[^,.。!?、0-9账月]{0,4}(?:账单|对账单|明细|流水|应还|待还))"
_BY_SHIFT = re.compile(rf"(?<![每一几\d])(?P<shift>大上|上上|下下|上|下|本|这)一?个?月{_OF_A_BILL}")
_BY_NUMBER = re.compile(
    rf"(?<![\d.第个每到至])(?:(?P<year>20\d\d|[去今明])年)?(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?{_OF_A_BILL}"
)


def find(text: str, today: date) -> Iterator[Found]:
    """Yield months whose bill a normalised text speaks of; the value is "2026-10".

    A month without a year is the nearest to `today`, the past one of two that are equally near.
    """
    for match in _BY_SHIFT.finditer(text):
        yield _found(match, *shifted(today, MONTH_SHIFTS[match["shift"]]))
    for match in _BY_NUMBER.finditer(text):
        yield _found(match, *_numbered(match["year"], whole(match["month"]) or 0, today))


def _numbered(year: str | None, month: int, today: date) -> tuple[int, int]:
    if year is None:
        return shifted(today, (month - today.month + 6) % 12 - 6)
    return (today.year + _YEARS[year] if year in _YEARS else int(year)), month


def _found(match: re.Match[str], year: int, month: int) -> Found:
    return Found(ENTITY, match.start(), match.end(), f"{year:04}-{month:02}")
