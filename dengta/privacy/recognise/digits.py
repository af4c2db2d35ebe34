"""Finds personal numbers: mobile phones, landlines, identity numbers, bank cards, one-time codes, QQ and WeChat numbers.

A number is judged by its digits (length, checksum), by how it is written, and by the words beside it.
"""
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Optional

from stdnum import luhn

from dengta.contacts import official_number
from dengta.nlu.codes import is_id_number
from dengta.privacy.folding import Folded
from dengta.privacy.recognise.labels import VAGUE, Label, Labels
from dengta.privacy.recognise.numbers import Number, numbers
from dengta.privacy.recognise.personal import CERTAIN, CHECKED, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import either, words

_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_WITH_AREA = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}|[48]00\d{7}")  # also the 400 lines of firms
_LOCAL = re.compile(r"(?!(?:19|20)\d{6})[2-9]\d{6,7}")
_ISSUERS = re.compile("62|60|4|5[1-5]|35|3[47]|9558")  # UnionPay, Visa, MasterCard, JCB, American Express, old ICBC
_SERVICE_NUMBER = re.compile(r"95\d{3}|100\d\d|12\d{3}|106\d{5}|96\d{3}")

_PHONE_SHAPES = {(11,), (3, 4, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5), (1,) * 11}
_CODE_SHAPES = {(3, 3), (2, 2, 2), (4, 4), (2, 2), *((1,) * length for length in range(4, 9))}


def find(folded: Folded, labels: Labels) -> Iterator[Personal]:
    """Yield the personal numbers of a folded text, with offsets in it; findings may overlap."""
    for number in numbers(folded):
        around = _Around(folded.text, number, labels)
        if around.is_a_piece or around.is_a_quantity or official_number(number.digits):
            continue
        for recognise in (_phone, _landline, _id_number, _card, _one_time_code, _account):
            if found := recognise(number, around):
                yield found


class _Around:
    """What stands beside a number."""

    def __init__(self, text: str, number: Number, labels: Labels) -> None:
        self.text, self._number = text, number
        self.before: Optional[Label] = labels.before(number.start)
        self.after: Optional[Label] = labels.after(number.end)
        self.announced: Optional[str] = labels.announcing(number.start)

    def labelled(self, *kinds: str) -> bool:
        """Tell whether the nearest label before the number, or else the one after it, is of one of the kinds."""
        if self.before and self.before.kind in kinds:
            return True
        return (self.before is None or self.before.kind == VAGUE) and bool(self.after and self.after.kind in kinds)

    @property
    def is_serial(self) -> bool:
        """Tell whether the number is announced as an order, a contract, a sum: as nobody's."""
        return self.announced in ("serial", "money")

    @property
    def is_a_piece(self) -> bool:
        """Tell whether letters, stars or decimals go on with the number."""
        start, end, text = self._number.start, self._number.end, self.text
        left = text[start - 1] if start else " "
        right = text[end] if end < len(text) else " "
        if left == "*" or right in "*%" or _is_decimal(text, start, end):
            return True
        if _is_latin(left) and not (self.before and self.before.distance == 0):
            return True
        return _is_latin(right) and right != "x" and not (self.after and self.after.distance == 0)

    @property
    def is_a_quantity(self) -> bool:
        """Tell whether the number is a sum of money: a unit follows, a sign goes before, or commas part thousands."""
        number = self._number
        in_thousands = number.joints == {","} and number.shape[0] <= 3 and set(number.shape[1:]) == {3}
        return in_thousands or bool(_money_after().match(self.text, number.end)) or (
            self.text[:number.start].rstrip()[-1:] in ("¥", "$")
        )

    @property
    def is_counted(self) -> bool:
        return bool(_unit_after().match(self.text, self._number.end))


def _phone(number: Number, around: _Around) -> Optional[Personal]:
    match = _MOBILE.fullmatch(number.digits)
    if match is None or around.is_serial or number.torn_left or (match.start(1) and len(number.shape) > 1):
        return None
    labelled = around.labelled("phone", VAGUE, "wechat", "landline", "qq")
    if not labelled and (number.torn_right or not (number.shape in _PHONE_SHAPES or number.is_alone)):
        return None
    return Personal("phone", number.start + match.start(1), number.end, CERTAIN if labelled else LIKELY)


def _landline(number: Number, around: _Around) -> Optional[Personal]:
    if number.torn_left or around.is_counted or "." in number.joints:
        return None
    if _WITH_AREA.fullmatch(number.digits) and around.labelled("landline", "phone", VAGUE):
        return Personal("landline", number.start, number.end, CERTAIN)
    if _LOCAL.fullmatch(number.digits) and len(number.shape) <= 2 and not number.torn_right:
        if around.announced in ("landline", "phone"):
            return Personal("landline", number.start, number.end, POSSIBLE)
    return None


def _id_number(number: Number, around: _Around) -> Optional[Personal]:
    digits, end = number.digits, number.end
    if len(digits) == 17 and (check := _check_x().match(around.text, end)):
        digits, end = digits + "X", check.end()
    if len(digits) == 18:
        if is_id_number(digits):
            return Personal("id_number", number.start, end, CHECKED)
        if around.labelled("id_number") and _is_day(digits[6:14]) and not number.torn_left:
            return Personal("id_number", number.start, end, LIKELY)
    if len(digits) == 15 and around.labelled("id_number") and _is_day(f"19{digits[6:12]}"):
        return Personal("id_number", number.start, end, LIKELY)
    return None


def _card(number: Number, around: _Around) -> Optional[Personal]:
    digits = number.digits
    if not 15 <= len(digits) <= 19 or around.is_serial or number.torn_left or len(set(digits)) < 3:
        return None
    labelled = around.labelled("card")
    if luhn.is_valid(digits) and (labelled or (_ISSUERS.match(digits) and _is_card_shape(number.shape))):
        return Personal("card", number.start, number.end, CERTAIN if labelled else LIKELY)
    if labelled and not number.torn_right:
        return Personal("card", number.start, number.end, POSSIBLE)
    return None


def _one_time_code(number: Number, around: _Around) -> Optional[Personal]:
    if not 4 <= len(number.digits) <= 8 or number.torn_left or number.torn_right or around.is_counted:
        return None
    if len(number.shape) > 1 and number.shape not in _CODE_SHAPES or _SERVICE_NUMBER.fullmatch(number.digits):
        return None
    announced = around.announced == "one_time_code"
    near = around.before and around.before.kind == "one_time_code" and len(number.digits) == 6
    named_after = around.before is None and around.after and around.after.kind == "one_time_code"
    if announced or near or named_after:
        return Personal("one_time_code", number.start, number.end, CERTAIN if announced else LIKELY)
    return None


def _account(number: Number, around: _Around) -> Optional[Personal]:
    if not 5 <= len(number.digits) <= 11 or number.digits[0] == "0" or "." in number.joints or around.is_counted:
        return None
    if around.announced in ("qq", "wechat") and not number.torn_right:
        return Personal(around.announced, number.start, number.end, LIKELY)
    return None


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _is_decimal(text: str, start: int, end: int) -> bool:
    return bool(re.search(r"\d\.$", text[:start][-2:]) or re.match(r"\.\d{1,2}(?!\d)", text[end:end + 4]))


def _is_card_shape(shape: tuple[int, ...]) -> bool:
    fours = set(shape[:-1]) <= {4} and shape[-1] <= 4
    return len(shape) == 1 or fours or set(shape) == {1} or shape[0] == 6 and len(shape) == 2


def _is_day(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _money_after() -> re.Pattern[str]:
    return re.compile(rf"\s?[多余来]?{either(words('units', 'money'))}")


@lru_cache(maxsize=1)
def _unit_after() -> re.Pattern[str]:
    return re.compile(rf"\s?{either([*words('units', 'money'), *words('units', 'other')])}")


@lru_cache(maxsize=1)
def _check_x() -> re.Pattern[str]:
    return re.compile(rf"[\s-]?{either(words('x'))}(?![a-z\d])")
