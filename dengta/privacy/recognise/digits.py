"""Finds personal numbers: phones, landlines, identity numbers, bank cards, one-time codes, QQ and WeChat numbers.

A number is judged by its digits (length, checksum), by how it is written, and by the words beside it.
"""
import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Optional

from stdnum import luhn

from dengta.contacts import official_number
from dengta.nlu.codes import is_id_number
from dengta.privacy.folding import Folded
from dengta.privacy.recognise.labels import VAGUE, Label, Labels
from dengta.privacy.recognise.numbers import LONGEST, Number, numbers
from dengta.privacy.recognise.personal import CERTAIN, CHECKED, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import either, words

_MOBILE = re.compile(r"(?:(?:00)?86|0)?(1[3-9]\d{9})")
_WITH_AREA = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}|[48]00\d{7}")  # also the 400 lines of firms
_LOCAL = re.compile(r"(?!(?:19|20)\d{6})[2-9]\d{6,7}")
_ISSUERS = re.compile("62|60|4|5[1-5]|35|3[47]|9558")  # UnionPay, Visa, MasterCard, JCB, American Express, old ICBC
_SERVICE_NUMBER = re.compile(r"95\d{3}|100\d\d|12\d{3}|106\d{5}|96\d{3}")

_CHECK_X = re.compile(rf"[\s-]?{either(words('x'))}(?![a-z\d])")
_BEHIND_POINT, _DECIMALS = re.compile(r"\d\.$"), re.compile(r"\.\d{1,2}(?!\d)")
_MONEY_SIGN = re.compile(r"[¥$]\s?$")
_MONEY_AFTER = re.compile(rf"\s?{either(words('about'))}?{either(words('units', 'money'))}")
_UNIT_AFTER = re.compile(rf"\s?(?:{either(words('units', 'money'))}|{either(words('units', 'other'))})")

_USUAL_PHONE = (3, 4, 4)
_PHONE_SHAPES = {_USUAL_PHONE, (11,), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5), (1,) * 11}
_CODE_SHAPES = {(3, 3), (2, 2, 2), (4, 4), (2, 2), *((1,) * length for length in range(4, 9))}


def find(folded: Folded, labels: Labels) -> Iterator[Personal]:
    """Yield the personal numbers of a folded text, with offsets in it; findings may overlap."""
    for number in numbers(folded):
        around = _Around(folded.text, number, labels)
        for recognise in (_phone, _landline, _id_number, _card, _one_time_code, _account):
            found = recognise(number, around)
            if found and not (around.is_a_piece or around.is_a_quantity or official_number(number.digits)):
                yield found


class _Around:
    """What stands beside a number."""

    def __init__(self, text: str, number: Number, labels: Labels) -> None:
        self.text, self._number, self._labels = text, number, labels

    @cached_property
    def before(self) -> Optional[Label]:
        """The nearest label before the number."""
        return self._labels.before(self._number.start)

    @cached_property
    def after(self) -> Optional[Label]:
        """The nearest label after the number."""
        return self._labels.after(self._number.end)

    @cached_property
    def announced(self) -> Optional[str]:
        """The kind that the words right before the number name."""
        return self._labels.announcing(self._number.start)

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
        has_sign = _MONEY_SIGN.search(self.text, max(0, number.start - 2), number.start)
        return in_thousands or bool(has_sign or _MONEY_AFTER.match(self.text, number.end))

    @property
    def is_counted(self) -> bool:
        """Tell whether a unit follows: 4位, 60秒, 8期."""
        return bool(_UNIT_AFTER.match(self.text, self._number.end))


def _phone(number: Number, around: _Around) -> Optional[Personal]:
    match = _MOBILE.fullmatch(number.digits)
    if match is None or around.is_serial or (match.start(1) and len(number.shape) > 1):
        return None
    labelled = around.labelled("phone", VAGUE, "wechat", "landline", "qq")
    if not (number.shape == _USUAL_PHONE and number.joints == {" "}):
        if number.torn_left or (not labelled and (number.torn_right or number.is_list)):
            return None
        if not labelled and number.shape not in _PHONE_SHAPES and not number.is_alone:
            return None
    return Personal("phone", number.start + match.start(1), number.end, CERTAIN if labelled else LIKELY)


def _landline(number: Number, around: _Around) -> Optional[Personal]:
    with_area, local = _WITH_AREA.fullmatch(number.digits), _LOCAL.fullmatch(number.digits)
    if not (with_area or local) or number.torn_left or around.is_counted or "." in number.joints:
        return None
    if with_area and around.labelled("landline", "phone", VAGUE):
        return Personal("landline", number.start, number.end, CERTAIN)
    if local and around.announced in ("landline", "phone") and len(number.shape) <= 2 and not number.torn_right:
        return Personal("landline", number.start, number.end, POSSIBLE)
    return None


def _id_number(number: Number, around: _Around) -> Optional[Personal]:
    digits, end = number.digits, number.end
    if len(digits) == 17 and (check := _CHECK_X.match(around.text, end)):
        digits, end = digits + "X", check.end()
    if len(digits) == 18 and _is_day(digits[6:14]):
        if is_id_number(digits):
            return Personal("id_number", number.start, end, CHECKED)
        if around.labelled("id_number") and not number.torn_left:
            return Personal("id_number", number.start, end, LIKELY)
    if len(digits) == 15 and around.labelled("id_number") and _is_day(f"19{digits[6:12]}"):
        return Personal("id_number", number.start, end, LIKELY)
    return None


def _card(number: Number, around: _Around) -> Optional[Personal]:
    digits = number.digits
    if not 15 <= len(digits) <= LONGEST or len(set(digits)) < 3 or around.is_serial:
        return None
    labelled = around.labelled("card")
    if luhn.is_valid(digits) and (labelled or (_ISSUERS.match(digits) and _is_card_shape(number.shape))):
        return Personal("card", number.start, number.end, CERTAIN if labelled else LIKELY)
    if labelled and not (number.torn_left or number.torn_right):
        return Personal("card", number.start, number.end, POSSIBLE)
    return None


def _one_time_code(number: Number, around: _Around) -> Optional[Personal]:
    if not 4 <= len(number.digits) <= 8 or _SERVICE_NUMBER.fullmatch(number.digits):
        return None
    announced = around.announced == "one_time_code"
    near = around.before and around.before.kind == "one_time_code" and len(number.digits) == 6
    named_after = around.before is None and around.after and around.after.kind == "one_time_code"
    if not (announced or near or named_after) or around.is_counted or number.torn_left or number.torn_right:
        return None
    if len(number.shape) > 1 and number.shape not in _CODE_SHAPES:
        return None
    return Personal("one_time_code", number.start, number.end, CERTAIN if announced else LIKELY)


def _account(number: Number, around: _Around) -> Optional[Personal]:
    if not 5 <= len(number.digits) <= 11 or number.digits[0] == "0" or around.announced not in ("qq", "wechat"):
        return None
    if "." in number.joints or number.torn_right or around.is_counted:
        return None
    return Personal(around.announced, number.start, number.end, LIKELY)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _is_decimal(text: str, start: int, end: int) -> bool:
    return bool(_BEHIND_POINT.search(text, max(0, start - 2), start) or _DECIMALS.match(text, end))


def _is_card_shape(shape: tuple[int, ...]) -> bool:
    fours = set(shape[:-1]) <= {4} and shape[-1] <= 4
    return len(shape) == 1 or fours or set(shape) == {1} or (len(shape) == 2 and shape[0] == 6)


def _is_day(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False
