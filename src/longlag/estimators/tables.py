"""Samples as people have them: arrays, lists, data frames and dicts, of numbers and of texts."""

import datetime
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from longlag.errors import LARGEST, InputError
from longlag.estimators.categories import Name
from longlag.quoting import quoted

WHOLE = 2**63  #: whole numbers as names are smaller

#: Scalars of NumPy that `float` makes numbers of, though they are none.
_NO_NUMBERS = np.complexfloating, np.datetime64, np.timedelta64
_TIMES = datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64
_OF_TIMES = (
    "leave it out, or give numbers such as the hour and the weekday, which `longlag learn --time` "
    "makes by itself"
)


class Table(NamedTuple):
    """Samples (n, columns): a column holds numbers, or texts."""

    names: list[Name] | None  #: of the columns, None where they have none
    numbers: np.ndarray  #: (n, columns), NaN where one is missing, and in columns of texts
    texts: dict[int, list[str]]  #: of the columns that hold any: n texts, "" where one is missing
    declared: frozenset[int] = frozenset()  #: columns that say that they are categories


def table(X: Any) -> Table:
    """The samples in a 2-D array, in a list of rows or in a data frame.

    Raises `InputError` for anything but real numbers and texts, None or NaN where one is missing,
    and for a column that holds both numbers and texts.
    """
    if hasattr(X, "toarray"):
        raise InputError("X must be a dense array, got a sparse one: give X.toarray()")
    if hasattr(X, "collect"):
        raise InputError("X must be a data frame, got one that is not computed: give X.collect()")
    found = _of_frame(X) if hasattr(X, "columns") else _of_array(X)
    large = np.argwhere(np.abs(found.numbers) > LARGEST)
    if len(large):
        t, i = large[0].tolist()
        raise InputError(
            f"X must hold finite numbers below {LARGEST:g}, or NaN where one is missing, "
            f"got {found.numbers[t, i]} in row {t}, column {i}"
        )
    return found


def check_sample(x: Any) -> None:
    """Raise `InputError` unless x is a dict."""
    if not isinstance(x, Mapping):
        raise InputError(f"a sample must be a dict of features, got {type(x).__name__}")


def sample(x: Mapping[Any, Any]) -> Table:
    """The one sample in a dict; raises `InputError` for what is neither number nor text."""
    numbers, texts = [], {}
    for i, (name, value) in enumerate(x.items()):
        if isinstance(value, str):
            check_savable(f"feature {quoted(name)}", value)
            texts[i] = [str(value)]
        numbers.append(math.nan if i in texts else real_number("feature", name, value))
    return Table(checked_names("feature", x), np.array([numbers]), texts)


def real_number(kind: str, name: Any, value: Any) -> float:
    """A value as a number, NaN if it is missing; raises `InputError` if it is no finite number."""
    if type(value) is float and -LARGEST <= value <= LARGEST:  # nearly always
        return value
    if value is None:
        return math.nan
    classes = "learn classes with LSTMClassifier or FleetClassifier"
    remedy = classes if kind == "target" else "encode it"
    if isinstance(value, str | bytes):
        raise InputError(
            f"{kind} {quoted(name)} must be a number, got the text {quoted(value)}: {remedy}"
        )
    try:
        if isinstance(value, _NO_NUMBERS):
            raise TypeError
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    except Exception:  # a class of somebody else may raise anything
        if is_pandas_na(value):
            return math.nan
        if isinstance(value, _TIMES):
            remedy = _OF_TIMES
        raise InputError(
            f"{kind} {quoted(name)} must be a number, got {quoted(value)}: {remedy}"
        ) from None
    if abs(number) > LARGEST:
        raise InputError(
            f"{kind} {quoted(name)} must be finite and below {LARGEST:g}, got {number}"
        )
    return number


def real_numbers(name: str, values: Any) -> np.ndarray:
    """An array of float64; None and pandas' NA become NaN.

    Raises `InputError` for what are no real numbers.
    """
    try:
        array = np.asarray(unmasked(values))
    except ValueError:
        raise InputError(f"{name} must have rows of one length: it is ragged") from None
    if array.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {name} must hold real numbers")
    if array.dtype.kind not in "fiubO":
        remedy = f": {_OF_TIMES}" if array.dtype.kind in "Mm" else ""
        raise InputError(f"{name} must hold real numbers, got dtype {array.dtype}{remedy}")
    remedy = "; learn classes with LSTMClassifier or FleetClassifier" if name == "y" else ""
    for value in array.flat if array.dtype == object else ():
        if isinstance(value, (str, bytes, *_NO_NUMBERS)):  # NumPy would make numbers of them
            raise InputError(f"{name} must hold real numbers, got {quoted(value)}{remedy}")
    try:
        return np.ascontiguousarray(array, np.float64).reshape(array.shape)
    except Exception as error:  # objects of somebody else may raise anything
        gaps = [is_pandas_na(value) for value in array.flat]
        if any(gaps):
            return real_numbers(name, np.where(np.reshape(gaps, array.shape), math.nan, array))
        raise InputError(f"{name} must hold real numbers: {error}{remedy}") from None


def unmasked(values: Any) -> Any:
    """Without a mask: what it hides becomes NaN, or None among texts and objects; times stay."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.dtype.kind in "mM":
        return values.data
    if values.dtype.kind in "fiub":
        return np.ma.filled(values.astype(np.float64), math.nan)
    found = np.array(values.data, object)
    found[np.ma.getmaskarray(values)] = None  # `filled(None)` fills in the default, the text "?"
    return found


def _of_array(X: Any) -> Table:
    try:
        array = np.asarray(unmasked(X))
        if isinstance(X, list | tuple) and array.dtype.kind == "U":
            array = np.asarray(X, object)  # NumPy has made texts of the numbers beside texts
    except ValueError:
        raise InputError("X must have rows of one length: it is ragged") from None
    if array.ndim == 1 and len(array) and isinstance(array[0], Mapping):
        raise InputError("X must be rows or a data frame, got dicts: make a data frame of them")
    if array.ndim != 2:
        raise InputError(
            f"X must be a 2-D array with a row per sample, got shape {array.shape}: Reshape your "
            "data, X.reshape(-1, 1) if it has one feature, X.reshape(1, -1) if it is one sample"
        )
    if array.shape[1] == 0:
        raise InputError(
            f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required: give X columns"
        )
    if array.dtype.kind in "UT" or (array.dtype == object and _any_text(array.ravel())):
        return _joined(None, [_of_objects(i, array[:, i].tolist()) for i in range(array.shape[1])])
    return Table(None, real_numbers("X", array), {})


def _of_frame(X: Any) -> Table:
    import narwhals  # at the first data frame

    names = column_names(X)
    frame = narwhals.from_native(X, eager_only=True, pass_through=True)
    if frame is X or not names:  # of a library that narwhals does not know
        return _of_array(np.asarray(X))._replace(names=names)
    types = list(frame.schema.values())
    if all(each.is_numeric() or each == narwhals.Boolean for each in types):
        return Table(names, real_numbers("X", frame.to_numpy()), {})
    columns, declared = [], []
    for i, (name, kind) in enumerate(zip(names, types, strict=True)):
        column = frame[:, i]
        if kind.is_numeric() or kind == narwhals.Boolean:
            columns.append((real_numbers(f"column {quoted(name)}", column.to_numpy()), None))
        elif kind in (narwhals.Categorical, narwhals.Enum):
            missing = column.is_null().to_list()
            texts = map(str, column.to_list())
            found = [None if gap else text for gap, text in zip(missing, texts, strict=True)]
            columns.append(_of_objects(name, found))
            declared.append(i)
        else:
            columns.append(_of_objects(name, column.to_list()))
    return _joined(names, columns)._replace(declared=frozenset(declared))


def column_names(frame: Any) -> list[Name]:
    """The names of the columns of a data frame; raises `InputError` unless they are different."""
    # The columns of PyArrow are no names.
    names = checked_names("feature", getattr(frame, "column_names", frame.columns))
    if len(set(names)) < len(names):
        raise InputError(f"the columns must have different names, got {quoted(names)}")
    return names


def check_unnamed(known: Sequence[Name]) -> None:
    """Raise `InputError` for columns without names beside features that several names tell apart.

    The order of these is chance, that of the columns is not.
    """
    if sum(isinstance(name, str) for name in known) > 1:
        raise InputError(
            "X has no names of columns, but features are known by names, "
            f"{quoted(list(known))}: give a data frame, or samples, with these names"
        )


def checked_names(kind: str, names: Iterable[Any]) -> list[Name]:
    """Names, of a feature or a target, as plain Python values.

    Raises `InputError` unless they are texts or whole numbers.
    """
    found = list(map(single, names))
    for name in found:
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise InputError(
                f"the name of a {kind} must be a string or a whole number, got {quoted(name)}"
            )
        check_savable(f"the name of a {kind}", name)
    return found


def single(value: Any) -> Any:
    """A scalar of NumPy, or an array without dimensions, as a Python value; all else as it is.

    Times stay as they are: NumPy makes whole numbers of those in nanoseconds.
    """
    scalar = isinstance(value, np.generic | np.ndarray) and not value.ndim
    return value.item() if scalar and value.dtype.kind not in "mM" else value


def items(array: np.ndarray) -> list[Any]:
    """The items of an array (n, ...) as Python values, except for times, as in `single`."""
    return list(array) if array.dtype.kind in "mM" else array.tolist()


def listed(values: Any) -> list[Any] | None:
    """The items of a list, an array or a column of a data frame, some of them `single` perhaps.

    None for anything else, such as a set, whose items are in no order, or one text.
    """
    if isinstance(values, np.ndarray) and values.ndim:
        return items(values)
    for to_list in ("tolist", "to_list", "to_pylist"):  # NumPy and pandas, Polars, PyArrow
        if hasattr(values, to_list):
            found = getattr(values, to_list)()
            return found if isinstance(found, list) else None  # an array without dimensions
    no_list = isinstance(values, str | bytes) or not isinstance(values, Sequence)
    return None if no_list else list(values)


def check_savable(what: str, value: object) -> None:
    """Raise `InputError` for a text or a whole number that a saved model could not hold."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"{what} must be text that UTF-8 can write, got {quoted(value)}: decode its bytes "
                'with errors="replace"'
            ) from None
    if isinstance(value, int) and not -WHOLE <= value < WHOLE:
        raise InputError(
            f"{what} must be below 2**63 if it is a whole number, got {quoted(value)}: use a text"
        )


def _joined(
    names: list[Name] | None, columns: Sequence[tuple[np.ndarray, list[str] | None]]
) -> Table:
    texts = {i: found for i, (_, found) in enumerate(columns) if found is not None}
    return Table(names, np.column_stack([numbers for numbers, _ in columns]), texts)


def _of_objects(name: Any, values: list[Any]) -> tuple[np.ndarray, list[str] | None]:
    """The numbers of a column, and its texts, if it holds any."""
    if not _any_text(values):
        numbers = [real_number("feature", name, value) for value in values]
        return np.array(numbers, np.float64), None
    for t, value in enumerate(values):
        if not isinstance(value, str) and not math.isnan(real_number("feature", name, value)):
            raise InputError(
                f"feature {quoted(name)} must hold either numbers or texts, got both: "
                f"{quoted(value)} in row {t}"
            )
    texts = [str(value) if isinstance(value, str) else "" for value in values]
    check_savable(f"feature {quoted(name)}", "".join(set(texts)))
    return np.full(len(values), math.nan), texts


def _any_text(values: Any) -> bool:
    return any(isinstance(value, str) for value in values)


def is_pandas_na(value: Any) -> bool:
    """Whether a value is pandas' NA, which is equal to nothing."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is pandas.NA
