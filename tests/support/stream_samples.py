"""Samples for estimators of streams: gaps in features and targets, classes that appear late."""

import numpy as np
from filelock import FileLock

from longlag import LSTMRegressor

CLASSES = ("dry", "rain", "snow")


def compile_kernels(folder):
    """Let one process compile the kernel of the default rule, which the others find on disk."""
    with FileLock(folder / "stream-samples.lock"):
        model = LSTMRegressor(cells=1)
        model.learn_many([[0.0], [1.0]], [0.0, 1.0])
        model.predict_one({0: 0.0})


def numbers(seed, n=40, features=3):
    """X (n, features) and y (n,), NaN where something is missing, but not in the first row of X."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, features)) * generator.choice([1e-3, 1.0, 1e5], features)
    y = 100 + X[:, 0] + generator.normal(size=n)
    X[1:][generator.random((n - 1, features)) < 0.1] = np.nan
    y[generator.random(n) < 0.2] = np.nan
    return X, y


def classes(seed, n=40, features=3):
    """X (n, features), and a list of n classes, None where it is missing."""
    X, y = numbers(seed, n, features)
    generator = np.random.default_rng(seed)
    return X, [None if np.isnan(each) else str(generator.choice(CLASSES)) for each in y]


def as_dicts(X):
    """The rows as River has them; a missing number is left out, None or NaN."""
    absent = (None, np.nan)
    for t, row in enumerate(X):
        x = {i: float(value) for i, value in enumerate(row) if not np.isnan(value)}
        if t % 3:
            x |= {i: absent[t % 3 - 1] for i, value in enumerate(row) if np.isnan(value)}
        yield x
