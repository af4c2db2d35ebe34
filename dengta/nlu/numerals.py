"""Numbers as Chinese customers write them: 12, 1,200, 1.5w, 两千三, 一万零五百, 三点五万."""
import re
from decimal import Decimal

import cn2an

ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)?"
CHINESE = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬廿"
DECIMAL = "[零一二两三四五六七八九十]{1,3}点[零一二三四五六七八九]{1,2}[百千万]"
_DECIMAL_PARTS = re.compile("(?P<count>.+点.+)(?P<unit>[百千万])")
_PLAIN = str.maketrans({"w": "万", "k": "千", "〇": "零", ",": None, " ": None, "萬": "万", "俩": "两", "仨": "三"})


def number(text: str) -> Decimal | None:
    """Return the value of a number written in digits, Chinese numerals or both (1万5 = 15000), or None."""
    plain = text.translate(_PLAIN)
    try:
        if plain.isascii():
            return Decimal(plain)
        if parts := _DECIMAL_PARTS.fullmatch(plain):
            return _chinese(parts["count"]) * _chinese("一" + parts["unit"])
        return _chinese(plain)
    except (ValueError, ArithmeticError, LookupError):
        return None


def whole(text: str) -> int | None:
    """Return the value of a whole number, or None."""
    value = number(text)
    return int(value) if value is not None and value == value.to_integral_value() else None


def _chinese(text: str) -> Decimal:
    return Decimal(str(cn2an.cn2an(text, "smart")))
