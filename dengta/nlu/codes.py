"""Finds phone numbers, ID numbers, card tails and order or redeem codes."""
import re
from collections.abc import Iterator

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from dengta.nlu.spans import Found

_GAP = r"[ \-]?"
_PHONE = re.compile(rf"(?<![\d.])(?:\+?86{_GAP})?(?P<phone>1[3-9]\d(?:{_GAP}\d){{8}})(?![\d.]|{_GAP}\d)(?!\s*[块元圆])")
_SPOKEN = "[零一二三四五六七八九幺]"
_SPOKEN_PHONE = re.compile(rf"(?<!{_SPOKEN})[幺一]{_SPOKEN}{{10}}(?!{_SPOKEN})")
_ID_NUMBER = re.compile(rf"(?<![\da-z])(?:\d{_GAP}){{17}}[\dx](?![\da-z])")
_NOT_A_CARD = "".join(f"(?<!{word})" for word in ("证", "证号", "证件", "手机", "机号", "号码", "电话"))
_TAIL_DIGIT = _SPOKEN.replace("[", "[0-9")
_CARD_TAIL = re.compile(
    rf"(?:{_NOT_A_CARD}(?:尾号|尾数|[末后]四位|末尾四位|最后四位)|卡尾)(?:是|为|:|数)?(?P<before>{_TAIL_DIGIT}{{4}})(?!{_TAIL_DIGIT})"
    r"|(?<![\d.])(?P<after>\d{4})(?:结尾|尾号)?的?(?:那张|这张|那个)?(?:银行|储蓄|借记)?卡"
)
_ORDER = re.compile(rf"(?<![a-z0-9])(?:jd|sq|fk|hk|yq|gd|rg)(?:{_GAP}\d){{12}}(?!\d)")
_REDEEM = re.compile(rf"(?<![a-z0-9])lb(?:{_GAP}[a-z0-9]){{8}}(?![a-z0-9])")
_NOT_OURS = "".join(
    f"(?<!{word})"
    for word in ("错误码", "代码", "报错", "密码", "账号", "微信", "微信号", "qq", "型号", "版本", "车牌", "车牌号")
)
_TOKEN = re.compile(
    rf"(?<![a-z0-9@./:_*+-]){_NOT_OURS}[a-z0-9]+(?:-[a-z0-9]+)*"
    r"(?:(?<!\d)(?=\d{1,2}月)|(?![a-z0-9@_%*]|[-.][a-z0-9]|[月元块期年]))"
)
_LIKE_A_CODE = re.compile(r"(?=(?:.*\d){3})(?=.*[a-z])(?!\d+[a-z]*$)(?!(?:\d+[wk]?-?)+$)(?!\d{17}x$)"
                          r"(?:[a-z]{1,4}(?![a-z])|\d+|-)+")
_SHORTEST_CODE = 7
_SERIAL = re.compile(
    r"(?:(?:流水|订单|交易|工单|合同|借据|凭证|申请|业务|投诉|受理|退款|参考)(?:号码?|编号)|单号|编号)(?:是|为|:)? ?"
    r"(?P<serial>\d{8,32}|(?=(?:-?\d){10})\d{4,}(?:-\d{2,})+)(?![\d*]|-\d)"
)
_SPOKEN_DIGITS = str.maketrans("零一二三四五六七八九幺", "01234567891")


def find(text: str) -> Iterator[Found]:
    """Yield the codes in a normalised text.

    Values: phone = 11 digits; id_number = 18 characters with a valid checksum and birth date; card_tail = 4 digits;
    order_no = upper case, without gaps for numbers our own systems print (JD202601010001, LB8K2M9QXZ), and as printed
    for other mixtures of letters and digits (TK-83920, A8F3KD92) and long numbers called so (流水号20261118004417).
    """
    for pattern in (_ORDER, _REDEEM):
        for match in pattern.finditer(text):
            yield Found("order_no", match.start(), match.end(), _compact(match.group()).upper())
    for match in _TOKEN.finditer(text):
        if len(_compact(match.group())) >= _SHORTEST_CODE and _LIKE_A_CODE.fullmatch(match.group()):
            yield Found("order_no", match.start(), match.end(), match.group().upper())
    for match in _ID_NUMBER.finditer(text):
        if is_id_number(_compact(match.group()).upper()):
            yield Found("id_number", match.start(), match.end(), _compact(match.group()).upper())
    for match in _SERIAL.finditer(text):
        yield Found("order_no", match.start("serial"), match.end("serial"), match["serial"])
    for match in _PHONE.finditer(text):
        yield Found("phone", match.start("phone"), match.end("phone"), _compact(match["phone"]))
    for match in _SPOKEN_PHONE.finditer(text):
        digits = match.group().translate(_SPOKEN_DIGITS)
        if "3" <= digits[1] <= "9":
            yield Found("phone", match.start(), match.end(), digits)
    for match in _CARD_TAIL.finditer(text):
        name = "before" if match["before"] else "after"
        yield Found("card_tail", match.start(name), match.end(name), match[name].translate(_SPOKEN_DIGITS))


def is_id_number(text: str) -> bool:
    """Tell whether 18 characters are a resident ID number: GB 11643 checksum and a real birth date.

    The region code is not looked up: codes of dissolved counties stay valid.
    """
    try:
        return bool(ric.get_birth_date(text) and ric.calc_check_digit(text) == text[-1])
    except ValidationError:
        return False


def _compact(text: str) -> str:
    return re.sub(r"[ \-]", "", text)
