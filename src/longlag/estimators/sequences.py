"""Samples in time order, as scikit-learn's methods take them: a stream, or a list of sequences."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.tables import Table, column_names, table, unmasked
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


_RAGGED = {list, tuple, np.ndarray}  #: in place of a target, where rows have several lengths


class Several(NamedTuple):
    """Several targets a sample, which have names."""

    names: list[Name]
    numbers: np.ndarray  #: (n, targets), NaN where one is missing; not yet checked by `targets_of`


class Samples(NamedTuple):
    """Those of one sequence, in time order."""

    x: Table  #: n samples
    y: Any  #: their targets, (n,) or `Several`
    w: np.ndarray | None  #: their weights (n,), None if all are 1


def samples(X: Any, y: Any, w: Any = None, *, named: bool = False) -> list[Samples]:
    """Each sequence of X with its targets; raises `InputError` for what does not fit together.

    `named` is as in `targets_of`.
    """
    if y is None:
        raise InputError("requires y to be passed, but the target y is None: give the targets")
    if not is_sequences(X):
        x = table(X)
        steps = len(x.numbers)
        return [Samples(x, targets_of(y, steps, named=named), weights_of(w, steps))]
    weights = [None] * len(X) if w is None else w
    for name, given in (("y", y), ("sample_weight", weights)):
        # The items of a data frame, a dict or a text are names and characters.
        if hasattr(given, "columns") or isinstance(given, str | bytes | Mapping | Set):
            raise InputError(
                f"{name} must be a list with one item for each sequence, got {quoted(given)}"
            )
        try:
            many = len(given)
        except TypeError:  # one alone
            many = quoted(given)
        if many != len(X):
            raise InputError(
                f"X and {name} must have the same number of sequences, got {len(X)} and {many}"
            )
    each_of = zip(X, y, weights, strict=True)
    return [found for each in each_of for found in samples(*each, named=named)]


def weights_together(found: Sequence[Samples]) -> np.ndarray:
    """The weights of all samples of some sequences, 1 where there are none."""
    each_of = [np.ones(len(each.x.numbers)) if each.w is None else each.w for each in found]
    return np.concatenate([np.zeros(0), *each_of])


def targets_of(y: Any, steps: int, *, named: bool = False) -> np.ndarray | Several:
    """One target a step (steps,), or several; a single target is that of the last step alone.

    A column (steps, 1) is taken as (steps,), unless it is that of a data frame where targets are
    `named`: then it is one of several. Columns without names are called 0, 1, 2 and so on.
    """
    # Lists become objects, since NumPy would make texts of numbers beside texts.
    try:
        found = np.asarray(unmasked(y), object if isinstance(y, list | tuple) else None)
        if found.dtype.kind == "f" and not isinstance(y, np.ndarray):
            found = _with_whole_numbers(y, found)
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
        if found.dtype == object and _RAGGED.intersection(map(type, found)):
            raise InputError("y must hold one target a sample: it is ragged")
        return found
    frame = hasattr(y, "columns")
    if found.shape[1] == 1 and not (named and frame):
        return found[:, 0]
    return Several(list(column_names(y) if frame else range(found.shape[1])), found)


def _with_whole_numbers(y: Any, found: np.ndarray) -> np.ndarray:
    """A column of Polars or PyArrow: as an array, its whole numbers are floats beside a gap."""
    if found.ndim == 0 or found.size != len(found) or not np.isnan(found).any():
        return found
    if hasattr(y, "columns"):
        import narwhals  # at the first data frame

        y = narwhals.from_native(y, eager_only=True)[:, 0]
    for to_list in ("to_list", "to_pylist"):
        if hasattr(y, to_list):
            values = getattr(y, to_list)()
            if any(type(each) is int for each in values):
                return np.array(values, object).reshape(found.shape)
    return found
