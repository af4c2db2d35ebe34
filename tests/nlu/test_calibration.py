"""A confidence of 0.8 means right in eight of ten cases, and the order of the readings stays."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dengta.nlu.calibration import Calibration, fit


def test_the_best_share_says_how_often_it_is_right() -> None:
    scores = np.array([[1.0, 0.0, -1.0]] * 10)
    targets = np.array([0] * 8 + [1] * 2)
    assert fit(scores, targets).shares(scores)[0, 0] == pytest.approx(0.8, abs=0.01)


@given(
    arrays(np.float64, (3, 4), elements=st.integers(-5, 5)),
    st.builds(Calibration, st.floats(0.1, 20), st.floats(0.1, 3), st.floats(-3, 3)),
)
def test_shares_sum_to_one_and_keep_the_best(scores: np.ndarray, calibration: Calibration) -> None:
    shares = calibration.shares(scores)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert (shares >= 0).all()
    best = shares[np.arange(3), scores.argmax(axis=1)]
    assert best == pytest.approx(shares.max(axis=1), abs=1e-6)
