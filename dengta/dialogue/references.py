"""What a customer points at without naming it: 第二笔, 下一期, 为什么是这个数. Pure text rules, no dialogue state."""
import re
from dataclasses import dataclass
from typing import Iterable, Optional

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_NUMBER = r"(?P<{0}>\d{{1,2}}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"

_LOAN = re.compile(rf"(?P<backwards>倒数)?[第弟]{_NUMBER.format('loan')}[笔比条张个](?!期|月|较)")
_LAST_LOAN = re.compile(r"(最后|末|最近|最新)(的)?(那|这)?一?[笔比条张]")
_OTHER_LOAN = re.compile(r"(另外|另|其他|别的|其它)(的|那)?一?[笔比条张]|换一?[笔条张]")
_PERIOD = re.compile(rf"[第弟]{_NUMBER.format('period')}期")
_NEXT = re.compile(r"下下?[一1]?个?(期|月)|下回|后面一期|再下一期")
_PREVIOUS = re.compile(r"上上?[一1]?个?(期|月)|前一期|上回")
_CURRENT = re.compile(r"(这一?|本|当)个?(期(?!间)|月)")
_WHY = re.compile(
    r"(这个数字?|这么多钱?)?(是|都是)?"
    r"(为(什么|啥|何)(会|是|有|要|还)*(这个|这么|那么)(数字?|多|高|些)?(钱)?"
    r"|怎么(会|要|还)*(这么|那么)(多|高)(钱)?|怎么(是|来|算出?来?)(的|这个数字?|这么多)?|咋(算|来|这么多)(的)?)"
)
_REJECTED = re.compile(rf"(不是|不要|别)({_LOAN.pattern}|[这那]一?[笔比条张])")
_TAKEN_BACK = re.compile("(不是|不要|别)$")
_CORRECTED = re.compile(
    r"不对|不是(?!比)|不要|[哦噢啊]不|[说写打搞弄点选]错|错了|应该是|改|换成|^[\s,，。]*不[\s,，。]"
)
_FILLER = re.compile(
    r"[\s,，。.!！?？~～…、:：;；]|不对|不是|我(想)?(说|问|看|要)?的?(是|那)?|[那这]一?[笔比条张]|尾号|末四位|那么?|如果|换成?|改成?|分成?"
    r"|呢|的|吗|嘛|啊|呀|吧|了|是|要|选|看看|看下|查|一下|还|也|就|哦|噢|嗯|额"
)


@dataclass(frozen=True)
class Reference:
    """What one message points at; everything empty when it points at nothing."""

    loan: Optional[int] = None  # position in the list the customer was shown: 1 the first, -1 the last
    other_loan: bool = False
    period: Optional[int] = None  # number of the instalment period
    period_shift: Optional[int] = None  # 0 this period, 1 the next one, -1 the previous one
    by_month: bool = False  # the shift counts calendar months (下个月), not instalment periods (下一期)
    why: bool = False

    def __bool__(self) -> bool:
        return self != Reference()


def read_reference(text: str) -> Reference:
    """Return what a message points at; what it rejects (不是第一笔，是第二笔) and two loans at once do not count."""
    text = _REJECTED.sub("", text)
    period = _PERIOD.search(text)
    shift, by_month = _shift(text)
    return Reference(
        loan=_loan(text),
        other_loan=bool(_OTHER_LOAN.search(text)),
        period=_number(period["period"]) if period else None,
        period_shift=shift,
        by_month=by_month,
        why=bool(_WHY.search(text)),
    )


def is_elliptical(text: str, spans: Iterable[tuple[int, int]] = ()) -> bool:
    """Tell whether a message is nothing but a reference (那下一期呢), so that only its context gives it a meaning.

    `spans` are the places of entities in the text (那24期呢): they count as references too.
    """
    rest = text
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + rest[end:]
    if rest == text and not read_reference(text):
        return False
    for pattern in (_REJECTED, _LOAN, _LAST_LOAN, _OTHER_LOAN, _PERIOD, _NEXT, _PREVIOUS, _CURRENT, _WHY, _FILLER):
        rest = pattern.sub("", rest)
    return not rest


def is_corrected(text: str, start: int, end: int, later: int) -> bool:
    """Tell whether what is said at [start, end) is replaced by what begins at `later` (3期，哦不，6期)."""
    return bool(_TAKEN_BACK.search(text[:start]) or _CORRECTED.search(text[end:later]))


def _loan(text: str) -> Optional[int]:
    named = {-_number(m["loan"]) if m["backwards"] else _number(m["loan"]) for m in _LOAN.finditer(text)}
    if named:
        return named.pop() if len(named) == 1 else None
    return -1 if _LAST_LOAN.search(text) else None


def _shift(text: str) -> tuple[Optional[int], bool]:
    if match := _NEXT.search(text):
        return (2 if match[0].startswith("下下") else 1), "月" in match[0]
    if match := _PREVIOUS.search(text):
        return (-2 if match[0].startswith("上上") else -1), "月" in match[0]
    match = _CURRENT.search(text)
    return (0, "月" in match[0]) if match else (None, False)


def _number(raw: str) -> int:
    if raw.isdigit():
        return int(raw)
    if "十" not in raw:
        return _DIGITS[raw]
    tens, _, ones = raw.partition("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
