"""Finds what letters and digits make: e-mail addresses, WeChat ids, licence plates, unified social credit codes."""
import re
from collections.abc import Iterator

from stdnum.cn import uscc

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.labels import Labels
from dengta.privacy.recognise.personal import CERTAIN, CHECKED, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words

_LETTERS = re.compile("[a-z][a-z0-9_-]{5}|[a-z0-9]{8}")
_GAP = re.compile("[ -]")

_EMAIL = re.compile(
    r"(?<![a-z0-9*])[a-z0-9][a-z0-9._%+-]{0,63} ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![a-z0-9])"
)

_WECHAT = re.compile(r"(?<![a-z0-9._@/-])(?:wxid_[a-z0-9]{6,}|[a-z][a-z0-9_-]{5,19})(?![a-z0-9@]|[._-][a-z0-9])")
_MADE_UP = re.compile(r"[\d_-]")
_FARTHEST = 12
_ENDING_IN_V = [word for word in words("labels", "wechat") if word[-1].isascii() and not word.isascii()]
_GLUED = re.compile(rf"{either(_ENDING_IN_V)}(?P<id>[a-z](?=[a-z_-]*[\d_-])[a-z0-9_-]{{5,19}})(?![a-z0-9@])")

_CREDIT_CODE = re.compile(r"(?<![a-z0-9])[159y][ -]?[1-9](?:[ -]?\d){6}(?:[ -]?[0-9a-hj-npqrtuwxy]){10}(?![a-z0-9])")

_NO_PLATE = "".join(f"(?<!{word})" for word in words("plates", "never_after"))
_PLATE = re.compile(
    rf"{_NO_PLATE}[{characters('plates', 'provinces')}][a-hj-np-z][ {characters('names', 'dots')}]?"
    rf"(?=[a-z0-9]*\d[a-z0-9]*\d)(?:[a-hj-np-z0-9]{{5,6}}|[a-hj-np-z0-9]{{4}}[{characters('plates', 'ends')}])"
    r"(?![a-z0-9])"
)


def find(folded: Folded, labels: Labels) -> Iterator[Personal]:
    """Yield findings in a folded text, with offsets in it."""
    text = folded.text
    for match in _PLATE.finditer(text):
        yield Personal("plate", *match.span(), CERTAIN)
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Personal("email", *match.span(), CERTAIN)
    if _LETTERS.search(text):
        yield from _wechat(text, labels)
        yield from _credit_codes(text, labels)


def _wechat(text: str, labels: Labels) -> Iterator[Personal]:
    for match in _GLUED.finditer(text):
        yield Personal("wechat", *match.span("id"), LIKELY)
    for match in _WECHAT.finditer(text):
        label = labels.before(match.start())
        if match.group().startswith("wxid_"):
            yield Personal("wechat", *match.span(), CERTAIN)
        elif label and label.kind == "wechat" and label.distance <= _FARTHEST and _MADE_UP.search(match.group()):
            yield Personal("wechat", *match.span(), LIKELY)
        elif label and label.distance and labels.announcing(match.start()) == "wechat":
            if not _is_english(text, match.start() - label.distance, match.start()):
                yield Personal("wechat", *match.span(), POSSIBLE)


def _is_english(text: str, label_ends: int, word_begins: int) -> bool:
    """Tell whether a label and the word behind it read like a sentence about WeChat, not like somebody's id."""
    return text[label_ends - 1].isascii() and not text[label_ends:word_begins].strip()


def _credit_codes(text: str, labels: Labels) -> Iterator[Personal]:
    for match in _CREDIT_CODE.finditer(text):
        code = _GAP.sub("", match.group()).upper()
        if uscc.is_valid(code) and not code.isdigit():
            yield Personal("credit_code", *match.span(), CHECKED)
        elif labels.announcing(match.start()) == "credit_code":
            yield Personal("credit_code", *match.span(), POSSIBLE)
