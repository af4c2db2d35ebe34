"""What recognisers give back, and who wins where two of them meet."""
from dataclasses import dataclass
from typing import Iterable

KINDS = (
    "phone", "landline", "id_number", "card", "credit_code", "name", "address", "one_time_code", "email", "wechat", "qq",
    "plate",
)  # fmt: skip

KNOWN, CHECKED, CERTAIN, LIKELY, POSSIBLE = 1.0, 0.99, 0.95, 0.85, 0.7
"""Scores: a value of the customer's record; a checksum agrees; pattern and context; pattern; context and half a pattern."""


@dataclass(frozen=True)
class Personal:
    """Personal data at [start, end) of a text: its kind, one of `KINDS`, and how sure that is, above 0 and up to 1."""

    kind: str
    start: int
    end: int
    score: float


def without_overlaps(found: Iterable[Personal]) -> tuple[Personal, ...]:
    """Return findings in text order; of those that overlap the surest stays, then the longest, then the one given first."""
    kept: list[Personal] = []
    for candidate in sorted(found, key=lambda each: (-each.score, each.start - each.end)):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return tuple(sorted(kept, key=lambda each: each.start))
