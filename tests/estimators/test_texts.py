"""Texts among the features: categories, in samples, lists, arrays and data frames alike."""

import copy
import pickle

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stream_samples import compile_kernels, numbers

from longlag import InputError, LSTMClassifier, LSTMRegressor
from longlag.estimators.categories import LIMIT, Categories
from longlag.estimators.saving import read

WINDS = ("N", "S", "calm", None)


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


def weather(seed, n=30):
    """Samples with a text that is missing in the first one, and targets."""
    generator = np.random.default_rng(seed)
    X, y = numbers(seed, n, features=1)
    winds = [None, *generator.choice(WINDS, n - 1)]
    return [{"a": float(a), "wind": wind} for a, wind in zip(X[:, 0], winds, strict=True)], y


def states(model):
    return {name: array.tobytes() for name, array in model.state().tensors.items()}


@pytest.fixture(scope="module")
def expected():
    """What a model answers and becomes that is given one sample after the other."""
    model, answers = LSTMRegressor(cells=2), []
    samples, y = weather(0)
    for x, target in zip(samples, y, strict=True):
        answers.append(model.predict_one(x))
        model.learn_one(x, target)
    return model, answers


FRAMES = {
    "texts": lambda frame: frame,
    "objects": lambda frame: frame.astype({"wind": object}),
    "nullable texts": lambda frame: frame.astype({"wind": "string"}),
    "categorical": lambda frame: frame.astype({"wind": "category"}),
    "nullable numbers": lambda frame: frame.astype({"a": "Float64"}),
    "arrow": pyarrow.Table.from_pandas,
    "polars": polars.from_pandas,
    "polars categorical": lambda frame: polars.from_pandas(frame.astype({"wind": "category"})),
}


@pytest.mark.parametrize("made", FRAMES.values(), ids=FRAMES)
def test_data_frames_have_the_bits_of_single_samples(expected, made):
    samples, y = weather(0)
    model = LSTMRegressor(cells=2)
    answers = model.learn_many(made(pandas.DataFrame(samples)), y)
    assert np.asarray(answers).tolist() == expected[1]
    assert states(model) == states(expected[0])
    assert model.inputs_ == expected[0].inputs_
    assert model.features_ == ["a", "wind"]
    assert model.n_features_in_ == 2


@pytest.mark.parametrize("made", [list, np.array], ids=["list", "array"])
def test_rows_without_names_have_the_same_bits(expected, made):
    samples, y = weather(0)
    rows = [[x["a"], x["wind"]] for x in samples]
    model = LSTMRegressor(cells=2)
    rows = rows if made is list else np.array(rows, object)
    assert model.learn_many(rows, y).tolist() == expected[1]
    assert model.features_ == [0, 1]
    assert states(model) == states(expected[0])


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), cut=st.integers(1, 29), kind=st.sampled_from(["r", "c"]))
def test_cut_saved_loaded_copied_and_pickled_with_the_same_bits(tmp_path, seed, cut, kind):
    samples, y = weather(seed)
    frame = pandas.DataFrame(samples)
    if kind == "c":
        y = [None if np.isnan(each) else WINDS[int(each) % 3] for each in y]
    estimator = LSTMClassifier if kind == "c" else LSTMRegressor
    whole, first = estimator(cells=2), estimator(cells=2)
    learn = "learn_proba_many" if kind == "c" else "learn_many"
    expected = getattr(whole, learn)(frame, y)
    getattr(first, learn)(frame[:cut], y[:cut])
    first.save(tmp_path / "first")
    whole.save(tmp_path / "whole")
    loaded = estimator.load(tmp_path / "first")
    for second in (loaded, copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        found = getattr(second, learn)(frame[cut:], y[cut:])
        assert np.array_equal(found, expected[cut:])
        second.save(tmp_path / "second")
        assert (tmp_path / "second").read_bytes() == (tmp_path / "whole").read_bytes()


def test_fit_and_predict_take_sequences_with_texts():
    samples, y = weather(0)
    frame = pandas.DataFrame(samples)
    model = LSTMRegressor(cells=2).fit([frame[:15], frame[15:]], [y[:15], y[15:]])
    first, second = model.predict([frame[:15], frame[15:]])
    assert (first.shape, second.shape) == ((15,), (15,))
    assert np.isfinite(model.score(frame, y))


def test_a_text_that_is_not_known_is_none_of_the_known_ones(expected):
    model = copy.deepcopy(expected[0])
    before = states(model)
    new = model.predict_one({"a": 1.0, "wind": "new"})
    assert new == model.predict_one({"a": 1.0, "wind": "newer", "more": "text"})
    assert new != model.predict_one({"a": 1.0, "wind": None}) == model.predict_one({"a": 1.0})
    assert states(model) == before
    assert model.learn_many(pandas.DataFrame([{"a": 1.0, "wind": "new"}]), [2.0]).to_list() == [new]
    assert model.inputs_[-1] == ("wind", "new")


class Counted(str):
    """A text that counts how often it is compared."""

    times = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Counted.times += 1
        return str.__eq__(self, other)


def test_a_column_of_names_takes_a_time_that_grows_with_its_rows():
    column = [Counted(n % 1000) for n in range(2000)]
    assert Categories(["id"])._first_rows([column]) == set(range(LIMIT + 1))
    assert Counted.times < 10 * len(column)


def test_values_beyond_the_limit_share_an_input():
    model = LSTMRegressor(cells=1)
    values = [f"v{n}" for n in range(LIMIT + 8)]
    model.learn_many([[value] for value in values], np.arange(len(values)))
    assert model.inputs_ == [*((0, value) for value in values[:LIMIT]), (0, "")]
    assert model.n_features_in_ == 1
    assert model.predict_one({0: "v39"}) == model.predict_one({0: "never seen"})
    assert model.predict_one({0: "v39"}) != model.predict_one({0: "v1"})


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ({"a": "text"}, "feature 'a' has held numbers so far, and now holds 'text'"),
        ({"wind": 3}, r"feature 'wind' has held texts so far, and now holds 3\.0"),
        ({"n": "3.5"}, r"feature 'n' begins with '3\.5', a number as text"),
        ({"n": "-0,25"}, "feature 'n' begins with '-0,25', a number as text"),
        ({"n": "1.234,5"}, "feature 'n' begins with '1.234,5', a number as text"),
        ({"n": "1,234.5"}, "feature 'n' begins with '1,234.5', a number as text"),
        ({("wind", "N"): 1.0}, "name of a feature must be a string or a whole number"),
        ({"wind": b"N"}, "feature 'wind' must be a number, got the text b'N'"),
    ],
)
def test_what_is_refused_before_anything_changes(expected, x, message):
    model = copy.deepcopy(expected[0])
    before = states(model)
    for call in (model.predict_one, lambda x: model.learn_one(x, 1.0)):
        with pytest.raises(InputError, match=message):
            call(x)
    with pytest.raises(InputError, match="features are named" if "named" in message else "feature"):
        model.learn_many(pandas.DataFrame([{"a": 0.0, "wind": "N"} | x]), [1.0])
    assert states(model) == before
    assert model.features_ == ["a", "wind"]


@pytest.mark.parametrize("text", ["10.0.0.1", "1,2,3", "3, 5", "v1,5", "2024-01"])
def test_texts_that_only_begin_like_numbers_are_categories(text):
    model = LSTMRegressor(cells=2)
    model.learn_one({"a": text}, 1.0)
    assert model.inputs_ == [("a", text)]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([["N"], [2.0]], "feature 0 must hold either numbers or texts, got both: 2.0 in row 1"),
        (np.array([["N", "1.0"]] * 2), "feature 1 begins with '1.0', a number as text"),
        ([[[1.0], [2.0]], [["N"], ["S"]]], "feature 0 has held numbers so far"),
        (pandas.DataFrame({"t": pandas.date_range("2020", periods=2)}), "must be a number, got"),
        (pandas.DataFrame([[1, 2]] * 2, columns=["a", "a"]), "must have different names"),
        (pandas.DataFrame({("a", "b"): [1, 2]}), "name of a feature must be a string"),
        ([{"a": 1.0}, {"a": 2.0}], "got dicts: make a data frame of them"),
    ],
)
def test_tables_that_are_refused(X, message):
    model = LSTMRegressor(cells=1)
    with pytest.raises(InputError, match=message) as refused:
        model.partial_fit(X, [1.0, 2.0])
    assert "\n" not in str(refused.value)
    assert not model.features_


def test_numbers_that_say_that_they_are_categories():
    frame = pandas.DataFrame({"code": pandas.Categorical([7, 11, None])})
    model = LSTMRegressor(cells=1).partial_fit(frame, [1.0, 2.0, 3.0])
    assert model.inputs_ == [("code", "7"), ("code", "11")]


@pytest.mark.parametrize(
    ("inputs", "blank"),
    [
        (["a", ("a", "N")], []),
        ([("a", "N"), ("a", "N")], []),
        (["a", ("a", "")], ["a"]),
        (["a", ("b", "N")], ["c"]),
        ([("a", str(n)) for n in range(LIMIT + 1)], []),
    ],
)
def test_a_state_that_cannot_be_is_refused(tmp_path, inputs, blank):
    model = LSTMRegressor(cells=1)
    model.stream_of([f"n{i}" for i in range(len(inputs))])
    model.save(tmp_path / "model")
    state = read(tmp_path / "model").state._replace(inputs=inputs, blank=blank)
    with pytest.raises(InputError):
        LSTMRegressor.from_state(state)


def test_categories_of_numbers_take_plain_numbers_later():
    frame = pandas.DataFrame(
        {"code": pandas.Categorical([1, 2, 1]), "open": pandas.Categorical([True, False, True])}
    )
    model = LSTMRegressor(cells=1)
    model.learn_many(frame, [1.0, 2.0, 3.0])
    known = list(model.inputs_)
    model.learn_one({"code": 2, "open": False}, 1.0)
    model.learn_many(pandas.DataFrame({"code": [1, 2], "open": [True, False]}), [1.0, 2.0])
    assert model.inputs_ == known
    model.learn_one({"code": 3, "open": None}, 1.0)
    assert model.inputs_ == [*known, ("code", "3")]
