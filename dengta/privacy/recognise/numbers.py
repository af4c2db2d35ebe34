"""Numbers as people write them: runs of digits, broken by spaces and dashes, wherever they please."""
import re
from dataclasses import dataclass
from typing import Iterator

from dengta.privacy.folding import Folded

SHORTEST, LONGEST = 4, 19
"""Digits of the numbers that can be personal, from a one-time code to a bank card."""

_JOINT = r"[ \n\t\-‐‑–—―−~_.·,、()/]"
_RUN = re.compile(rf"\d(?:{_JOINT}{{0,3}}\d){{{SHORTEST - 1},}}")
_SMALL_GROUP = 4
_COUNTRY_CODES = ("86", "0086")


@dataclass(frozen=True)
class _Group:
    digits: str
    start: int
    end: int
    joint: str  # what stands before it; empty where only the script changes (199零零零零0012)


class Number:
    """Some neighbouring groups of digits of one run, from `start` up to `end` of a folded text."""

    def __init__(self, text: str, run: list[_Group], first: int, last: int) -> None:
        self._run, self._first, self._last = run, first, last
        self.digits = "".join(group.digits for group in run[first:last + 1])
        self.start, self.end = run[first].start, run[last].end
        if text[self.start - 1:self.start] == "(" and ")" in text[self.start:self.end]:
            self.start -= 1  # (0571)80000012

    @property
    def shape(self) -> tuple[int, ...]:
        """How many digits stand between two joints: 3, 4, 4 for 199 0000 0012."""
        return _shape(self._groups)

    @property
    def joints(self) -> frozenset[str]:
        """What joins the groups."""
        return frozenset(_sign(group) for group in self._groups[1:])

    @property
    def torn_left(self) -> bool:
        """Whether this may be the end of a longer number: a small group is joined before it in the same way.

        Not if that group is a country code, or if a number of the same shape ends there.
        """
        before = self._run[:self._first][-len(self._groups):]
        if not before or before[-1].digits in _COUNTRY_CODES or len(before[-1].digits) > _SMALL_GROUP:
            return False
        return _sign(self._groups[0]) in self.joints and _shape(before) != self.shape

    @property
    def torn_right(self) -> bool:
        """Whether this may be the beginning of a longer number, as in `torn_left`."""
        behind = self._run[self._last + 1:][:len(self._groups)]
        if not behind or len(behind[0].digits) > _SMALL_GROUP:
            return False
        return _sign(behind[0]) in self.joints and _shape(behind) != self.shape

    @property
    def is_alone(self) -> bool:
        """Whether no other digits stand near."""
        return len(self._groups) == len(self._run)

    @property
    def is_list(self) -> bool:
        """Whether these are several round sums, as in 1500 2000 300."""
        rounds = (group.digits[0] != "0" and group.digits.endswith("0") for group in self._groups)
        return len(self._groups) > 1 and all(rounds)

    @property
    def _groups(self) -> list[_Group]:
        return self._run[self._first:self._last + 1]


def numbers(folded: Folded) -> Iterator[Number]:
    """Yield every number of `SHORTEST` to `LONGEST` digits that begins and ends where a group of digits does."""
    for match in _RUN.finditer(folded.digits):
        run = list(_groups(folded, match.start(), match.end()))
        for first in range(len(run)):
            count = 0
            for last in range(first, len(run)):
                count += len(run[last].digits)
                if count > LONGEST:
                    break
                if count >= SHORTEST:
                    yield Number(folded.text, run, first, last)


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


def _sign(group: _Group) -> str:
    return group.joint.strip() or group.joint[:1]


def _shape(groups: list[_Group]) -> tuple[int, ...]:
    shape: list[int] = []
    for group in groups:
        if shape and not group.joint:
            shape[-1] += len(group.digits)
        else:
            shape.append(len(group.digits))
    return tuple(shape)
