"""Finds postal addresses that lead to a door or a village: 浙江省杭州市西湖区灯芯巷12号3幢501室."""
import re
from collections.abc import Iterator
from typing import Optional

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.personal import CERTAIN, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words


def _words(*lists: str) -> str:
    return either(sorted((word for name in lists for word in words("addresses", name)), key=len, reverse=True))


_LONGEST_NAME = 12
_MOST_PARTS = 12
_LETTER = rf"(?:(?![{characters('addresses', 'never')}])[\u3400-\u9fffa-z])"
_NUMERAL = rf"(?:\d{{1,5}}|[{characters('addresses', 'numerals')}]{{1,5}}|[a-z]\d{{0,2}})"
_SIDE = f"[{characters('addresses', 'before_number')}]"
_ONE = rf"{_SIDE}?{_NUMERAL}(?:-\d{{1,4}})*"
_DASHED = r"\d{1,4}(?:-\d{1,4}){1,3}(?![\d-])"  # house, unit and flat: 9-3-2

_PROVINCE, _CITY = f"{_words('provinces')}{_words('province_ends')}?", f"{_words('cities')}{_words('city_ends')}?"
REGION = re.compile(rf"{_PROVINCE}\s?(?:{_CITY})?|{_CITY}")
_INTRODUCED = re.compile(rf"{_words('introduced')}(?:{either(words('connectors'))}|[\s:,])*")
_PART = re.compile(
    rf"\s?{_LETTER}{{0,{_LONGEST_NAME}}}?(?:"
    rf"{_ONE}(?:(?P<unit>{_words('units')})|(?P<number>{_words('house_numbers', 'parts')}))(?:{_SIDE}(?!{_LETTER}))?"
    rf"|(?P<village>{_words('villages')})|(?P<street>{_words('streets', 'places')})"
    rf"|(?P<district>{_words('districts')})|(?P<dashed>{_DASHED}))"
)
_FLAT = re.compile(r"\s?[a-z]?\d{1,4}(?:-\d{1,4})*(?![\d.a-z%])")
_CLEAR = re.compile(
    rf"{_words('streets')}{_NUMERAL}{_words('house_numbers', 'units')}"
    rf"|{_NUMERAL}{_words('units')}\s?{_NUMERAL}{_words('units')}"
)
_IN_A_NAME = re.compile(_LETTER)
_HINT = re.compile(f"{_NUMERAL}{_words('units', 'house_numbers', 'parts')}|{_words('villages')}|{_DASHED}")


def find(folded: Folded) -> Iterator[Personal]:
    """Yield the addresses in a folded text, with offsets in it; a town or a street alone is none."""
    text = folded.text
    if not _HINT.search(text):
        return
    for match in REGION.finditer(text):
        if end := _end(text, match.end()):
            yield Personal("address", match.start(), end, CERTAIN)
    for match in _INTRODUCED.finditer(text):
        if end := _end(text, match.end()):
            yield Personal("address", match.end(), end, LIKELY)
    for match in _CLEAR.finditer(text):
        start = _begin(text, match.start())
        if end := _end(text, start):
            yield Personal("address", start, end, POSSIBLE)


def _end(text: str, start: int) -> Optional[int]:
    """Return the end of the address whose parts begin at `start`, or None if they lead to no door and no village."""
    position, end = start, None
    in_district = in_street = is_exact = False
    for _ in range(_MOST_PARTS):
        part = _PART.match(text, position)
        if part is None:
            break
        position = part.end()
        if part["district"]:
            in_district = True
            continue
        in_street = in_street or bool(part["street"] or part["village"])
        has_number = part["number"] or part["dashed"]
        is_exact = is_exact or bool(part["unit"] or (has_number and in_street) or (part["village"] and in_district))
        end = position
    if not is_exact or end is None:
        return None
    flat = _FLAT.match(text, end)
    return flat.end() if flat else end


def _begin(text: str, end: int) -> int:
    """Return where the name before `end` begins: of a street or an estate, perhaps with its district."""
    first = max(0, end - _LONGEST_NAME)
    for position in range(end - 1, first - 1, -1):
        if not _IN_A_NAME.match(text, position):
            return position + 1
    return first
