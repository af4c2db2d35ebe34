"""What the entity finders give back, and who wins where two of them meet."""
from dataclasses import dataclass
from typing import Iterable


@dataclass(frozen=True)
class Found:
    """An entity at [start, end) of a normalised text.

    `value` is None, and `impossible` true, for something that was said but does not exist (2月30日).
    """

    entity: str
    start: int
    end: int
    value: str | int | None
    impossible: bool = False


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """Return entities in text order; of two that overlap, the one given first stays."""
    kept: list[Found] = []
    for candidate in found:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda entity: entity.start)
