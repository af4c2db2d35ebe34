"""What a customer means who answers a numbered list: 2, ２, 二, ②, 第二个, 选2, or the words of the choice."""
import re
import unicodedata
from functools import lru_cache
from typing import Optional, Sequence

from dengta.channels.wechat.sentences import sentences
from dengta.nlu.numerals import CHINESE, whole

_KEYCAP = "\ufe0f\u20e3"  # turns a digit into 2️⃣
_NUMBERED = re.compile(r"(?P<number>\d{1,2})[.、,:)]*(?P<title>.+)")


def choice(text: str, titles: Sequence[str]) -> Optional[int]:
    """Return the index of the title a message chooses, the first one numbered 1, or None if it says something else.

    Only a message that is nothing but a choice counts: 12期, 2号 and 1000元 do not.
    """
    said, offered = _plain(text), [_plain(title) for title in titles]
    if said in offered:
        return offered.index(said)
    numbered = _NUMBERED.fullmatch(said)
    if numbered and numbered["title"] in offered:
        number = int(numbered["number"])
        return number - 1 if offered[number - 1 : number] == [numbered["title"]] else None
    chosen = _number(said)
    return chosen - 1 if chosen is not None and 1 <= chosen <= len(titles) else None


def asks_for_rest(text: str) -> bool:
    """Tell whether a message asks for what is left of the last answer (继续). Ask `choice` first."""
    return bool(_rest().fullmatch(_plain(text)))


def _number(said: str) -> Optional[int]:
    found = _reply().fullmatch(said)
    return whole(found["counted"] or found["bare"]) if found else None


@lru_cache(maxsize=1)
def _reply() -> "re.Pattern[str]":
    number = rf"\d{{1,2}}|[{CHINESE}]{{1,3}}"
    counted = f"{_any('ordinal')}(?P<counted>{number}){_any('counted')}?"
    return re.compile(f"{_any('before')}?(?:{counted}|(?P<bare>{number})){_any('after')}*")


@lru_cache(maxsize=1)
def _rest() -> "re.Pattern[str]":
    return re.compile(f"{_any('rest')}{_any('after')}*")


def _any(kind: str) -> str:
    words = sorted(sentences()["replies"][kind], key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, words))})"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    signs = [sign for sign in folded if not sign.isspace() and sign not in _KEYCAP]
    while signs and _is_decoration(signs[-1]):
        signs.pop()
    start = next((place for place, sign in enumerate(signs) if not _is_decoration(sign)), len(signs))
    return "".join(signs[start:])


def _is_decoration(sign: str) -> bool:
    return sign == "~" or unicodedata.category(sign).startswith("P")
