"""Kernels under a debugger: with NUMBA_DISABLE_JIT=1 drivers run as Python.

Arrays of records then have attributes as in compiled code, and arithmetic raises no warnings.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import config

#: Whether Numba compiles nothing; fixed at import, like Numba's decorators.
INTERPRETING = bool(getattr(config, "DISABLE_JIT", False))


def interpreted(function: Callable, arguments: tuple[object, ...]) -> Callable[[], int]:
    """A call of the Python function itself, which returns the same word as compiled code."""
    readable = tuple(map(_readable, arguments))

    def run() -> int:
        with np.errstate(all="ignore"):
            return int(function(*readable) or 0)

    return run


def _readable(argument: object) -> object:
    """The argument, with `Records` in place of arrays of records."""
    if isinstance(argument, tuple):
        make: Callable = getattr(argument, "_make", tuple)  # of a named tuple, or not
        return make(map(_readable, argument))
    if isinstance(argument, np.ndarray) and argument.dtype.names:
        return Records(argument)
    return argument


class Records:
    """An array of records, each of which has its fields as attributes."""

    def __init__(self, array: np.ndarray):
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: int) -> "Record":
        return Record(self._array[index])


class Record:
    """One record. Unlike in `numpy.recarray`, a field may be called "size"."""

    def __init__(self, fields: np.void):
        object.__setattr__(self, "_fields", fields)

    def __getattr__(self, name: str) -> Any:
        return self._fields[name]

    def __setattr__(self, name: str, value: object) -> None:
        self._fields[name] = value

    def __repr__(self) -> str:
        return f"Record({dict(zip(self._fields.dtype.names, self._fields.item(), strict=True))})"
