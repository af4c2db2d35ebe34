"""A calibrated linear model over text features: trained with scikit-learn, kept and applied as plain arrays."""
import json
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from math import log
from pathlib import Path
from typing import Sequence

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, diags
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from dengta.nlu import calibration
from dengta.nlu.calibration import Calibration
from dengta.nlu.concepts import Concepts
from dengta.nlu.features import Features

_SEED = 7
_FOLDS = 4
_PENALTY = 0.1
_UNEVENNESS = 0.5
"""The share of a feature's weight that depends on how unevenly it occurs (see `_emphases`)."""

_LEAST_EXAMPLES = 3
"""A feature must occur in this many examples to be counted."""

_BY_HEART = 0.9
"""The share of certainty for a text that is itself an example."""

_WORKERS = -1
_WORTH_SHARING = 1_000_000
"""Matrices with more entries than this are worth the start of worker processes, one per core."""

Bags = list[Counter[str]]
Vocabulary = list[dict[str, int]]
"""The column of each known feature, view by view."""

Row = tuple[list[int], list[float]]


@dataclass(frozen=True)
class LinearModel:
    """Class scores are `weights[features] · values + bias`; probabilities are made of them by `calibration`.

    `examples` maps the training texts to the column of their label: what a designer wrote down is known by heart.
    """

    labels: list[str]
    features: Features
    vocabulary: Vocabulary
    rarity: list[float]
    weights: np.ndarray
    bias: np.ndarray
    calibration: Calibration
    examples: dict[str, int]

    def probabilities(self, text: str) -> np.ndarray | None:
        """Return one probability per label for a normalised text, or None if no feature of it is known."""
        columns, values = _row(self.features.count(text), self.vocabulary, self.rarity)
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
        np.savez(folder / "linear.npz", rarity=self.rarity, weights=self.weights.astype(np.float16), bias=self.bias)
        words = {
            "labels": self.labels,
            "concepts": self.features.concepts.words,
            "vocabulary": [list(view) for view in self.vocabulary],
            "calibration": asdict(self.calibration),
            "examples": self.examples,
        }
        (folder / "linear.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LinearModel":
        """Read a model that `save` wrote; nothing in it is executed."""
        words = json.loads((folder / "linear.json").read_text(encoding="utf-8"))
        with np.load(folder / "linear.npz", allow_pickle=False) as arrays:
            rarity, weights, bias = arrays["rarity"].tolist(), arrays["weights"].astype(np.float32), arrays["bias"]
        features = Features(Concepts(words["concepts"]))
        columns = count()
        vocabulary = [{feature: next(columns) for feature in view} for view in words["vocabulary"]]
        calibrated = Calibration(**words["calibration"])
        return cls(words["labels"], features, vocabulary, rarity, weights, bias, calibrated, words["examples"])


def train(texts: Sequence[str], labels: Sequence[str], concepts: Concepts) -> LinearModel:
    """Train on normalised texts and their labels, and calibrate on the scores of a quarter that was first kept apart.

    With fewer than four examples of some label there is nothing to calibrate on and the raw scores stay.
    """
    features = Features(concepts)
    names, targets = np.unique(labels, return_inverse=True)
    matrix, vocabulary, rarity = _counted(texts, features)
    calibrated = Calibration()
    if _can_be_split(targets):
        unseen, scores = next(_unseen_scores(matrix, targets))
        calibrated = calibration.fit(scores, targets[unseen])
    weights, bias = _fit(matrix, targets)
    by_heart = {text: int(target) for text, target in zip(texts, targets)}
    return LinearModel(names.tolist(), features, vocabulary, rarity, weights, bias, calibrated, by_heart)


def cross_validate(texts: Sequence[str], labels: Sequence[str], concepts: Concepts) -> tuple[np.ndarray, list[str]]:
    """Return (scores, label names): per text the class scores of a model that was not trained on it.

    Which features exist and how rare they are is counted once, over all texts.

    Raises:
        ValueError: a label has fewer than four examples.
    """
    names, targets = np.unique(labels, return_inverse=True)
    if not _can_be_split(targets):
        raise ValueError(f"every id needs at least {_FOLDS} examples")
    matrix, _, _ = _counted(texts, Features(concepts))
    scores = np.zeros((len(texts), len(names)), dtype=np.float32)
    for unseen, found in _unseen_scores(matrix, targets):
        scores[unseen] = found
    return scores, names.tolist()


def _can_be_split(targets: np.ndarray) -> bool:
    counts = np.bincount(targets)
    return len(counts) > 1 and int(counts.min()) >= _FOLDS


def _unseen_scores(matrix: csr_matrix, targets: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (rows, their class scores) for each part of the rows, scored by a model trained on the other parts."""
    for seen, unseen in StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED).split(targets, targets):
        weights, bias = _fit(matrix[seen], targets[seen])
        yield unseen, matrix[unseen] @ weights + bias


def _fit(matrix: csr_matrix, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Train a linear classifier for each label against all others (NB-SVM: Wang and Manning, ACL 2012)."""
    emphases = enumerate(_emphases(matrix, targets))
    tasks = (delayed(_fit_one)(matrix, targets == label, emphasis) for label, emphasis in emphases)
    columns = Parallel(n_jobs=_WORKERS if matrix.nnz > _WORTH_SHARING else 1)(tasks)
    weights = np.array([weights for weights, _ in columns], dtype=np.float32).T
    return np.ascontiguousarray(weights), np.array([bias for _, bias in columns], dtype=np.float32)


def _fit_one(matrix: csr_matrix, label: np.ndarray, emphasis: np.ndarray) -> tuple[np.ndarray, float]:
    model = LinearSVC(C=_PENALTY, random_state=_SEED).fit(matrix @ diags(emphasis), label)
    return model.coef_[0] * emphasis, float(model.intercept_[0])


def _emphases(matrix: csr_matrix, targets: np.ndarray) -> Iterator[np.ndarray]:
    """Yield, label by label, a factor per feature: the larger, the more its rates inside and outside the label differ.

    The factors of a label are 1 on average.
    """
    texts = np.bincount(targets)
    members = csr_matrix((np.ones(len(targets)), (targets, np.arange(len(targets)))))
    inside = (members @ (matrix > 0).astype(np.float32)).toarray()
    anywhere = inside.sum(axis=0)
    for members_of_label, found in zip(texts, inside):
        rate = (found + 0.5) / (members_of_label + 1)
        rate_outside = (anywhere - found + 0.5) / (len(targets) - members_of_label + 1)
        uneven = np.abs(np.log(rate / rate_outside))
        yield np.asarray(1 - _UNEVENNESS + _UNEVENNESS * uneven / uneven.mean(), dtype=np.float32)


def _counted(texts: Sequence[str], features: Features) -> tuple[csr_matrix, Vocabulary, list[float]]:
    """Return texts as rows of tf-idf values, with the features that are known and the rarity of each."""
    bags = [features.count(text) for text in texts]
    vocabulary, rarity = _vocabulary(bags)
    return _matrix(bags, vocabulary, rarity), vocabulary, rarity


def _vocabulary(bags: Sequence[Bags]) -> tuple[Vocabulary, list[float]]:
    """Return the known features and the rarity (smoothed idf) of each."""
    vocabulary: Vocabulary = []
    rarity: list[float] = []
    for views in zip(*bags):
        counts = Counter(feature for view in views for feature in view)
        known = sorted(feature for feature, count in counts.items() if count >= _LEAST_EXAMPLES)
        vocabulary.append({feature: column for column, feature in enumerate(known, start=len(rarity))})
        rarity += [log((1 + len(bags)) / (1 + counts[feature])) + 1 for feature in known]
    return vocabulary, rarity


def _matrix(bags: Sequence[Bags], vocabulary: Vocabulary, rarity: Sequence[float]) -> csr_matrix:
    columns, values, ends = array("i"), array("f"), [0]
    for views in bags:
        row_columns, row_values = _row(views, vocabulary, rarity)
        columns.extend(row_columns)
        values.extend(row_values)
        ends.append(len(columns))
    return csr_matrix((np.asarray(values), np.asarray(columns), ends), shape=(len(bags), len(rarity)))


def _row(views: Bags, vocabulary: Vocabulary, rarity: Sequence[float]) -> Row:
    """Return the columns and the tf-idf values of a text, each view scaled to length 1."""
    columns: list[int] = []
    values: list[float] = []
    for counts, known in zip(views, vocabulary):
        found = [(known[feature], count) for feature, count in counts.items() if feature in known]
        weights = [(1 + log(count)) * rarity[column] for column, count in found]
        length = sum(weight * weight for weight in weights) ** 0.5
        columns += [column for column, _ in found]
        values += [weight / length for weight in weights]
    return columns, values
