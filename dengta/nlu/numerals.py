"""Numbers as Chinese customers write them: 12, 1,200, 1.5w, 两千三, 一万零五百."""
from decimal import Decimal

import cn2an

ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)?"
CHINESE = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬廿"
_LATIN_UNITS = str.maketrans({"w": "万", "k": "千", "〇": "零", ",": None, " ": None, "萬": "万"})


def number(text: str) -> Decimal | None:
    """Return the value of a number written in digits, Chinese numerals or both (1万5 = 15000), or None."""
    plain = text.translate(_LATIN_UNITS)
    try:
        return Decimal(plain) if plain.isascii() else Decimal(str(cn2an.cn2an(plain, "smart")))
    except (ValueError, ArithmeticError):
        return None


def whole(text: str) -> int | None:
    """Return the value of a whole number, or None."""
    value = number(text)
    return int(value) if value is not None and value == value.to_integral_value() else None
