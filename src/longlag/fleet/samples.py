"""The samples of a fleet: features that are numbers, and targets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from longlag.errors import InputError
from longlag.estimators import sequences
from longlag.estimators.categories import Name
from longlag.estimators.class_target import ClassTarget
from longlag.estimators.features import Features
from longlag.estimators.number_target import NumberTarget
from longlag.estimators.regressor import several
from longlag.estimators.sequences import Several
from longlag.estimators.tables import (
    Table,
    check_sample,
    check_unnamed,
    items,
    real_number,
    sample,
    table,
)
from longlag.quoting import quoted


def samples_of(X: Any, rows: int) -> Table:
    """The samples in X, one for each key; raises `InputError` for others."""
    found = table(X)
    if len(found.numbers) != rows:
        raise InputError(f"keys and X must be of equal length, got {rows} and {len(found.numbers)}")
    return found


def one_sample(x: Any) -> Table:
    """The sample in a dict; raises `InputError` for anything else."""
    check_sample(x)
    return sample(x)


def targets_of(y: Any, rows: int, *, named: bool = False) -> tuple[np.ndarray, list[Name]]:
    """Targets (rows, targets), NaN where there is none, and their names, if they are several.

    Where targets are `named`, the one column of a data frame is one of several. Raises `InputError`
    for others.
    """
    _check_shape(y, rows, f"one target a row, or ({rows}, targets)")
    found = NumberTarget.checked(sequences.targets_of(y, rows, named=named))
    if isinstance(found, Several):
        return for_lanes(found.numbers), found.names
    return for_lanes(found.reshape(rows, 1)), []


def one_target(y: Any) -> tuple[np.ndarray, list[Name]]:
    """The targets of one row: a number, or a dict of numbers; raises `InputError` for others."""
    if isinstance(y, Mapping) and y:
        found = several(y)
        return for_lanes(found.numbers), found.names
    missing = None if isinstance(y, Mapping) else y  # no target at all is one that is missing
    return np.array([[real_number("target", "y", missing)]]), []


def classes_of(y: Any, rows: int) -> list[Any]:
    """One class a row (rows,), not yet checked; raises `InputError` for several a row."""
    _check_shape(y, rows, "one class a row")
    found = sequences.targets_of(y, rows)
    if isinstance(found, Several):
        return ClassTarget.checked(found)  # which is refused
    return items(found)


def _check_shape(y: Any, rows: int, wanted: str) -> None:
    """Raise `InputError` unless there are targets for so many rows."""
    try:
        shape = np.shape(y)
    except ValueError:
        shape = (rows,)  # ragged, which is refused later
    if not shape or shape[0] != rows or len(shape) > 2 or shape[1:] == (0,):
        raise InputError(f"y must have shape ({rows},), {wanted}, got {shape}")


def first_features(samples: Table) -> list[Name]:
    """The features that the first samples bring, in the order of an estimator."""
    found = Features().new(samples.names or range(samples.numbers.shape[1]))
    if not found:
        raise InputError("the first sample has no features: give it at least one")
    return [name for name in found if not isinstance(name, tuple)]


def arranged(samples: Table, features: Sequence[Name]) -> np.ndarray:
    """The numbers of samples (n, features), NaN where one is missing.

    Columns without names go by their places. Raises `InputError` for features beyond the known
    ones, and for texts.
    """
    names = features if samples.names is None else samples.names
    if samples.texts:
        column = min(samples.texts)
        raise InputError(
            f"a fleet takes features that are numbers, got texts in column "
            f"{quoted(column if samples.names is None else samples.names[column])}: encode them, "
            "or take an LSTMRegressor for each series"
        )
    if samples.names is None and samples.numbers.shape[1] != len(features):
        raise InputError(
            f"X has {samples.numbers.shape[1]} features, but the fleet is expecting "
            f"{len(features)}: those of its first rows"
        )
    if samples.names is None:
        check_unnamed(features)
    if unknown := [name for name in names if name not in features]:
        raise InputError(
            f"the features of a fleet are those of its first rows, {quoted(list(features))}, "
            f"got {quoted(unknown[0])} besides: leave it out, or call add_features first"
        )
    found = samples.numbers
    if list(names) != list(features):
        found = np.full((len(samples.numbers), len(features)), np.nan)
        found[:, [features.index(name) for name in names]] = samples.numbers
    return for_lanes(found)


def for_lanes(numbers: Any) -> np.ndarray:
    """Numbers in the one form that the lanes are compiled for; other arrays are copied."""
    return np.require(numbers, np.float64, ["C", "A", "W"])
