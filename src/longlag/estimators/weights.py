"""Weights of samples: how many times the error of a target counts when the network learns it."""

from typing import Any

import numpy as np

from longlag.errors import InputError
from longlag.estimators.tables import real_numbers
from longlag.quoting import quoted

LARGEST = 1e6  #: weight; that of learning rates


def weights_of(w: Any, steps: int) -> np.ndarray | None:
    """Weights (steps,), None if all are 1; one number is the weight of every sample.

    Raises `InputError` unless they are numbers in [0, 1e6].
    """
    if w is None:
        return None
    found = real_numbers("sample_weight", w)
    if found.ndim == 0:
        found = np.full(steps, found)
    if found.shape != (steps,):
        raise InputError(
            f"sample_weight must have shape ({steps},), one weight a sample, got {found.shape}"
        )
    bad = ~((found >= 0) & (found <= LARGEST))  # NaN is neither
    if bad.any():
        raise InputError(f"a sample_weight must be from 0 to {LARGEST:g}, got {found[bad][0]:g}")
    return None if (found == 1.0).all() else found


def weight_of(w: Any) -> np.ndarray | None:
    """The weight (1,) of one sample, None if it is 1."""
    if type(w) is float and w == 1.0:  # nearly always
        return None
    if isinstance(w, int | float | np.number):
        return weights_of([w], 1)
    raise InputError(f"w must be a number from 0 to {LARGEST:g}, got {quoted(w)}")
