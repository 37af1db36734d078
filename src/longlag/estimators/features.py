"""From samples, as people have them, to rows of numbers: one column for each feature ever seen.

A feature is named by a string or a whole number; those of arrays without names are 0, 1, 2, and so
on. A feature that a sample lacks, or that is None or NaN there, is missing: its number is NaN.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from longlag.contract import LARGEST
from longlag.errors import InputError
from longlag.quoting import quoted


class Features:
    """The features of a stream, in the order of the network's inputs."""

    def __init__(self, names: Iterable[str | int] = ()):
        self.names = list(names)
        self._columns = {name: i for i, name in enumerate(self.names)}

    def new(self, names: Iterable[Any]) -> list[str | int]:
        """Names among these that are not known yet, sorted: their order in a sample is chance."""
        found = [name for name in names if name not in self._columns]
        return sorted((feature_name(name) for name in found), key=lambda n: (isinstance(n, str), n))

    def add(self, names: Iterable[str | int]) -> None:
        """More features, after the others."""
        for name in names:
            self._columns[name] = len(self.names)
            self.names.append(name)

    def has(self, x: Mapping[Any, Any]) -> bool:
        """Whether all features of a sample are known."""
        return x.keys() <= self._columns.keys()

    def row(self, x: Mapping[Any, Any]) -> np.ndarray:
        """The row (1, features) of one sample; what it has beyond the known features is left out.

        Raises `InputError` for a value that is no finite number.
        """
        row, columns = [math.nan] * len(self.names), self._columns
        for name, value in x.items():
            if name in columns:
                plain = type(value) is float and -LARGEST <= value <= LARGEST
                row[columns[name]] = value if plain else real_number("feature", name, value)
        return np.array([row])

    def arrange(self, names: list[Any], rows: np.ndarray) -> np.ndarray:
        """The columns of rows (n, len(names)), in the order of the known features."""
        if names == self.names:
            return rows
        arranged = np.full((len(rows), len(self.names)), np.nan)
        for i, name in enumerate(names):
            if name in self._columns:
                arranged[:, self._columns[name]] = rows[:, i]
        return arranged


def feature_name(name: Any) -> str | int:
    """The name, as a plain Python value; raises `InputError` unless it is a string or a number."""
    name = name.item() if isinstance(name, np.generic) else name
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise InputError(f"features are named by strings or whole numbers, got {quoted(name)}")
    return name


def real_number(kind: str, name: Any, value: Any) -> float:
    """A value as a number, NaN if it is missing; raises `InputError` if it is no finite number."""
    if value is None:
        return math.nan
    if isinstance(value, str | bytes):
        raise InputError(
            f"{kind} {quoted(name)} must be a number, got the text {quoted(value)}: encode it"
        )
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    except (TypeError, ValueError):
        raise InputError(
            f"{kind} {quoted(name)} must be a number, got {quoted(value)}: encode it"
        ) from None
    if abs(number) > LARGEST:
        raise InputError(
            f"{kind} {quoted(name)} must be finite and below {LARGEST:g}, got {number}"
        )
    return number


def table(X: Any) -> tuple[list[Any] | None, np.ndarray]:
    """Names of the columns, if X has such (as data frames do), and its numbers (n, columns).

    Raises `InputError` unless X is a 2-D array of real numbers, NaN where one is missing.
    """
    names = list(X.columns) if hasattr(X, "columns") else None
    if names and len(set(names)) < len(names):
        raise InputError(f"the columns of X must have different names, got {quoted(names)}")
    rows = real_numbers("X", X)
    if rows.ndim != 2:
        raise InputError(
            f"X must be a 2-D array with a row per sample, got shape {rows.shape}: Reshape your "
            "data, X.reshape(-1, 1) if it has one feature, X.reshape(1, -1) if it is one sample"
        )
    if rows.shape[1] == 0:
        raise InputError(
            f"0 feature(s) (shape={rows.shape}) while a minimum of 1 is required: give X columns"
        )
    large = np.argwhere(np.abs(rows) > LARGEST)
    if len(large):
        t, i = large[0].tolist()
        raise InputError(
            f"X must hold finite numbers below {LARGEST:g}, or NaN where one is missing, "
            f"got {rows[t, i]} in row {t}, column {i}"
        )
    return names, rows


def real_numbers(name: str, values: Any) -> np.ndarray:
    """An array of float64; None becomes NaN. Raises `InputError` for what are no real numbers."""
    if hasattr(values, "toarray"):
        raise InputError(f"{name} must be a dense array, got a sparse one: give {name}.toarray()")
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"{name} must have rows of one length: it is ragged") from None
    if array.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {name} must hold real numbers")
    if array.dtype.kind not in "fiubO":
        raise InputError(f"{name} must hold real numbers, got dtype {array.dtype}")
    try:
        return np.ascontiguousarray(array, np.float64).reshape(array.shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} must hold real numbers: {error}") from None
