"""A calibrated linear model over text features: trained with scikit-learn, kept and applied as plain arrays."""
import json
from collections import Counter
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from typing import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from dengta.nlu import calibration
from dengta.nlu.calibration import Calibration
from dengta.nlu.features import VIEWS

_SEED = 7
_FOLDS = 5
_PENALTY = 0.3
_LEAST_EXAMPLES = 2
"""A feature must occur in this many examples to be counted."""

_BY_HEART = 0.9
"""The share of certainty for a text that is itself an example."""

Row = tuple[list[int], list[float]]


@dataclass(frozen=True)
class LinearModel:
    """Class scores are `weights[features] · values + bias`; probabilities are made of them by `calibration`.

    `examples` maps the training texts to the column of their label: what a designer wrote down is known by heart.
    """

    labels: list[str]
    vocabulary: dict[str, int]
    rarity: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    calibration: Calibration
    examples: dict[str, int]

    def probabilities(self, text: str) -> np.ndarray | None:
        """Return one probability per label for a normalised text, or None if no feature of it is known."""
        columns, values = _row(text, self.vocabulary, self.rarity)
        known = self.examples.get(text)
        if not columns and known is None:
            return None
        scores = np.asarray(values, dtype=np.float32) @ self.weights[columns] + self.bias
        shares = self.calibration.shares(scores[np.newaxis])[0]
        if known is not None:
            shares *= 1 - _BY_HEART
            shares[known] += _BY_HEART
        return shares

    def save(self, folder: Path) -> None:
        """Write the model into an existing folder as `linear.npz` and `linear.json`."""
        np.savez_compressed(folder / "linear.npz", rarity=self.rarity, weights=self.weights, bias=self.bias)
        words = {
            "labels": self.labels,
            "features": list(self.vocabulary),
            "calibration": asdict(self.calibration),
            "examples": self.examples,
        }
        (folder / "linear.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LinearModel":
        """Read a model that `save` wrote; nothing in it is executed."""
        words = json.loads((folder / "linear.json").read_text(encoding="utf-8"))
        with np.load(folder / "linear.npz", allow_pickle=False) as arrays:
            rarity, weights, bias = arrays["rarity"], arrays["weights"], arrays["bias"]
        vocabulary = {feature: index for index, feature in enumerate(words["features"])}
        calibrated = Calibration(**words["calibration"])
        return cls(words["labels"], vocabulary, rarity, weights, bias, calibrated, words["examples"])


def train(texts: Sequence[str], labels: Sequence[str]) -> LinearModel:
    """Train on normalised texts and their labels, and calibrate on cross-validated scores.

    With fewer than five examples of some label there is nothing to calibrate on and the raw scores stay.
    """
    scores, names = cross_validate(texts, labels)
    targets = np.searchsorted(names, labels)
    calibrated = calibration.fit(scores, targets) if scores is not None else Calibration()
    vocabulary, rarity = _vocabulary(texts)
    weights, bias = _fit(_matrix(texts, vocabulary, rarity), targets, len(names))
    by_heart = {text: int(target) for text, target in zip(texts, targets)}
    return LinearModel(names, vocabulary, rarity, weights, bias, calibrated, by_heart)


def cross_validate(texts: Sequence[str], labels: Sequence[str]) -> tuple[np.ndarray | None, list[str]]:
    """Return (scores, label names): per text the class scores of a model that has not seen it, or None if too few."""
    names = sorted(set(labels))
    targets = np.searchsorted(names, labels)
    if len(names) < 2 or np.bincount(targets).min() < _FOLDS:
        return None, names
    scores = np.zeros((len(texts), len(names)), dtype=np.float32)
    for seen, unseen in StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED).split(targets, targets):
        vocabulary, rarity = _vocabulary([texts[i] for i in seen])
        weights, bias = _fit(_matrix([texts[i] for i in seen], vocabulary, rarity), targets[seen], len(names))
        scores[unseen] = _matrix([texts[i] for i in unseen], vocabulary, rarity) @ weights + bias
    return scores, names


def _fit(matrix: csr_matrix, targets: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    model = LinearSVC(C=_PENALTY, random_state=_SEED).fit(matrix, targets)
    if classes == 2:
        return np.vstack([-model.coef_, model.coef_]).T.astype(np.float32), np.array([-1, 1]) * model.intercept_
    return np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_.astype(np.float32)


def _vocabulary(texts: Sequence[str]) -> tuple[dict[str, int], np.ndarray]:
    """Return the known features, named `view:feature`, and the rarity (smoothed idf) of each."""
    counts: Counter[str] = Counter()
    for text in texts:
        for number, view in enumerate(VIEWS):
            counts.update({f"{number}:{feature}" for feature in view(text)})
    known = sorted(feature for feature, count in counts.items() if count >= _LEAST_EXAMPLES)
    rarity = [log((1 + len(texts)) / (1 + counts[feature])) + 1 for feature in known]
    return {feature: index for index, feature in enumerate(known)}, np.array(rarity, dtype=np.float32)


def _matrix(texts: Sequence[str], vocabulary: dict[str, int], rarity: np.ndarray) -> csr_matrix:
    columns, values, ends = [], [], [0]
    for text in texts:
        row_columns, row_values = _row(text, vocabulary, rarity)
        columns += row_columns
        values += row_values
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(texts), len(vocabulary)), dtype=np.float32)


def _row(text: str, vocabulary: dict[str, int], rarity: np.ndarray) -> Row:
    """Return the columns and the tf-idf values of a text, each view scaled to length 1."""
    columns: list[int] = []
    values: list[float] = []
    for number, view in enumerate(VIEWS):
        counts = Counter(view(text))
        named = ((f"{number}:{feature}", count) for feature, count in counts.items())
        known = [(vocabulary[name], count) for name, count in named if name in vocabulary]
        weights = [(1 + log(count)) * float(rarity[column]) for column, count in known]
        length = sum(weight * weight for weight in weights) ** 0.5
        columns += [column for column, _ in known]
        values += [weight / length for weight in weights]
    return columns, values
