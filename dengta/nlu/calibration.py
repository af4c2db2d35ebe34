"""Turns the scores of a classifier into shares of certainty that can be taken at their word."""
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

_LEAST = 1e-6


@dataclass(frozen=True)
class Calibration:
    """Shares are the softmax of `sharpness` times the scores, after which the best share p of each row is corrected.

    Its log-odds become `slope` times themselves plus `offset` (Platt scaling), the others fill up the rest in
    proportion, and the best stays the best.
    """

    sharpness: float = 1.0
    slope: float = 1.0
    offset: float = 0.0

    def shares(self, scores: np.ndarray) -> np.ndarray:
        """Return shares in rows that sum to 1 for rows of scores, in the same order from best to worst."""
        shares = softmax(scores * self.sharpness)
        best, second = np.partition(shares, (-2, -1), axis=1)[:, [-1, -2]].T
        rest = np.maximum(1 - best, _LEAST)
        tie = second / (second + rest)
        corrected = np.maximum(_sigmoid(self.slope * _log_odds(best) + self.offset), tie)
        places = np.arange(len(shares)), shares.argmax(axis=1)
        shares = shares * ((1 - corrected) / rest)[:, np.newaxis]
        shares[places] = corrected
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def fit(scores: np.ndarray, targets: np.ndarray) -> Calibration:
    """Return the calibration under which the target columns of cross-validated scores are most likely."""
    rows = np.arange(len(targets))

    def surprise(sharpness: float) -> float:
        return float(-np.log(np.maximum(softmax(scores * np.exp(sharpness))[rows, targets], _LEAST)).mean())

    sharpness = float(np.exp(minimize_scalar(surprise, bounds=(-2, 4), method="bounded").x))
    shares = softmax(scores * sharpness)
    odds, right = _log_odds(shares.max(axis=1)), shares.argmax(axis=1) == targets

    def miss(line: np.ndarray) -> float:
        chances = _sigmoid(line[0] * odds + line[1])
        return float(-np.log(np.maximum(np.where(right, chances, 1 - chances), _LEAST)).mean())

    slope, offset = minimize(miss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return Calibration(sharpness, float(slope), float(offset))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax of each row."""
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-values)))


def _log_odds(shares: np.ndarray) -> np.ndarray:
    safe = np.clip(shares.astype(np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(safe / (1 - safe)))
