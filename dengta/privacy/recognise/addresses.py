"""Finds postal addresses that lead to a door or a village: 浙江省杭州市西湖区灯芯巷12号3幢501室."""
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Optional

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.personal import CERTAIN, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words

_HAN = "\u3400-\u9fff"
_LONGEST_NAME = 12
_DASHED = r"\d{1,4}(?:-\d{1,4}){1,3}(?![\d-])"  # house, unit and flat


def find(folded: Folded) -> Iterator[Personal]:
    """Yield the addresses in a folded text, with offsets in it; a town or a street alone is none."""
    text = folded.text
    if not _hint().search(text):
        return
    for match in _regions().finditer(text):
        if end := _end(text, match.end()):
            yield Personal("address", match.start(), end, CERTAIN)
    for match in _introduced().finditer(text):
        if end := _end(text, match.end()):
            yield Personal("address", match.end(), end, LIKELY)
    for match in _street_and_number().finditer(text):
        start = _before(text, match.start())
        if end := _end(text, start):
            yield Personal("address", start, end, POSSIBLE)


def _end(text: str, start: int) -> Optional[int]:
    """Return the end of the address whose parts begin at `start`, or None if they do not lead to a door or a village."""
    position, end = start, None
    has_district = has_street = is_exact = False
    while part := _part().match(text, position):
        position = part.end()
        if part["district"]:
            has_district = True
            continue
        has_street = has_street or bool(part["street"] or part["place"] or part["village"])
        is_exact = is_exact or bool(part["unit"]) or bool((part["number"] or part["dashed"]) and has_street)
        is_exact = is_exact or bool(part["village"] and has_district)
        end = position
    if not is_exact or end is None:
        return None
    flat = _flat().match(text, end)
    return flat.end() if flat else end


def _before(text: str, end: int) -> int:
    """Return where the name of the street that ends here begins, with the district before it."""
    start = max(0, end - _LONGEST_NAME)
    for position in range(end - 1, start - 1, -1):
        if not _in_a_name().match(text, position):
            return position + 1
    return start


@lru_cache(maxsize=1)
def _in_a_name() -> re.Pattern[str]:
    return re.compile(_letter())


@lru_cache(maxsize=1)
def _hint() -> re.Pattern[str]:
    ends = [*words("addresses", "house_numbers"), *words("addresses", "units"), *words("addresses", "villages")]
    return re.compile(f"{either(ends)}|{_DASHED}")


@lru_cache(maxsize=1)
def _regions() -> re.Pattern[str]:
    return re.compile(region())


def region() -> str:
    """Return a pattern that matches a province, a city, or a province and a city of it."""
    province = either(words("addresses", "provinces")) + either(words("addresses", "province_ends")) + "?"
    city = either(words("addresses", "cities")) + either(words("addresses", "city_ends")) + "?"
    return rf"(?:{province}\s?(?:{city})?|{city})"


@lru_cache(maxsize=1)
def _introduced() -> re.Pattern[str]:
    return re.compile(rf"{either(words('addresses', 'introduced'))}(?:{either(words('connectors'))}|[\s:,])*")


def _numeral() -> str:
    return rf"(?:\d{{1,5}}|[{characters('addresses', 'numerals')}]{{1,5}}|[a-z]\d{{0,2}})"


def _letter() -> str:
    return rf"(?:(?![{characters('addresses', 'never')}])[{_HAN}a-z])"


@lru_cache(maxsize=1)
def _part() -> re.Pattern[str]:
    one = rf"[{characters('addresses', 'before_number')}]?{_numeral()}(?:-\d{{1,4}})*"
    number = either([*words("addresses", "house_numbers"), *words("addresses", "parts")])
    tail = rf"(?:[{characters('addresses', 'before_number')}](?![{_HAN}]))?"
    places = "|".join(f"(?P<{name}>{either(words('addresses', f'{name}s'))})" for name in ("village", "street", "district", "place"))
    return re.compile(
        rf"\s?{_letter()}{{0,{_LONGEST_NAME}}}?(?:{one}(?:(?P<unit>{either(words('addresses', 'units'))})|(?P<number>{number})){tail}|{places}|(?P<dashed>{_DASHED}))"
    )


@lru_cache(maxsize=1)
def _street_and_number() -> re.Pattern[str]:
    after = either([*words("addresses", "house_numbers"), *words("addresses", "units")])
    return re.compile(rf"{either(words('addresses', 'streets'))}{_numeral()}{after}")


@lru_cache(maxsize=1)
def _flat() -> re.Pattern[str]:
    return re.compile(r"\s?[a-z]?\d{1,4}(?:-\d{1,4})*(?![\d.a-z%])")
