"""Finds sums of money: 一万五, 1.5w, 两千三, 3,000块, 五百来块, 3块5."""
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Iterator

from dengta.nlu.numerals import ARABIC, CHINESE, number
from dengta.nlu.spans import Found

ENTITY = "amount"
_FEN = Decimal("0.01")
_LARGEST = Decimal("1e9")

_STARTS = rf"(?<![\d.a-z第{CHINESE}])"
_NUMBER = rf"(?:(?:{ARABIC})(?:[万千百wk](?:\d|[{CHINESE}]){{0,12}})?|[{CHINESE}]{{1,16}})"
_ABOUT = "[来多几余]?"
_YUAN = "块钱|元钱|块|元|圆|rmb|cny|人民币"
_WITH_UNIT = re.compile(
    rf"{_STARTS}[¥￥]?(?P<yuan>{_NUMBER}){_ABOUT}(?:{_YUAN})"
    rf"(?:(?P<jiao>[\d{CHINESE}])(?:毛|角)?(?:(?P<fen>[\d{CHINESE}])分?)?(?![\d{CHINESE}期个天月号年次笔张%]))?"
)
_SMALL = re.compile(rf"(?<![\d.a-z])(?P<jiao>[\d{CHINESE}])(?:毛|角)钱?")
_WITH_SIGN = re.compile(rf"[¥￥](?P<yuan>{ARABIC})")

_NOT_MONEY = rf"(?![\da-z期个天月号日年次笔张份%折倍岁小点时秒位块元人家条种名级度周星]|分(?![\d{CHINESE}期几成多]))"
_NUMERAL_ENDS = rf"(?=[{CHINESE}]+[个年期天月]|[^{CHINESE}]|$)"
_LARGE = re.compile(
    rf"{_STARTS}(?P<yuan>(?:{ARABIC})[万千wk](?:\d|[{CHINESE}]){{0,12}}|"
    rf"[{CHINESE}]{{0,12}}[百千万佰仟][{CHINESE}]{{0,12}})"
    rf"{_ABOUT}{_NUMERAL_ENDS}{_NOT_MONEY}"
)
_SPENT = re.compile(
    rf"(?:借|还|贷|取|提|转|存|花|扣|欠|付|交|充|额度|金额|本金|元|到|改成|换成|是)了?(?:我|款|钱|个|出|掉|走|过)?"
    rf"(?P<yuan>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{3,8}}(?:\.\d+)?)(?!-){_NOT_MONEY}"
)
_BARE = re.compile(r"(?P<yuan>\d{3,5}(?:\.\d{1,2})?)")
_PERCENT = re.compile("(?:百|千|万)分之")


def find(text: str) -> Iterator[Found]:
    """Yield the sums in a normalised text; the value is yuan with two places, as in "15000.00".

    A number without a unit counts when it is large by its wording (两千三, 1.5w), follows a word such as 借 or 还,
    or is the whole message (three to five digits).
    """
    text = _PERCENT.sub("/" * 3, text)
    for pattern in (_WITH_UNIT, _SMALL, _WITH_SIGN, _LARGE, _SPENT):
        for match in pattern.finditer(text):
            yield from _found(match)
    whole = _BARE.fullmatch(text)
    if whole:
        yield from _found(whole)


def _found(match: re.Match[str]) -> Iterator[Found]:
    parts = match.groupdict()
    yuan = number(parts["yuan"]) if parts.get("yuan") else Decimal(0)
    if yuan is None or any(character in "点/" for character in match.group()):
        return
    jiao, fen = (number(parts[name]) if parts.get(name) else Decimal(0) for name in ("jiao", "fen"))
    if jiao is None or fen is None:
        return
    value = (yuan + jiao / 10 + fen / 100).quantize(_FEN, ROUND_HALF_UP)
    if 0 < value < _LARGEST:
        start = match.start("yuan") if match.re is _SPENT else match.start()
        yield Found(ENTITY, start, match.end(), str(value))
