"""Answers in kind: those to the rows of a data frame are a series or a data frame of its library.

The methods that scikit-learn calls, `predict` and `predict_proba`, always return arrays, as all of
its estimators do: its metrics and meta-estimators index the columns of probabilities.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from longlag.estimators.categories import Name

ONE = "prediction"  #: name of a series


def in_kind(
    X: Any, answers: np.ndarray, names: Sequence[Name | float], classes: Iterable[Any] = ()
) -> Any:
    """Answers (n,) as a series like the data frame X, or (n, len(names)) as a data frame.

    They stay an array if X is none of a library that narwhals knows. pandas keeps the index of X.
    Classes of several types become texts, because a column holds one type; it is that of all
    `classes` that there may be, also where answers are missing.
    """
    if not hasattr(X, "columns"):
        return answers
    import narwhals  # at the first data frame

    frame = narwhals.from_native(X, eager_only=True, pass_through=True)
    if frame is X:
        return answers
    backend = frame.implementation
    if answers.ndim == 1:
        values = answers if answers.dtype.kind == "f" else answers.tolist()
        found = _series(values, {type(each) for each in classes}, backend)
    else:
        columns = dict(zip(_distinct(names), answers.T, strict=True))
        found = narwhals.from_dict(columns, backend=backend)
    native = found.to_native()
    if backend.is_pandas():
        native.index = X.index
        if answers.ndim == 2:
            native.columns = list(names)
    return native


def _series(values: Any, kinds: set[type], backend: Any) -> Any:
    """A series of values, None where one is missing, of these kinds if there are any."""
    import narwhals

    if kinds == {int, float}:  # a class is a whole number
        values, kinds = [None if each is None else int(each) for each in values], {int}
    if len(kinds) > 1:
        values, kinds = [None if each is None else str(each) for each in values], {str}
    types = {bool: narwhals.Boolean, int: narwhals.Int64, str: narwhals.String}
    dtype = types.get(*kinds) if kinds else None
    if not (dtype and (None in values or not len(values))):
        return narwhals.new_series(ONE, values, backend=backend)
    if backend.is_pandas():  # whose plain columns would be floats, or objects
        import pandas

        kind = {narwhals.Boolean: "boolean", narwhals.Int64: "Int64"}.get(dtype)
        native = pandas.Series(values, dtype=kind, name=ONE)  # type: ignore[call-overload]
        return narwhals.from_native(native, series_only=True)
    return narwhals.new_series(ONE, values, dtype, backend=backend)


def _distinct(names: Iterable[Name | float]) -> list[str]:
    """The names as texts that differ, as the class 1 and the class "1" must."""
    texts: list[str] = []
    for name in names:
        text = str(name)
        while text in texts:
            text += "_"
        texts.append(text)
    return texts
