"""Draws what the figures hide: which ids are taken for which, and whether confidences can be taken at their word."""
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from dengta.evaluation.figures import BINS, Parse, by_confidence, is_right
from dengta.evaluation.tables import Question

matplotlib.use("Agg")
from matplotlib import pyplot

_SHOWN = 30
"""So many of the most confused ids fit a readable picture."""

Pairs = Sequence[tuple[Question, Parse]]


def confusions(pairs: Pairs) -> list[tuple[int, str, str]]:
    """Return (count, right id, best reading) of the questions read wrongly, the most frequent first."""
    counts = Counter((question.gold[0], parse.ids[0]) for question, parse in pairs if not is_right(question, parse))
    return [(count, gold, best) for (gold, best), count in counts.most_common()]


def draw_confusions(pairs: Pairs, path: Path) -> None:
    """Draw the table of right id (rows) against best reading (columns) for the most confused ids."""
    found = confusions(pairs)
    weight: Counter[str] = Counter()
    for count, gold, best in found:
        weight.update({gold: count, best: count})
    names = sorted(name for name, _ in weight.most_common(_SHOWN))
    place = {name: index for index, name in enumerate(names)}
    table = np.zeros((len(names), len(names)), dtype=int)
    for count, gold, best in found:
        if gold in place and best in place:
            table[place[gold], place[best]] = count
    figure, axes = pyplot.subplots(figsize=(13, 12))
    axes.imshow(table, cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("best reading")
    axes.set_ylabel("right id")
    axes.set_title(f"Questions read wrongly, the {len(names)} most confused ids")
    for row, column in zip(*np.nonzero(table)):
        colour = "white" if table[row, column] > table.max() / 2 else "black"
        axes.text(column, row, table[row, column], ha="center", va="center", fontsize=8, color=colour)
    _save(figure, path)


def draw_reliability(pairs: Pairs, path: Path) -> None:
    """Draw, for ten bins of the best reading's confidence, how often it was right, and how many questions fell in."""
    bins = [[right for _, right in found] for found in by_confidence(pairs)]
    middles = [(index + 0.5) / BINS for index in range(BINS)]
    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(7, 8), sharex=True, gridspec_kw={"height_ratios": (3, 1)}
    )
    above.plot([0, 1], [0, 1], color="grey", linestyle="--", label="taken at its word")
    filled = [(middle, float(np.mean(hits))) for middle, hits in zip(middles, bins) if hits]
    above.plot(*zip(*filled), marker="o", label="measured")
    above.set_ylabel("share of right best readings")
    above.legend()
    below.bar(middles, [len(hits) for hits in bins], width=0.09)
    below.set_ylabel("questions")
    below.set_xlabel("confidence of the best reading")
    _save(figure, path)


def _save(figure: pyplot.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", dpi=120)
    pyplot.close(figure)
