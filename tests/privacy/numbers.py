"""Made-up valid numbers, and the ways in which people write them, for property tests."""
from datetime import date

from hypothesis import strategies as st
from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from dengta.privacy.words import names, words

_QUANTITIES = "".join(word for kind in names("units") for word in words("units", kind))
_SAID = "请帮我看这个为什么没通过呢谢谢你们客服真好麻烦快些处理昨天晚上弄丢还想继续用"
CHATTER = st.text(st.sampled_from(sorted(set(_SAID) - set(_QUANTITIES))), max_size=20)
"""Chinese without sense, digits and units."""

_SCRIPTS = ("0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "〇幺二三四五六七八九", "⓪①②③④⑤⑥⑦⑧⑨")


@st.composite
def phones(draw: st.DrawFn) -> str:
    """Mobile numbers of a range in which there are none."""
    return f"1990000{draw(st.integers(0, 9999)):04d}"


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """Identity numbers of a region that does not exist."""
    born = draw(st.dates(date(1930, 1, 1), date(2010, 1, 1)))
    body = f"99{draw(st.integers(0, 9999)):04d}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + mod_11_2.calc_check_digit(body)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """Card numbers of 16, 17 or 19 digits that Luhn's checksum confirms; 18 could be an identity number as well."""
    length = draw(st.sampled_from((16, 17, 19)))
    body = "620000" + "".join(draw(st.lists(st.sampled_from("123456789"), min_size=length - 7, max_size=length - 7)))
    return body + luhn.calc_check_digit(body)


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """A number in one script and in groups of four, or of one, with one joint between them."""
    digits = number.translate(str.maketrans(_SCRIPTS[0], draw(st.sampled_from(_SCRIPTS))))
    size = draw(st.sampled_from((len(digits), 4, 1)))
    joint = draw(st.sampled_from((" ", "-", "\u200b", "　")))
    return joint.join(digits[start:start + size] for start in range(0, len(digits), size))
