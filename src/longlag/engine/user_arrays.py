"""Arrays that people give."""

import numpy as np
from numpy.typing import ArrayLike

from longlag.errors import InputError


def real_array(name: str, values: ArrayLike) -> np.ndarray:
    """The values as an array of their own type; raises `InputError` unless they are real numbers.

    What a mask hides is NaN, and the array of float64. `name` is that of the values in messages.
    """
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "fiub":
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"{name} must have rows of one length: it is ragged") from None
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array
