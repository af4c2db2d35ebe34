"""`python -m dengta.privacy.evaluation`: how much personal data is found in the labelled sentences, and how much else.

Prints the figures and fails if one is under its floor. Sentences and floors lie in `tests/privacy/`.
"""
import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from dengta.evaluation.gates import behind, recorded
from dengta.privacy.recognise.personal import KINDS
from dengta.privacy.recognisers import find
from dengta.progress import say
from dengta.settings import ROOT

TABLE = ROOT / "tests" / "privacy" / "labelled.tsv"
FLOORS = ROOT / "tests" / "privacy" / "floors.yml"
_LABEL = re.compile(r"⟨(?P<kind>\w+)\|(?P<text>[^⟩]*)⟩")
_Z = 1.96  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Span:
    """Personal data of a kind at [start, end) of a text."""

    kind: str
    start: int
    end: int

    def touches(self, other: "Span") -> bool:
        """Tell whether two spans overlap, whatever their kinds."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence: its part and group of the table, values known beforehand, and its spans."""

    part: str
    group: str
    known: tuple[str, ...]
    text: str
    spans: tuple[Span, ...]


@dataclass
class Counts:
    """Of one kind: labels, those found exactly, those found at least in part, and findings without label."""

    labels: int = 0
    exact: int = 0
    touched: int = 0
    false: int = 0

    def add(self, other: "Counts") -> None:
        """Add the counts of another kind."""
        self.labels += other.labels
        self.exact += other.exact
        self.touched += other.touched
        self.false += other.false


def main() -> int:
    """Print the figures; return 1 if one is under its floor."""
    labelled = read(TABLE)
    say("| kind | labels | found | false | missed | precision | recall | touched |")
    say("|---|---:|---:|---:|---:|---|---|---|")
    kinds = counts(labelled)
    for kind, count in [*kinds.items(), ("all", total(kinds.values()))]:
        say(_row(kind, count))
    say()
    say("| part | sentences | labels | precision | recall | touched | nothing found where nothing is |")
    say("|---|---:|---:|---|---|---|---|")
    for part in dict.fromkeys(sentence.part for sentence in labelled):
        say(_part_row(part, [sentence for sentence in labelled if sentence.part == part]))
    under = list(behind(figures(labelled), recorded(FLOORS)))
    for line in under:
        say(f"under its floor: {line}")
    return 1 if under else 0


def read(path: Path) -> list[Sentence]:
    """Read a table with the columns part, group, known (joined by `|`) and text, where labels read ⟨kind|text⟩.

    Raises:
        ValueError: a label has an unknown kind; the message names the line.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_sentence(row, f"{path}:{line}") for line, row in enumerate(rows, start=2)]


def counts(labelled: Iterable[Sentence]) -> dict[str, Counts]:
    """Return the counts of each kind over sentences."""
    table = {kind: Counts() for kind in KINDS}
    for sentence in labelled:
        found = {Span(each.kind, each.start, each.end) for each in find(sentence.text, sentence.known)}
        for span in sentence.spans:
            table[span.kind].labels += 1
            table[span.kind].exact += span in found
            table[span.kind].touched += any(span.touches(each) for each in found)
        for span in found.difference(sentence.spans):
            table[span.kind].false += 1
    return table


def total(kinds: Iterable[Counts]) -> Counts:
    """Return the sum of counts."""
    whole = Counts()
    for count in kinds:
        whole.add(count)
    return whole


def figures(labelled: Sequence[Sentence]) -> dict[str, dict[str, float]]:
    """Return shares: precision, recall and touched of each kind and of all, and clean sentences left alone."""
    kinds = counts(labelled)
    shares = {
        kind: {
            "precision": share(count.exact, count.exact + count.false),
            "recall": share(count.exact, count.labels),
            "touched": share(count.touched, count.labels),
        }
        for kind, count in [*kinds.items(), ("all", total(kinds.values()))]
    }
    return {**shares, "clean": {"left_alone": share(*_clean(labelled))}}


def share(hits: int, count: int) -> float:
    """Return a share, 1 of nothing."""
    return hits / count if count else 1.0


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's method; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    portion, z2 = hits / count, _Z**2
    centre = portion + z2 / (2 * count)
    spread = _Z * sqrt(portion * (1 - portion) / count + z2 / (4 * count * count))
    return max(0.0, (centre - spread) / (1 + z2 / count)), min(1.0, (centre + spread) / (1 + z2 / count))


def _clean(labelled: Iterable[Sentence]) -> tuple[int, int]:
    """Return how many sentences without personal data are left alone, and how many there are."""
    clean = [sentence for sentence in labelled if not sentence.spans]
    return sum(not find(sentence.text, sentence.known) for sentence in clean), len(clean)


def _row(kind: str, count: Counts) -> str:
    numbers = f"{count.labels} | {count.exact} | {count.false} | {count.labels - count.exact}"
    return f"| {kind} | {numbers} | {_shares(count)} |"


def _part_row(part: str, labelled: Sequence[Sentence]) -> str:
    count = total(counts(labelled).values())
    return f"| {part} | {len(labelled)} | {count.labels} | {_shares(count)} | {_with_interval(*_clean(labelled))} |"


def _shares(count: Counts) -> str:
    pairs = ((count.exact, count.exact + count.false), (count.exact, count.labels), (count.touched, count.labels))
    return " | ".join(_with_interval(hits, of) for hits, of in pairs)


def _with_interval(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{share(hits, count):.3f} ({low:.3f}–{high:.3f})"


def _sentence(row: Mapping[str, str], place: str) -> Sentence:
    marked = row["text"].replace(r"\n", "\n").replace(r"\u200b", "\u200b")
    text, spans, position = "", [], 0
    for label in _LABEL.finditer(marked):
        if label["kind"] not in KINDS:
            raise ValueError(f"{place}: there is no kind {label['kind']}")
        text += marked[position:label.start()]
        spans.append(Span(label["kind"], len(text), len(text) + len(label["text"])))
        text, position = text + label["text"], label.end()
    known = tuple(row["known"].split("|")) if row["known"] else ()
    return Sentence(row["part"], row["group"], known, text + marked[position:], tuple(spans))


if __name__ == "__main__":
    sys.exit(main())
