"""Samples in time order, as scikit-learn's methods take them: a stream, or a list of sequences."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.tables import Table, column_names, real_numbers, table, unmasked
from longlag.estimators.weights import weights_of
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


class Several(NamedTuple):
    """Several targets a sample, which have names."""

    names: list[Name]
    numbers: np.ndarray  #: (n, targets), NaN where one is missing


class Samples(NamedTuple):
    """Those of one sequence, in time order."""

    x: Table  #: n samples
    y: Any  #: their targets, (n,) or `Several`
    w: np.ndarray | None  #: their weights (n,), None if all are 1


def samples(X: Any, y: Any, w: Any = None) -> list[Samples]:
    """Each sequence of X with its targets; raises `InputError` for what does not fit together."""
    if y is None:
        raise InputError("requires y to be passed, but the target y is None: give the targets")
    if not is_sequences(X):
        x = table(X)
        steps = len(x.numbers)
        return [Samples(x, targets_of(y, steps), weights_of(w, steps))]
    weights = [None] * len(X) if w is None else w
    for name, given in (("y", y), ("sample_weight", weights)):
        try:
            many = len(given)
        except TypeError:  # one alone
            many = quoted(given)
        if many != len(X):
            raise InputError(
                f"X and {name} must have the same number of sequences, got {len(X)} and {many}"
            )
    return [found for each in zip(X, y, weights, strict=True) for found in samples(*each)]


def weights_together(found: Sequence[Samples]) -> np.ndarray:
    """The weights of all samples of some sequences, 1 where there are none."""
    return np.concatenate(
        [np.ones(len(each.x.numbers)) if each.w is None else each.w for each in found]
    )


def targets_of(y: Any, steps: int) -> np.ndarray | Several:
    """One target a step (steps,), or several; a single target is that of the last step alone.

    A column (steps, 1) is taken as (steps,). Columns without names are called 0, 1, 2 and so on.
    """
    # Lists become objects, since NumPy would make texts of numbers beside texts.
    try:
        found = np.asarray(unmasked(y), object if isinstance(y, list | tuple) else None)
    except ValueError:
        raise InputError("y must hold one target a sample: it is ragged") from None
    if found.ndim == 0:
        alone = np.full(steps, None, object)
        alone[-1:] = found
        return alone
    if found.ndim > 2 or found.shape[1:] == (0,):
        raise InputError(f"y must have shape ({steps},) or ({steps}, targets), got {found.shape}")
    if len(found) != steps:
        raise InputError(
            f"X and y must have the same number of samples, got {steps} and {len(found)}"
        )
    if found.ndim == 1:
        return found
    if found.shape[1] == 1:
        return found[:, 0]
    names = list(column_names(y) if hasattr(y, "columns") else range(found.shape[1]))
    if found.dtype.kind in "UT":
        raise InputError(
            f"y must have one class a sample, or numbers, got {found.shape[1]} texts a sample: "
            "learn each column by itself"
        )
    if found.dtype == object:  # by columns, so that a message names the one that holds no numbers
        columns = [
            real_numbers(f"target {quoted(k)}", each)
            for k, each in zip(names, found.T, strict=True)
        ]
        return Several(names, np.column_stack(columns))
    return Several(names, real_numbers("y", found))
