"""Finds sums of money: 一万五, 1.5w, 两千三, 3,000块, 五百来块, 3块5, 扣我38.6, 满1000减50."""
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Iterator

from dengta.nlu.numerals import ARABIC, CHINESE, DECIMAL, number
from dengta.nlu.spans import Found

ENTITY = "amount"
_FEN = Decimal("0.01")
_LARGEST = Decimal("1e9")

_NOT_SUMS = re.compile(
    "[百千万]分之"
    r"|(?:码|密码|口令|编号|工号|版本|代码|报错)(?:是|为|:)?\d+"
    r"|(?<!\d)(?:110|119|120|12378|12363|12315|12345|12321|12377|96110|955\d\d)(?!\d|,|\.\d|[块元圆])"
    r"|\d+\*"
    r"|[合凑放加并在捆绑弄这那哪同]一块(?![钱零\d])"
    "|(?<![差欠扣收少多花退付交借还减])一块(?=[儿还付交扣结清处办弄算提借])"
    "|(?<![差欠扣收少多花退付交借还减])(?<![差欠扣收少多]了)一[块毛分](?:钱[^,。!?]{0,4}?)?(?=[都也没不])"
    rf"|没(?:有|收|拿|见|花|用|借|欠|得|给)?[过到]?[你我他她]?们?一[块毛分]钱?(?![\d{CHINESE}])"
    "|一分钱一分货"
    r"|(?:(?<=\d{3})|(?<=[百千块元]))万一"
    rf"|(?:(?<=\d{{3}})|(?<![\d{CHINESE}]))千万(?=[别不要得给记注让])"
)

_STARTS = rf"(?<![\d.a-z第点{CHINESE}])"
_NUMBER = rf"(?:(?:{ARABIC})(?:[万千百wk](?:\d|[{CHINESE}]){{0,12}})?|{DECIMAL}|[{CHINESE}]{{1,16}})"
_ABOUT = "[来多几余]?"
_MORE = "(?:余|多(?![少久大])|几(?![天号时个点期分次年笔]))?"
_YUAN = "块钱|元钱|块|元(?!旦|宵)|圆|rmb|cny|人民币"
_WITH_UNIT = re.compile(
    rf"{_STARTS}[¥￥]?(?P<yuan>{_NUMBER}){_ABOUT}(?:{_YUAN})"
    rf"(?:(?P<jiao>[\d{CHINESE}])(?:毛|角)?(?:(?P<fen>[\d{CHINESE}])分?)?(?![\d{CHINESE}期个天月号年次笔张%]))?"
)
_SMALL = re.compile(rf"(?<![\d.a-z])(?P<jiao>[\d{CHINESE}])(?:毛|角)(?:钱|(?P<fen>[\d{CHINESE}])分?(?![\d{CHINESE}]))?")
_ONLY_FEN = re.compile(
    rf"{_STARTS}(?P<fen>\d|[一二两三四五六七八九])分(?<!分差.分)(?:钱|"
    "(?:(?<=[欠差少剩].分)|(?<=[欠差少剩][了我].分)|(?<=[少多][还扣收付].分)|(?<=[少多][还扣收付][了我].分))"
    rf"(?![钟期成之为利数息次多几半到就够\d{CHINESE}]))"
)
_WITH_SIGN = re.compile(rf"[¥￥](?P<yuan>{ARABIC})")

_UNITS = "a-z期个天月号日年次笔张份%折倍岁小点时秒位块元人家条种名级度周星公米斤"
_NOT_MONEY = rf"(?![\d*{_UNITS}]|\.\d|,\d{{3}}|分(?![\d{CHINESE}半期几成多]))"
_ONE_OF_A_WORD = "一(?=[直起定共般旦并切时下样点些边会])"
_NUMERAL_ENDS = rf"(?=[{CHINESE}]+[个年期天月次笔回张]|{_ONE_OF_A_WORD}|[^{CHINESE}]|$)(?<!{_ONE_OF_A_WORD})"
_LARGE = re.compile(
    rf"{_STARTS}(?P<yuan>(?:{ARABIC})[万千百wk](?:\d|[{CHINESE}]){{0,12}}|"
    rf"{DECIMAL}|[{CHINESE}]{{0,12}}[百千万佰仟][{CHINESE}]{{0,12}})"
    rf"{_MORE}{_NUMERAL_ENDS}{_NOT_MONEY}"
)

_FIGURE = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{3,8}(?:\.\d+)?)"
_CENTS = r"\d{1,8}\.\d{1,2}"
_TAKEN = "扣|收|退|补|赔|返|付|交|转|充|还|借|欠|花|差|少|多"
_SPENT = "贷|取|提|存|汇|划|抵|省|剩|额度|金额|元|改成|换成|是|(?<!收)到|至"
_TOTAL = (
    "本金|利息|罚息|手续费|月供|工资|月薪|收入|余额|押金|保证金|流水|共|合计|总计|加起来|满|那[笔张]?|[这每][笔张]|[天月期]的"
)
_MONEY = "红包|账单|到账|实[到付收]|应[还付]|欠款|本金|利息|罚息|[费金]|月供|工资|余额|流水|合计|共|券|返现|补贴|笔"
_SAYS = "是|才|就|只有|有|写着?|显示|为|:"
_TO_WHOM = "了?(?:我|你|我们|你们|的|款|钱|个|出|掉|走|过|回)?"
_BY_WORD = re.compile(
    rf"(?:(?:(?:{_TAKEN}){_TO_WHOM}|(?:{_MONEY})(?:{_SAYS})?)(?P<cents>{_CENTS})"
    rf"|(?:(?:扣|收|退|返)(?:了|我|了我)|[立直]减)(?P<few>\d\d)"
    rf"|(?:{_TAKEN}|{_SPENT}){_TO_WHOM}(?P<spent>{_FIGURE})"
    rf"|(?:{_TOTAL}|[\d{CHINESE}][号日]的):?(?P<total>{_FIGURE}))"
    rf"(?!-){_NOT_MONEY}"
)
_BEFORE_WORD = re.compile(
    rf"{_STARTS}(?<!-)(?P<yuan>{_CENTS})"
    r"(?=的?(?:红包|会员|[^,。!?\d]{0,2}费|利息|罚息|本金|代金|优惠|抵扣|无门槛|券))"
)
_SPLIT = re.compile(
    rf"{_STARTS}(?P<yuan>\d{{3,8}})(?=分(?:期|(?:成|为)?(?:\d{{1,2}}|[{CHINESE}]{{1,3}})(?:个?期|个月|年)))"
)
_RANGE = re.compile(
    rf"{_STARTS}(?<!-)(?P<low>[1-9]\d{{2,5}})(?:到|至|-|~)(?P<high>[1-9]\d{{2,5}})(?!-)(?!年){_NOT_MONEY}"
)
_DISCOUNT = re.compile(rf"满(?P<floor>\d{{1,6}})元?(?:可|立)?[减抵返送](?P<off>\d{{1,6}}){_NOT_MONEY}")
_WRITTEN_OUT = re.compile(
    rf"{_STARTS}(?!20\d\d\.(?:0?[1-9]|1[0-2])(?!\d))"
    rf"(?P<yuan>\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?|\d{{3,8}}\.\d{{1,2}}){_NOT_MONEY}"
)
_BARE = re.compile(
    r"(?:就|先|要|大概)?(?P<yuan>\d{3,5}(?:\.\d{1,2})?|\d{1,2}\.\d{1,2})"
    r"(?:吧|呗|呢|吗|左右|行吗|可以吗|就行|就够了?|够了)?[,。.!?]?"
)


def find(text: str) -> Iterator[Found]:
    """Yield the sums in a normalised text; the value is yuan with two places, as in "15000.00".

    A number without a unit counts when it is large by its wording (两千三, 1.5w), is written as money is (1,280.50),
    stands beside a word such as 扣, 一共, 那笔 or 红包, is to be split (8000分12期), is one end of a range or of a
    discount, or is the whole message (2000, 38.6). A saying is no sum (一分钱都没有).
    """
    text = _NOT_SUMS.sub(lambda match: "/" * len(match.group()), text)
    for pattern in (_WITH_UNIT, _SMALL, _ONLY_FEN, _WITH_SIGN, _LARGE):
        for match in pattern.finditer(text):
            yield from _whole(match)
    for pattern in (_DISCOUNT, _RANGE, _BY_WORD, _BEFORE_WORD, _SPLIT, _WRITTEN_OUT):
        for match in pattern.finditer(text):
            yield from _figures(match)
    if alone := _BARE.fullmatch(text):
        yield from _figures(alone)


def _whole(match: re.Match[str]) -> Iterator[Found]:
    parts = match.groupdict(default="")
    yuan, jiao, fen = (number(parts[name]) if parts.get(name) else Decimal(0) for name in ("yuan", "jiao", "fen"))
    if yuan is not None and jiao is not None and fen is not None:
        yield from _sum(yuan + jiao / 10 + fen / 100, match.start(), match.end())


def _figures(match: re.Match[str]) -> Iterator[Found]:
    for name, text in match.groupdict().items():
        value = number(text) if text else None
        if value is not None:
            yield from _sum(value, match.start(name), match.end(name))


def _sum(value: Decimal, start: int, end: int) -> Iterator[Found]:
    value = value.quantize(_FEN, ROUND_HALF_UP)
    if 0 < value < _LARGEST:
        yield Found(ENTITY, start, end, str(value))
