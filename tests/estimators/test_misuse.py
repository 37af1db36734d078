"""What estimators are given that they cannot take: one clear error, and a model as it was."""

import copy
import math
import pickle
import threading

import numpy as np
import pandas
import polars
import pytest

from longlag import (
    LSTM,
    Fleet,
    FleetClassifier,
    InputError,
    LSTMClassifier,
    LSTMRegressor,
    Network,
)
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import LonglagError

pytestmark = pytest.mark.usefixtures("default_kernels")


@pytest.mark.parametrize(
    "call",
    [
        lambda model: model.learn_many([[1.0], [1.0, 2.0]], [1.0, 2.0]),
        lambda model: model.learn_many([[1.0], [2.0]], [1.0, [2.0, 3.0]]),
        lambda model: model.fit([[[1.0], [2.0, 3.0]]], [1.0]),
        lambda model: model.learn_one({"a": 10**400}, 1),
        lambda model: model.learn_one({"a": 1.0}, 10**400),
        lambda model: model.learn_one({"a": 1.0}, "x" * 10**6),
        lambda model: model.learn_many([[10**400]], [1.0]),
        lambda model: model.set_params(cells=100_000).fit([[1.0]], [1.0]),
        lambda model: model.set_params(seed=10**28).fit([[1.0]], [1.0]),
        lambda model: model.set_params(epochs=10**28).learn_one({"a": 1.0}, 1.0),
        lambda model: model.learn_one({(1, 2): 1.0}, 1.0),
        lambda model: model.set_params(**{"n" * 10**5: 1}),
        lambda model: model.fit(np.zeros((2, 2, 2)), 1),
        lambda model: model.fit([[1.0]], [1.0]).save("x", notes=np.zeros(2)),
        lambda model: model.from_state({"parameters": {}}),
        lambda model: model.learn_many([{"a": 1.0}, {"a": 2.0}], [1.0, 2.0]),
        lambda model: model.fit(np.zeros((3, 2, 1)), pandas.DataFrame(np.eye(3))),
        lambda model: StreamNetwork(LSTM(2, 1)).learn_many([[1.0, 2.0], [3.0]], [[1.0], [2.0]]),
        lambda model: Network(LSTM(2, 1)).predict([[1.0, 2.0], [3.0]]),
    ],
)
def test_what_is_refused(call):
    model = LSTMRegressor(cells=2)
    with pytest.raises(InputError) as refused:
        call(model)
    assert len(str(refused.value)) < 1000
    assert "\n" not in str(refused.value)


NS = np.datetime64("2026-11-30", "ns")


@pytest.mark.parametrize(
    "value", [NS, np.timedelta64(5, "ns"), np.complex128(1 + 2j)], ids=["time", "span", "complex"]
)
def test_numpy_makes_no_numbers_of_what_is_none(value):
    """`float` and `item` do, the latter of times in nanoseconds."""
    regressor, classifier = LSTMRegressor(cells=2), LSTMClassifier(cells=2)
    for act in (
        lambda: regressor.learn_one({"a": value}, 1.0),
        lambda: regressor.learn_one({"a": 1.0}, value),
        lambda: regressor.learn_one({"a": 1.0}, {"level": value}),
        lambda: regressor.learn_one({value: 1.0}, 1.0),
        lambda: regressor.learn_many([[value, 1.0]], [1.0]),
        lambda: regressor.learn_many([[1.0]], [value]),
        lambda: classifier.learn_one({"a": 1.0}, value),
        lambda: classifier.learn_many([[1.0]], np.array([value])),
        lambda: classifier.learn_many([[1.0]], np.ma.MaskedArray([value], [False])),
        lambda: FleetClassifier().learn_many(["a"], [[1.0]], np.array([value])),
        lambda: Fleet().learn_many([value], [[1.0]], [1.0]),
    ):
        with pytest.raises(InputError):
            act()
    assert not regressor.begun
    assert not classifier.begun


@pytest.mark.parametrize("y", [["1.5"], [b"1.5"], pandas.Series(["1.5"], dtype="string")])
def test_texts_are_no_targets_even_where_they_read_as_numbers(y):
    with pytest.raises(InputError, match=r"y must hold real numbers, got b?'1\.5'; learn classes"):
        LSTMRegressor(cells=2).learn_many([[1.0]], y)


@pytest.mark.parametrize(
    "y", [pandas.DataFrame({"a": [0, 1], "b": [1, 0]}), {"a": 0, "b": 1}, "ab"]
)
def test_names_are_no_targets_of_sequences(y):
    X = np.zeros((2, 3, 1))
    with pytest.raises(InputError, match="y must be a list with one item for each sequence, got"):
        LSTMClassifier(cells=2).fit(X, y)
    with pytest.raises(InputError, match="sample_weight must be a list with one item for each"):
        LSTMClassifier(cells=2).fit(X, [0, 1], y)


@pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])
def test_no_sequences_have_no_score(kind):
    model = kind(cells=2).fit(np.zeros((2, 3, 1)), [0, 1])
    assert math.isnan(model.score(np.zeros((0, 3, 1)), []))


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        ([2, "a", 1], [1, 2, "a"]),
        ({"b", "a"}, ["a", "b"]),
        (np.array([2, 1]), [1, 2]),
        (polars.Series(["b", None, "a"]), ["a", "b"]),
    ],
)
def test_classes_to_come_are_of_their_own_types(classes, labels):
    model = LSTMClassifier(cells=2).partial_fit([[1.0]], [labels[0]], classes)
    assert list(map(repr, model.labels)) == list(map(repr, labels))


@pytest.mark.parametrize("classes", ["ab", 3, [["a", "b"]], np.array([NS])])
def test_classes_to_come_that_are_none(classes):
    model = LSTMClassifier(cells=2)
    with pytest.raises(InputError, match=r"a list of classes, got|a class is a text"):
        model.partial_fit([[1.0]], ["a"], classes)
    assert not model.begun


def test_a_table_of_other_columns_is_not_answered():
    model = LSTMRegressor(cells=2).fit(np.eye(3), [1.0, 2.0, 3.0])
    frame = pandas.DataFrame(np.eye(3), columns=["a", "b", "c"])
    with pytest.raises(InputError, match=r"none of the features that were learned from.*'a'"):
        model.predict(frame)
    assert len(model.predict(frame.rename(columns={"a": 0}))) == 3
    assert model.predict_one({"a": 1.0}) == model.predict_one({})  # a sample may have none of them


@pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])
def test_what_a_mask_hides_is_missing(kind):
    rng = np.random.default_rng(1)
    X, y, hidden = rng.normal(size=(30, 2)), rng.integers(0, 3, 30), rng.random((30, 3)) < 0.3
    given = X.copy()
    given[hidden[:, :2]] = np.nan
    targets = [None if gap else each for gap, each in zip(hidden[:, 2], y.tolist(), strict=True)]
    expected = kind(cells=2).learn_many(given, targets)
    X[hidden[:, :2]] = -999.0
    masked = np.ma.MaskedArray(X, hidden[:, :2]), np.ma.MaskedArray(y, hidden[:, 2])
    np.testing.assert_array_equal(kind(cells=2).learn_many(*masked), expected)


def test_a_text_that_a_mask_hides_is_missing():
    hidden = np.ma.MaskedArray(["a", "b", "c"], [False, True, False])
    classifier, regressor = LSTMClassifier(cells=2), LSTMRegressor(cells=2)
    classifier.learn_many(np.zeros((3, 1)), hidden)
    regressor.learn_many(hidden[:, None], np.zeros(3))
    assert classifier.labels == ["a", "c"]
    assert regressor.inputs_ == [(0, "a"), (0, "c")]


def test_what_a_mask_hides_is_missing_from_a_sequence_too():
    target = np.ma.MaskedArray([[1], [9], [3]], [[False], [True], [False]])
    gaps = np.array([[1.0], [np.nan], [3.0]])
    networks = [Network(LSTM(2, 1), seed=1) for _ in range(2)]
    for network, given in zip(networks, (target, gaps), strict=True):
        network.learn(np.ones((3, 2)), given)
    expected, found = (network.predict(np.ones((3, 2))).tolist() for network in networks)
    assert found == expected
    with pytest.raises(InputError, match=r"x must be finite, got nan at \(1, 0\)"):
        networks[0].predict(np.ma.MaskedArray(np.ones((3, 2)), np.eye(3, 2, -1)))


def test_a_frame_that_is_not_computed_is_refused_in_one_line():
    with pytest.raises(InputError, match=r"not computed: give X\.collect\(\)"):
        LSTMRegressor(cells=2).learn_many(polars.LazyFrame({"a": [1.0]}), [1.0])
    with pytest.raises(InputError, match="one class a sample, got 2: take a classifier for each"):
        LSTMClassifier(cells=2).learn_many([[1.0]], np.array([["a", "b"]]))


@pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])
def test_an_array_does_not_say_which_of_several_features_a_column_is(kind):
    X, y = np.random.default_rng(1).normal(size=(9, 2)), [0, 1, 0] * 3
    model = kind(cells=2)
    model.learn_many(polars.DataFrame(X, schema=["t", "h"]), y)  # h is the first, by the alphabet
    before = model.predict_one({"t": 1.0, "h": 2.0})
    for call in (model.predict, model.predict_many, lambda X: model.learn_many(X, y)):
        with pytest.raises(
            InputError, match="X has no names of columns, but features are known by"
        ):
            call(X)
    assert model.predict_one({"t": 1.0, "h": 2.0}) == before
    single = kind(cells=2)
    single.learn_many(polars.DataFrame(X[:, :1], schema=["t"]), y)
    assert len(single.predict(X[:, :1])) == 9  # one column can only be that one


def test_a_copy_is_independent_and_pickles():
    model = LSTMRegressor(cells=2)
    model.learn_one({"a": 1.0}, 1.0)
    other = copy.copy(model)
    other.learn_one({"a": 2.0}, -1.0)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict_one({"a": 2.0}) == model.predict_one({"a": 2.0})
    assert other.predict_one({"a": 2.0}) != model.predict_one({"a": 2.0})


@pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])
def test_a_second_thread_is_refused_and_the_model_stays_sound(kind):
    model, refused, begin = kind(cells=2), [], threading.Barrier(8)

    def learn(thread):
        begin.wait()
        for t in range(200):
            try:
                model.learn_one({"a": 1.0, f"{thread} {t % 20}": 2.0}, t % 3)
            except LonglagError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=learn, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all("another thread is using this estimator" in message for message in refused)
    assert len(model.features_) == model.n_features_in_ == model.stream.network.learner.inputs
    model.learn_one({"a": 1.0, "new": 3.0}, 1)
    assert np.isfinite(model.stream.network.arrays()["weights"]).all()


def test_a_thread_that_waits_for_another_is_told():
    model = LSTMRegressor(cells=2)
    model.learn_one({"a": 1.0}, 1.0)
    with model._turn:
        found = []

        def predict():
            with pytest.raises(LonglagError, match="another thread is using this estimator"):
                model.predict_one({"a": 1.0})
            found.append(True)

        thread = threading.Thread(target=predict)
        thread.start()
        thread.join()
    assert found
    model.predict_one({"a": 1.0})
