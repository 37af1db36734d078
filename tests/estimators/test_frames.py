"""Answers to the rows of a data frame are of its library; scikit-learn's methods give arrays."""

import datetime

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from support.stream_samples import compile_kernels, numbers

from longlag import LSTMClassifier, LSTMRegressor
from longlag.errors import InputError
from longlag.estimators.frames import in_kind
from longlag.fleet.fleet import answers_in_kind

LIBRARIES = pytest.mark.parametrize(
    ("made", "series", "frame"),
    [
        (pandas.DataFrame, pandas.Series, pandas.DataFrame),
        (polars.DataFrame, polars.Series, polars.DataFrame),
        (pyarrow.table, pyarrow.ChunkedArray, pyarrow.Table),
    ],
    ids=["pandas", "polars", "pyarrow"],
)


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(scope="module")
def samples():
    """Columns of numbers, and a target."""
    X, y = map(np.nan_to_num, numbers(2, n=40))
    return {f"x{i}": X[:, i] for i in range(X.shape[1])}, y


@LIBRARIES
def test_numbers_come_back_in_kind(made, series, frame, samples):
    columns, y = samples
    X = made(columns)
    model, arrays = LSTMRegressor(cells=4), LSTMRegressor(cells=4)
    expected = arrays.learn_many(np.column_stack(list(columns.values())), y)
    found = model.learn_many(X, y)
    assert isinstance(found, series)
    assert np.array_equal(np.asarray(found), expected)
    assert isinstance(model.predict_many(X), series)
    assert isinstance(model.predict(X), np.ndarray)
    assert np.array_equal(np.asarray(model.predict_many(X)), model.predict(X))


@LIBRARIES
def test_several_targets_and_probabilities_are_frames_with_names(made, series, frame, samples):
    columns, y = samples
    X = made(columns)
    several = LSTMRegressor(cells=4)
    found = several.learn_many(X, pandas.DataFrame({"level": y, "flow": -y}))
    assert isinstance(found, frame)
    assert list(getattr(found, "column_names", found.columns)) == ["level", "flow"]

    classifier = LSTMClassifier(cells=4)
    labels = np.where(y > 100, "high", "low").tolist()
    answers = classifier.learn_many(X, labels)
    assert isinstance(answers, series)
    assert answers[0] is None or str(answers[0]) in ("None", "nan")
    shares = classifier.predict_proba_many(X)
    assert isinstance(shares, frame)
    assert list(getattr(shares, "column_names", shares.columns)) == classifier.labels
    assert np.array_equal(np.asarray(shares), classifier.predict_proba(X))
    assert isinstance(classifier.predict_many(X), series)
    assert isinstance(LSTMClassifier(cells=4).learn_proba_many(X, labels), frame)


def test_pandas_keeps_its_index(samples):
    columns, y = samples
    days = pandas.date_range("2024-01-01", periods=len(y))
    X = pandas.DataFrame(columns, index=days)
    model = LSTMRegressor(cells=4)
    assert model.learn_many(X, pandas.Series(y, index=days)).index.equals(days)
    assert model.predict_many(X).index.equals(days)


@LIBRARIES
def test_the_column_that_is_not_numeric_is_named(made, series, frame):
    X = made({"level": [1.0, 2.0], "when": [datetime.datetime(2024, 1, 1)] * 2})
    with pytest.raises(InputError, match=r"'when' must be a number, got .*learn --time"):
        LSTMRegressor(cells=4).learn_many(X, [1.0, 2.0])
    Y = pandas.DataFrame({"level": [1.0, 2.0], "kind": ["a", "b"]})
    with pytest.raises(InputError, match="target 'kind' must hold real numbers"):
        LSTMRegressor(cells=4).learn_many(made({"level": [1.0, 2.0]}), Y)


def test_classes_of_pandas_may_be_missing(samples):
    columns, _ = samples
    X = pandas.DataFrame(columns)[:3]
    y = pandas.Series(["a", pandas.NA, "b"], dtype="string")
    assert LSTMClassifier(cells=4).fit(X, y).labels == ["a", "b"]


@LIBRARIES
@pytest.mark.parametrize(
    "values", [[1, None, 3, 3], [True, None, False, True], ["", None, "b", ""]]
)
def test_classes_with_a_gap_keep_their_kind(made, series, frame, values):
    """Also where the first answer is missing, as there was no class yet, or all answers are."""
    X, given = made({"a": [1.0, 2.0, 3.0, 4.0]}), made({"y": values})
    gapped = {"pandas": "Int64"} if type(values[0]) is int else {"pandas": "object"}
    if made is pandas.DataFrame:
        given = given.astype(gapped["pandas"])
    for y in (given, given["y"]):
        model = LSTMClassifier(cells=4)
        found = model.learn_many(X, y)
        assert set(map(type, model.labels)) == {type(values[0])}
        assert isinstance(found, series)
        plain = found.to_pylist() if hasattr(found, "to_pylist") else list(found)
        assert plain[0] is None or pandas.isna(plain[0])
        assert all(isinstance(each, (type(values[0]), np.integer, np.bool_)) for each in plain[1:])
    alone = LSTMClassifier(cells=4).learn_many(X[:1], given[:1])
    kind = str(getattr(alone, "dtype", getattr(alone, "type", None))).lower()
    assert kind.startswith({int: "int", bool: "bool", str: "str"}[type(values[0])]) or (
        made is pandas.DataFrame and type(values[0]) is str  # nothing but missing texts
    )


@LIBRARIES
def test_before_there_was_any_class_no_answer_names_one(made, series, frame):
    X, y = made({"a": [1.0, 2.0]}), made({"y": [None, None]})["y"]
    model = LSTMClassifier(cells=4)
    model.learn_many(X, y)
    found = model.predict_many(X)
    assert isinstance(found, series)
    assert [str(each) for each in found] == ["None", "None"]
    assert model.predict(X).tolist() == [None, None] == [model.predict_one({"a": 3.0})] * 2
    assert model.predict([X, X[:1]])[1].tolist() == [None]
    assert np.isnan(model.score(X, y))


@LIBRARIES
def test_one_of_several_targets_keeps_its_name_in_a_later_frame(made, series, frame, samples):
    columns, y = samples
    X, both, one = made(columns), made({"a": y, "b": -y}), made({"b": -y})
    model, expected = LSTMRegressor(cells=4), LSTMRegressor(cells=4)
    for each in (model, expected):
        each.learn_many(X, both)
    gaps = made({"a": np.full(len(y), np.nan), "b": -y})
    found = np.asarray(model.learn_many(X, one))
    np.testing.assert_array_equal(found, np.asarray(expected.learn_many(X, gaps)))
    assert model.labels == ["a", "b"]
    model.partial_fit(X, one)
    expected.partial_fit(X, gaps)
    assert model.score(X, one) == expected.score(X, gaps)
    with pytest.raises(InputError, match="several targets a sample, got one"):
        model.learn_many(X, y)
    # One target, whatever its column is called, is one target.
    single = LSTMRegressor(cells=4)
    for given in (one, made({"other": y}), y):
        assert isinstance(single.learn_many(X, given), series)
    assert single.labels == []


@pytest.mark.parametrize("kind", ["Float64", "Int64", "boolean"])
def test_targets_of_pandas_may_be_missing(kind):
    X = pandas.DataFrame({"a": [1.0, 2.0, 3.0]})
    y = pandas.DataFrame({"u": [1, None, 1], "v": [0, 1, None]}).astype(kind)
    plain = y.astype("Float64").to_numpy(float, na_value=np.nan)
    for given, expected in ((y, plain), (y["u"], plain[:, 0])):
        found = LSTMRegressor(cells=4).learn_many(X, given)
        np.testing.assert_array_equal(
            found, LSTMRegressor(cells=4).learn_many([[1.0], [2.0], [3.0]], expected)
        )


def test_a_single_target_that_has_a_name_takes_arrays_too(samples):
    columns, y = samples
    X = np.column_stack(list(columns.values()))
    model, other = LSTMRegressor(cells=4), LSTMRegressor(cells=4)
    for each in (model, other):
        each.learn_one(dict(enumerate(X[0])), {"level": y[0]})
    expected = other.learn_many(X[1:], pandas.DataFrame({"level": y[1:]}))
    np.testing.assert_array_equal(model.learn_many(X[1:], y[1:]), expected)
    assert expected.shape == (len(y) - 1, 1)


def test_classes_of_several_types_become_texts_in_a_column(samples):
    columns, _ = samples
    X = polars.DataFrame(columns)[:4]
    found = LSTMClassifier(cells=4).learn_many(X, [1, "a", 1, "a"])
    assert found.to_list()[0] is None
    assert {type(each) for each in found.to_list()[1:]} == {str}


@pytest.mark.parametrize("library", [pandas, polars])
def test_classes_that_are_written_alike_keep_a_column_each(library):
    X = library.DataFrame({"a": [1.0, 2.0, 3.0]})
    answers = in_kind(X, np.arange(6.0).reshape(3, 2), [1, "1"])
    assert answers.to_numpy().tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert library is polars or list(answers.columns) == [1, "1"]


@pytest.mark.parametrize(("y", "dtype"), [(1.0, polars.Float64), ("a", polars.String)])
def test_no_answers_are_a_column_of_their_type(y, dtype):
    """Columns of several calls can then be put together."""
    model = LSTMRegressor(cells=4) if y == 1.0 else LSTMClassifier(cells=4)
    model.learn_many(polars.DataFrame({"a": [1.0]}), [y])
    assert model.predict_many(polars.DataFrame({"a": [1.0]}).clear()).dtype == dtype


def test_no_answers_of_several_targets_with_intervals_come_back_in_kind():
    frame = answers_in_kind(pandas.DataFrame({"x": []}), np.zeros((0, 2, 3)), ["u", "v"])
    assert frame.shape == (0, 6)
