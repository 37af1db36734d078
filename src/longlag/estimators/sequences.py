"""Samples in time order, as scikit-learn's methods take them: a stream, or a list of sequences."""

from typing import Any, NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.estimators.tables import Table, table
from longlag.quoting import quoted


def is_sequences(X: Any) -> bool:
    """Whether X is a list of 2-D arrays, or a 3-D array, rather than one 2-D array."""
    if isinstance(X, list | tuple):
        return len(X) > 0 and _dimensions(X[0]) == 2
    return isinstance(X, np.ndarray) and X.ndim == 3


def _dimensions(x: Any) -> int:
    try:
        return np.ndim(x)
    except ValueError:  # ragged, which is refused later
        return 0


class Samples(NamedTuple):
    """Those of one sequence, in time order."""

    x: Table  #: n samples
    y: np.ndarray  #: (n,)


def samples(X: Any, y: Any) -> list[Samples]:
    """Each sequence of X with its targets; raises `InputError` for what does not fit together."""
    if y is None:
        raise InputError("requires y to be passed, but the target y is None: give the targets")
    if not is_sequences(X):
        x = table(X)
        return [Samples(x, column(y, len(x.numbers)))]
    try:
        many = len(y)
    except TypeError:  # one target alone
        many = quoted(y)
    if many != len(X):
        raise InputError(f"X and y must have as many sequences, got {len(X)} and {many}")
    return [found for x, targets in zip(X, y, strict=True) for found in samples(x, targets)]


def column(y: Any, steps: int) -> np.ndarray:
    """One target a step (steps,); a single target is that of the last step, the others None.

    A column (steps, 1) is taken as (steps,).
    """
    # Lists become objects, since NumPy would make texts of numbers beside texts.
    try:
        y = np.asarray(y, object if isinstance(y, list | tuple) else None)
    except ValueError:
        raise InputError("y must hold one target a sample: it is ragged") from None
    if y.ndim == 0:
        alone = np.full(steps, None, object)
        alone[-1:] = y
        return alone
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise InputError(f"y must have shape ({steps},), one target a sample, got {y.shape}")
    if len(y) != steps:
        raise InputError(f"X and y must have as many samples, got {steps} and {len(y)}")
    return y
