"""Finds days and resolves them: 下个月15号, 昨天, 月底, 12月3号, 12/15, 三天后, 下周五, 年前."""
import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from dengta.nlu.new_year import nearest_new_year
from dengta.nlu.numerals import CHINESE, whole
from dengta.nlu.spans import Found, follows_words

ENTITY = "date"
Resolved = date | None
Resolver = Callable[[re.Match[str], date], Resolved]

_DAY_NUMBER = r"\d{1,2}|[廿二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九]"
_COUNT = r"(?<!\d)\d{1,3}|[二三四五六七八九]?十[一二三四五六七八九]?|[一二两俩三仨四五六七八九]"
_MONTH_NUMBER = r"(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])"
_MONTH_WORD = "(?P<shift>大上|上上|下下|上|下|本|这|当)一?个?"
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
MONTH_SHIFTS = {"大上": -2, "上上": -2, "上": -1, "本": 0, "这": 0, "当": 0, "下": 1, "下下": 2}
_WEEKDAYS = "一二三四五六日"
_NEW_YEAR = {"年前": -1, "除夕": -1, "年三十": -1, "大年三十": -1, "春节": 0, "大年初一": 0, "过年": 0}

_NO_DAY = rf"(?![\d个期天月年元块万千百w笔次张多几来折点分岁倍小人家条种级星.%{CHINESE}]|,\d)"
_NO_ADDRESS = (
    "(?![码线楼院馆仓库桌柜厂群窗宿教]|店(?![里员主家铺])|门(?!店)|机(?![器票构])|文件|链接|房间|车[间位厢]|工[位地厂])"
)
_DAY = rf"(?P<day>(?:{_DAY_NUMBER})(?=[日号])|(?:[12]?\d|3[01]|[廿二三]?十[一二三四五六七八九]?){_NO_DAY})[日号]?"
_SHORT_FORM = (
    r"(?=\d+/\d\d(?!\d)|\d\d/\d(?!\d)|\d+\.\d\d(?!\d))(?P<month>0?[1-9]|1[0-2])[/.](?P<day>3[01]|[012]?\d)(?!\d)"
    r"(?![./]\d|[元块万千百wk%折倍期个岁分版吗h]|小时|人工)"
)
_SHORT_DAY = (
    "(?P<month>0?[1-9]|1[0-2])[/.](?P<day>[1-9])"
    "(?=那[天日次]|[号日]|[还借]的|还了|到期|[之以]?[前后]|申请|放款|下款)"
)
_NOT_CHARGED = "(?<!还了)(?<!借了)" + "".join(
    f"(?<!{word}{after})"
    for word in "扣收付交转退欠差少补花抵减刷息率版费金化降涨"
    for after in ("", "了", "我", "了我", "到")
)

_ACT = "[还扣付交转存放批提审办借发绑报申到打]"
_PLANNED = re.compile(
    rf"(?!了)[^。!?]{{0,8}}(?:能|可以|想|打算|准备|再|才|会|要)[^,。!?]{{0,6}}{_ACT}|还(?:可以|行|来得及)"
    rf"|[^,。!?了没]{{0,3}}(?:{_ACT}[款账]?[吗么]|[还付]不[上了起])"
)
_DONE = re.compile("[还扣付交转借提批](?:款|钱)?(?:过|了|的|完|清)|已经|那[笔次]")
_OVER = re.compile(
    rf"(?:就|都|早就)?已经?[^,。!?]{{0,4}}{_ACT}"
    rf"|刚{_ACT}|(?:就|都|早就)[^,。!?]{{0,2}}{_ACT}[^,。!?]{{0,3}}[了过完]"
    rf"|[^,。!?要该得能会才再]{{0,2}}{_ACT}[^,。!?]{{0,3}}[了过的](?!话|时候)"
    "[^。!?]{0,6}(?:没|又|怎么还|咋还|为啥还|为什么还)"
)
_HYPOTHETICAL = re.compile("[^。!?]{0,10}(?:能|可以|会|的话)")


def find(text: str, today: date, borders: frozenset[int]) -> Iterator[Found]:
    """Yield the days named in a normalised text with the given word borders; the value is an ISO date.

    A month and day without a year is the one nearest to `today`, and so is the New Year of the lunar calendar; a day
    without a month lies in this month, or in the next month that has it, or in the next month if it is past and
    something is planned for it (1号能扣吗), or in the month before if it is to come and something was done on it
    (25号已经扣走了); so do weekdays by weeks. Days that do not exist (2月30日) have no value and are `impossible`;
    repeated days (每月15号) are left out.
    """
    for pattern, resolve in _RULES:
        for match in _matches(pattern, text, borders):
            try:
                day = resolve(match, today)
            except (ValueError, OverflowError):
                day = None
            value = day.isoformat() if day else None
            yield Found(ENTITY, match.start(), match.end(), value, impossible=day is None)


def _matches(pattern: re.Pattern[str], text: str, borders: frozenset[int]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin with a figure or tear no word apart (提前/天数)."""
    position = 0
    while match := pattern.search(text, position):
        is_figure = match.group()[0].isdigit() or match.group()[0] in CHINESE
        if is_figure or follows_words(borders, match.start(), match.end()):
            yield match
            position = match.end()
        else:
            position = match.start() + 1


def _full(match: re.Match[str], today: date) -> Resolved:
    year = _int(match["year"])
    return date(year if year > 99 else 2000 + year, _int(match["month"]), _int(match["day"]))


def _month_and_day(match: re.Match[str], today: date) -> Resolved:
    shift = {"去": -1, "今": 0, "明": 1}.get(match["year"] or "")
    years = (today.year - 1, today.year, today.year + 1) if shift is None else (today.year + shift,)
    month, day = _int(match["month"]), _int(match["day"])
    candidates = [date(year, month, day) for year in years if _exists(year, month, day)]
    return min(candidates, key=lambda candidate: abs(candidate - today), default=None)


def _day_of_month(match: re.Match[str], today: date) -> Resolved:
    year, month = shifted(today, MONTH_SHIFTS[match["shift"]])
    return date(year, month, _int(match["day"]))


def _day_alone(match: re.Match[str], today: date) -> Resolved:
    day = _int(match["day"])
    if day < today.day and _is_planned(match):
        shifts = range(1, 4)
    elif day > today.day and _is_over(match):
        shifts = range(-1, -4, -1)
    else:
        shifts = range(4)
    months = (shifted(today, shift) for shift in shifts)
    return next((date(year, month, day) for year, month in months if _exists(year, month, day)), None)


def _is_planned(match: re.Match[str]) -> bool:
    """Tell that something is still to happen on the day of a match."""
    return bool(_PLANNED.match(match.string, match.end())) and not _DONE.search(match.string)


def _is_over(match: re.Match[str]) -> bool:
    """Tell that something has happened on the day of a match."""
    text, end = match.string, match.end()
    return bool(_OVER.match(text, end)) and not _HYPOTHETICAL.match(text, end)


def _near_day(match: re.Match[str], today: date) -> Resolved:
    return today + timedelta(days=_DAYS[match["day"]])


def _part_of_month(match: re.Match[str], today: date) -> Resolved:
    year, month = shifted(today, MONTH_SHIFTS[match["shift"] or "本"])
    return date(year, month, {"初": 1, "中": 15}.get(match["part"]) or monthrange(year, month)[1])


def _part_of_year(match: re.Match[str], today: date) -> Resolved:
    year = today.year + {"去": -1, "明": 1}.get(match["year"] or "", 0)
    return date(year, 1, 1) if match["part"] == "初" else date(year, 12, 31)


def _new_year(match: re.Match[str], today: date) -> Resolved:
    return nearest_new_year(today) + timedelta(days=_NEW_YEAR[match.group()])


def _weekday(match: re.Match[str], today: date) -> Resolved:
    word = match["weekday"] or "六"
    monday = today - timedelta(days=today.weekday())
    weeks = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(match["shift"] or "", 0)
    day = monday + timedelta(weeks=weeks, days=_WEEKDAYS.index(word.replace("天", "日")))
    if match["shift"]:
        return day
    if day < today and _is_planned(match):
        return day + timedelta(weeks=1)
    return day - timedelta(weeks=1) if day > today and _is_over(match) else day


def _after_days(match: re.Match[str], today: date) -> Resolved:
    days = _int(match["count"]) * (1 if match["unit"] in "天日" else 7)
    return today + timedelta(days=days if "后" in match["side"] else -days)


def _after_months(match: re.Match[str], today: date) -> Resolved:
    count = 6 if match["count"] == "半年" else _int(match["count"])
    year, month = shifted(today, count if "后" in match["side"] else -count)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def shifted(today: date, months: int) -> tuple[int, int]:
    """Return (year, month) so many months after the month of `today`."""
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
    (re.compile(r"(?<![\da-z])(?P<year>(?:19|20)\d\d|\d\d(?=年)|二[零〇][零〇一二三四五六七八九]{2})(?:年|[-/.])"
                rf"{_MONTH_NUMBER}(?:月|[-/.])(?P<day>{_DAY_NUMBER})(?!\d)[日号]?"), _full),
    (re.compile(rf"(?<!每)(?:(?P<year>[去今明])年)?(?<![\d.第]){_MONTH_NUMBER}月份?的?{_DAY}"), _month_and_day),
    (re.compile(rf"(?=\d)(?<![\d.:/*a-z第-]){_NOT_CHARGED}{_SHORT_FORM}[日号]?(?P<year>)"), _month_and_day),
    (re.compile(rf"(?=\d)(?<![\d.:/*a-z第-]){_NOT_CHARGED}{_SHORT_DAY}[日号]?(?P<year>)"), _month_and_day),
    (re.compile(rf"{_MONTH_WORD}月份?的?{_DAY}"), _day_of_month),
    (re.compile("(?P<day>大前|大后|前|昨|今|明|(?<!先天)后)(?:天(?!天(?!气)|养(?!老)|培养|形成|努力)|晚)"), _near_day),
    (re.compile(rf"(?:{_MONTH_WORD})?月(?P<part>底|末|初|中)(?!国|信|银|旬)"), _part_of_month),
    (re.compile("(?P<year>[去今明])?年(?P<part>底|末|初)"), _part_of_year),
    (re.compile("(?P<shift>上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)"
                "(?:(?P<weekday>[一二三四五六日天])|末)(?![年期个次])"), _weekday),
    (re.compile(rf"(?P<count>{_COUNT})(?P<unit>天|日|周|个?星期|个?礼拜)(?:之|以)?(?P<side>后|前)"), _after_days),
    (re.compile(rf"(?P<count>半年|(?:{_COUNT})(?=个月)|[两俩仨](?=月))(?:个?月)?(?:之|以)?(?P<side>后|前)"),
     _after_months),
    (re.compile(rf"(?<![{CHINESE}\d几多半去今明每往前当早])年前(?!后)|大?年三十|除夕|春节|大年初一|过年(?=[前后]|之[前后]|以[前后])"),
     _new_year),
    (re.compile(rf"(?<![\d.a-z第每个月十路街巷弄村栋座])(?<!每月)(?P<day>{_DAY_NUMBER})[号日]{_NO_ADDRESS}"),
     _day_alone),
)
