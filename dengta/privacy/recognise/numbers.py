"""Numbers as people write them: runs of digits, broken by spaces and dashes, wherever they please."""
import re
from dataclasses import dataclass
from typing import Iterator

from dengta.privacy.folding import Folded

LONGEST = 19
"""Digits of the longest number that is personal: a bank card."""

_JOINT = r"[ \n\t\-‐‑–—―−~_.·,、()/]"
_RUN = re.compile(rf"\d(?:{_JOINT}{{0,3}}\d){{3,}}")
_SMALL_GROUP = 4


@dataclass(frozen=True)
class Number:
    """Digits at [start, end) of a folded text.

    shape: how many digits stand between two joints (199 0000 0012 is 3, 4, 4). joints: what joins them. torn_left,
    torn_right: a further group of the same writing stands there, so this may be a piece of a longer number. is_alone: no
    other digits are near, and the groups are no list of round sums (1500 2000 300).
    """

    digits: str
    start: int
    end: int
    shape: tuple[int, ...]
    joints: frozenset[str]
    torn_left: bool
    torn_right: bool
    is_alone: bool


@dataclass(frozen=True)
class _Group:
    digits: str
    start: int
    end: int
    joint: str  # before it; empty where only the script changes (199零零零零0012)


def numbers(folded: Folded) -> Iterator[Number]:
    """Yield every number of 4 to `LONGEST` digits that begins and ends where a group of digits does."""
    for run in _RUN.finditer(folded.digits):
        groups = list(_groups(folded, run.start(), run.end()))
        for first in range(len(groups)):
            count = 0
            for last in range(first, len(groups)):
                count += len(groups[last].digits)
                if count > LONGEST:
                    break
                if count >= 4:
                    yield _number(folded, groups, first, last)


def _groups(folded: Folded, start: int, end: int) -> Iterator[_Group]:
    joint, begin = "", start
    for position in range(start, end + 1):
        inside = position < end and folded.digits[position].isdigit()
        if begin < position and (not inside or _script(folded, position) != _script(folded, position - 1)):
            yield _Group(folded.digits[begin:position], begin, position, joint)
            joint, begin = "", position
        if not inside and position < end:
            joint, begin = joint + folded.digits[position], position + 1


def _script(folded: Folded, position: int) -> bool:
    return folded.text[position].isascii()


def _number(folded: Folded, groups: list[_Group], first: int, last: int) -> Number:
    inner = groups[first:last + 1]
    joints = frozenset(group.joint.strip() or group.joint[:1] for group in inner[1:])
    return Number(
        "".join(group.digits for group in inner),
        _opened(folded.text, inner[0].start, inner[-1].end),
        inner[-1].end,
        _shape(inner),
        joints,
        torn_left=first > 0 and _torn(groups[first - 1], groups[first].joint, joints),
        torn_right=last + 1 < len(groups) and _torn(groups[last + 1], groups[last + 1].joint, joints),
        is_alone=len(inner) == len(groups) and not all(group.digits.endswith("0") for group in inner),
    )


def _opened(text: str, start: int, end: int) -> int:
    """Return the start of a number, with the bracket before it if it is closed inside: (0571)80000012."""
    return start - 1 if text[start - 1:start] == "(" and ")" in text[start:end] else start


def _shape(groups: list[_Group]) -> tuple[int, ...]:
    shape: list[int] = []
    for group in groups:
        if shape and not group.joint:
            shape[-1] += len(group.digits)
        else:
            shape.append(len(group.digits))
    return tuple(shape)


def _torn(neighbour: _Group, joint: str, joints: frozenset[str]) -> bool:
    alike = (joint.strip() or joint[:1]) in joints
    return alike and len(neighbour.digits) <= _SMALL_GROUP
