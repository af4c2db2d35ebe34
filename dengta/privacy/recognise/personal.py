"""What recognisers give back, and who wins where two of them meet."""
from dataclasses import dataclass
from typing import Iterable

KINDS = (
    "phone", "landline", "id_number", "card", "credit_code", "name", "address", "one_time_code", "email", "wechat",
    "qq", "plate",
)  # fmt: skip

KNOWN = 1.0
"""The score of a value of the customer's record."""

CHECKED = 0.99
"""The checksum agrees."""

CERTAIN = 0.95
"""The words beside it name it."""

LIKELY = 0.85
"""It looks like nothing else."""

POSSIBLE = 0.7
"""The words beside it suggest it, and it looks a little different or could be something else."""


@dataclass(frozen=True)
class Personal:
    """Personal data at [start, end) of a text: its kind, one of `KINDS`, and how sure that is, one of the scores."""

    kind: str
    start: int
    end: int
    score: float


def without_overlaps(found: Iterable[Personal]) -> tuple[Personal, ...]:
    """Return findings in text order; of those that overlap the surest stays, then the longest, then the first given."""
    kept: list[Personal] = []
    for candidate in sorted(found, key=lambda each: (-each.score, each.start - each.end)):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return tuple(sorted(kept, key=lambda each: each.start))
