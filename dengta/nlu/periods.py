"""Finds numbers of instalments: 12期, 一年, 三个月, 半年, 分十二期."""
import re
from typing import Iterator

from dengta.nlu.numerals import CHINESE, whole
from dengta.nlu.spans import Found

ENTITY = "period"
_LONGEST = 60

_NUMBER = rf"(?:\d{{1,3}}|[{CHINESE}]{{1,4}})"
_NOT_BEFORE = r"(?<![\d.a-z第上下这本每那前后头超近拖晚欠去今明])(?<!逾期)(?<!逾期了)(?<!最近)(?<!过去)(?<!超过)"
_NOT_AFTER = "(?![前后内]|之[前后内]|以[前后内]|多(?![少久大出付还交花扣收])|利息券|免息)"
_NOT_GONE_BY = "(?!没(?!这|那|有(?:这|那|吗|了|的|$)))"
_PERIODS = re.compile(rf"{_NOT_BEFORE.replace('那', '')}(?P<number>{_NUMBER})个?期(?![初末]){_NOT_AFTER}")
_MONTHS = re.compile(rf"{_NOT_BEFORE}(?P<number>{_NUMBER})个月(?P<half>半)?(?!半){_NOT_AFTER}{_NOT_GONE_BY}")
_PAIR = re.compile(
    rf"{_NOT_BEFORE}(?<![我你他她们咱])(?P<number>[两俩仨])个?月(?![半入薪供]){_NOT_AFTER}{_NOT_GONE_BY}"
)
_YEARS = re.compile(
    rf"{_NOT_BEFORE}(?P<number>{_NUMBER})年(?P<half>半)?(?![{CHINESE}\d]|半|载|级|龄|利率|化|费|底|初){_NOT_AFTER}"
    rf"{_NOT_GONE_BY}"
)
_HALF_YEAR = re.compile(rf"(?<![{CHINESE}\d上下前后每]|个)半年{_NOT_AFTER}{_NOT_GONE_BY}")
_SPLIT = re.compile(
    rf"(?<![评得积用麻打部区])分(?:成|为|个|到)?(?P<number>{_NUMBER})"
    rf"(?![\d{CHINESE}.%期个月年次笔天钟块元分秒批回趟份半种张家轮])"
)
_MONTHS_IN = {_PERIODS: 1, _MONTHS: 1, _PAIR: 1, _YEARS: 12, _SPLIT: 1}


def find(text: str) -> Iterator[Found]:
    """Yield numbers of monthly instalments in a normalised text; the value is an int from 1 to 60.

    Ordinals (第3期, 下一期) and spans of time (逾期三个月, 一年前) are not numbers of instalments.
    """
    for pattern, months in _MONTHS_IN.items():
        for match in pattern.finditer(text):
            count = whole(match["number"])
            if count is None:
                continue
            value = count * months + (months // 2 if match.groupdict().get("half") else 0)
            if 1 <= value <= _LONGEST:
                start = match.start("number") if pattern is _SPLIT else match.start()
                yield Found(ENTITY, start, match.end(), value)
    for match in _HALF_YEAR.finditer(text):
        yield Found(ENTITY, match.start(), match.end(), 6)
