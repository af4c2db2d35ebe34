"""Finds what letters and digits make: e-mail addresses, WeChat ids, licence plates, unified social credit codes."""
import re
from collections.abc import Iterator
from functools import lru_cache

from stdnum.cn import uscc

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.labels import Labels
from dengta.privacy.recognise.personal import CERTAIN, CHECKED, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words

_EMAIL = re.compile(r"(?<![a-z0-9*])[a-z0-9][a-z0-9._%+-]{0,63} ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![a-z0-9])")
_WECHAT = re.compile(r"(?<![a-z0-9._@/-])(?:wxid_[a-z0-9]{6,}|[a-z][a-z0-9_-]{5,19})(?![a-z0-9@]|[._-][a-z0-9])")
_CREDIT_CODE = re.compile(r"(?<![a-z0-9])[159y][ -]?[1-9](?:[ -]?\d){6}(?:[ -]?[0-9a-hj-npqrtuwxy]){10}(?![a-z0-9])")
_LETTERS = re.compile("[a-z][a-z0-9_-]{5}|[a-z0-9]{8}")
_GAP = re.compile("[ -]")
_REACH = 12


def find(folded: Folded, labels: Labels) -> Iterator[Personal]:
    """Yield findings in a folded text, with offsets in it."""
    for match in _plate().finditer(folded.text):
        yield Personal("plate", *match.span(), CERTAIN)
    if "@" in folded.text:
        for match in _EMAIL.finditer(folded.text):
            yield Personal("email", *match.span(), CERTAIN)
    if _LETTERS.search(folded.text):
        yield from _wechat(folded.text, labels)
        yield from _credit_codes(folded.text, labels)


def _wechat(text: str, labels: Labels) -> Iterator[Personal]:
    for match in _WECHAT.finditer(text):
        label = labels.before(match.start(), _REACH)
        looks_made_up = re.search(r"[\d_-]", match.group()) is not None
        if match.group().startswith("wxid_"):
            yield Personal("wechat", *match.span(), CERTAIN)
        elif label and label.kind == "wechat" and looks_made_up:
            yield Personal("wechat", *match.span(), LIKELY)
        elif label and label.kind == "wechat" and labels.announcing(match.start()):
            yield Personal("wechat", *match.span(), POSSIBLE)


def _credit_codes(text: str, labels: Labels) -> Iterator[Personal]:
    for match in _CREDIT_CODE.finditer(text):
        code = _GAP.sub("", match.group()).upper()
        if uscc.is_valid(code) and not code.isdigit():
            yield Personal("credit_code", *match.span(), CHECKED)
        elif labels.announcing(match.start()) == "credit_code":
            yield Personal("credit_code", *match.span(), POSSIBLE)


@lru_cache(maxsize=1)
def _plate() -> re.Pattern[str]:
    never_after = "".join(f"(?<!{word})" for word in words("plates", "never_after"))
    ends, dots = characters("plates", "ends"), characters("names", "dots")
    tail = rf"(?=[a-z0-9]*\d[a-z0-9]*\d)(?:[a-hj-np-z0-9]{{5,6}}|[a-hj-np-z0-9]{{4}}[{ends}])"
    return re.compile(rf"{never_after}[{characters('plates', 'provinces')}][a-hj-np-z][ {dots}]?{tail}(?![a-z0-9])")
