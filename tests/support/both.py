"""Functions made of words of the language, compiled and in plain Python at once."""

from collections.abc import Callable

import numpy as np
from numba import njit


def both(function: Callable) -> Callable:
    """`njit(function)`, which must leave the bits that the function itself leaves in Python."""
    compiled = njit(function)

    def run(*arguments):
        twins = [each.copy() if isinstance(each, np.ndarray) else each for each in arguments]
        with np.errstate(all="ignore"):
            wanted = function(*twins)
        result = compiled(*arguments)
        assert result == wanted
        for ours, twin in zip(arguments, twins, strict=True):
            assert np.array_equal(ours, twin, equal_nan=True)
        return result

    return run
