"""A stream goes on nearly as it would have done without a wild reading, or beside columns of noise.

The ratios are of one network on one series, so that nothing is left to chance; over seeds they vary
by a few hundredths (`benchmarks/wild_readings.py`).
"""

import numpy as np
import pytest

from longlag import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.readers.sources import Rows

ROWS, FIRST = 1600, 500


def series():
    """An autoregression with a cycle of 24 rows, around 10."""
    generator = np.random.default_rng(0)
    y, noise = np.zeros(ROWS), generator.normal(size=ROWS)
    for t in range(1, ROWS):
        y[t] = 0.8 * y[t - 1] + noise[t]
    return y + 10 + 5 * np.sin(np.arange(ROWS) / 12 * np.pi)


def error(y, X, *, cuts=()):
    """Mean absolute error of the last 1,000 rows, as `longlag learn` has it."""
    names = tuple(map(str, range(X.shape[1])))
    evaluation = Evaluation(Question(("y",), names), LSTMRegressor())
    rows = Rows(1, X, y, None)
    pieces = [rows.part(a, b) for a, b in zip([0, *cuts], [*cuts, ROWS], strict=True)]
    answers = np.vstack([evaluation.step(piece) for piece in pieces])[:, 0]
    return np.abs(answers[:-1] - y[1:])[-1000:].mean()


@pytest.fixture(scope="module")
def alone():
    return error(series(), np.zeros((ROWS, 0)))


@pytest.mark.parametrize(
    "readings", [[99_999.0], [1e9], [-1e9], [99_999.0] * 5, [1e9, -1e6, 5e5, -99_999.0]]
)
def test_wild_targets(alone, readings):
    y = series()
    y[FIRST : FIRST + len(readings)] = readings
    spoiled = error(y, np.zeros((ROWS, 0)))
    assert spoiled < 1.1 * alone
    assert error(y, np.zeros((ROWS, 0)), cuts=[FIRST, FIRST + 1, FIRST + 2]) == spoiled


def test_wild_features():
    X = np.random.default_rng(1).normal(size=(ROWS, 3))
    y = series() + 2 * np.append(0.0, X[:-1, 0])
    spoiled = X.copy()
    spoiled[FIRST, :2] = 1e9, -99_999.0
    assert error(y, spoiled) < 1.1 * error(y, X)


def test_a_level_that_has_changed_is_followed(alone):
    y = series()
    y[FIRST:] += 990
    assert error(y, np.zeros((ROWS, 0))) < 1.1 * alone


@pytest.mark.parametrize(("columns", "most"), [(50, 1.15), (200, 1.3)])
def test_columns_of_noise(alone, columns, most):
    X = np.random.default_rng(2).normal(size=(ROWS, columns))
    assert error(series(), X) < most * alone
