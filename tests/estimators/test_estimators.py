"""The estimators of streams: one sample or many, what state and gaps mean, what is refused."""

import copy
import pickle
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stream_samples import as_dicts, classes, compile_kernels, numbers

from longlag import InputError, LonglagError, LSTMClassifier, LSTMRegressor, citation
from longlag.estimators.scaling import MEAN

KINDS = {LSTMRegressor: numbers, LSTMClassifier: classes}


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def learned(kind, n=40, **parameters):
    """A model that has learned from n samples."""
    return kind(cells=3, **parameters).partial_fit(*KINDS[kind](1, n))


def bits(model):
    """Everything that a model has learned, to the bit."""
    if not model.features_:
        return model.get_params()
    *rest, tensors = model.state()
    return [*rest, *((name, array.tobytes()) for name, array in tensors.items())]


def no_room(*_):
    """In the place of `check_memory`."""
    raise InputError("no room")


def test_a_state_is_that_of_its_moment(kind):
    model = learned(kind, n=20)
    state = model.state()
    X, y = KINDS[kind](5, n=20)
    model.learn_many(X, y)
    again = kind.from_state(state)
    again.learn_many(X, y)
    assert bits(again) == bits(model)


# One sample or many.


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_numbers_have_the_same_bits_in_any_pieces(seed, cuts):
    X, y = numbers(seed)
    whole, pieces, single = (LSTMRegressor(cells=3, scaling=seed % 5 > 0) for _ in range(3))
    expected = whole.learn_many(X, y)
    cuts = sorted(cuts)
    parts = zip(np.split(X, cuts), np.split(y, cuts), strict=True)
    assert np.array_equal(np.concatenate([pieces.learn_many(*part) for part in parts]), expected)
    for t, x in enumerate(as_dicts(X)):
        assert single.predict_one(x) == expected[t]
        single.learn_one(x, y[t] if t % 2 or y[t] == y[t] else None)
    assert bits(whole) == bits(pieces) == bits(single)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_classes_have_the_same_bits_in_any_pieces(seed, cuts):
    X, y = classes(seed)
    whole, pieces, single = (LSTMClassifier(cells=3) for _ in range(3))
    expected = whole.learn_proba_many(X, y)
    named = pieces.learn_many(X[:20], y[:20]).tolist() + pieces.learn_many(X[20:], y[20:]).tolist()
    for t, x in enumerate(as_dicts(X)):
        answer = single.predict_proba_one(x)
        assert [answer.get(label, 0.0) for label in whole.classes_] == expected[t].tolist()
        assert single.predict_one(x) == named[t]
        single.learn_one(x, y[t])
    assert bits(whole) == bits(pieces) == bits(single)


# State.


def test_predicting_changes_nothing(kind):
    X, y = KINDS[kind](2)
    model = learned(kind)
    before = bits(model)
    model.predict(X)
    model.predict([X, X[:5]])
    model.score(X, y)
    model.predict_one({0: 1.0, "new": 2.0})
    if kind is LSTMClassifier:
        model.predict_proba(X)
    assert bits(model) == before


def test_predict_goes_on_where_learning_ended():
    X = numbers(2)[0]
    model = learned(LSTMRegressor)
    other = copy.deepcopy(model)
    expected = other.learn_many(X, np.full(len(X), np.nan))
    assert np.array_equal(model.predict(X), expected)
    model.learn_one(dict(enumerate(X[0])), None)  # the network takes the step all the same
    assert np.array_equal(model.predict(X[1:]), expected[1:])


def test_sequences_begin_with_the_state_cleared(kind):
    X, y = KINDS[kind](2)
    model = learned(kind)
    answers = model.predict([X[:10], X[10:]])
    model.reset()
    for answer, part in zip(answers, (X[:10], X[10:]), strict=True):
        assert np.array_equal(model.predict(part), answer)
    one = kind(cells=3).fit([X[:10], X[10:]], [y[:10], y[10:]])
    two = kind(cells=3).fit(X[:10], y[:10])
    if kind is LSTMClassifier:  # fit begins with the classes of all sequences
        two = kind(cells=3).partial_fit(X[:10], y[:10], classes=list(one.classes_))
    two.reset()
    two.partial_fit(X[10:], y[10:])
    assert bits(one) == bits(two)
    assert np.isfinite(one.score([X[:10], X[10:]], [y[:10], y[10:]]))


def test_one_target_of_a_sequence_is_that_of_its_last_step():
    X = np.nan_to_num(numbers(2)[0]).reshape(4, 10, 3)
    alone = LSTMRegressor(cells=3).fit(X, [1.0, 2.0, 3.0, 4.0])
    padded = np.full((4, 10), np.nan)
    padded[:, -1] = 1, 2, 3, 4
    assert bits(alone) == bits(LSTMRegressor(cells=3).fit(X, padded))
    named = LSTMClassifier(cells=3).fit(list(X), ["a", "b", "a", "b"])
    assert [answer.shape for answer in named.predict(X)] == [(10,)] * 4


def test_fit_forgets_and_repeats(kind):
    X, y = KINDS[kind](2)
    model = kind(cells=3, epochs=2)
    first = bits(model.fit(X, y))
    assert bits(model.fit(X, y)) == first
    once = kind(cells=3).fit(X, y)
    once.reset()
    once.partial_fit(X, y)
    assert np.array_equal(once.predict(X), model.predict(X))


# Features and classes.


class Frame:
    """What the estimators use of a data frame."""

    def __init__(self, names, rows):
        self.columns, self.rows = names, np.asarray(rows)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.rows, dtype)


def test_features_appear_and_vanish_as_columns_or_keys():
    generator = np.random.default_rng(0)
    frames = [
        Frame(names, generator.normal(size=(5, len(names))))
        for names in (["b", "a"], ["a", "d", "b", "c"], ["c"], ["a", 7, "b"])
    ]
    many, one = LSTMRegressor(cells=3), LSTMRegressor(cells=3)
    for frame in frames:
        many.learn_many(frame, frame.rows[:, 0])
        for row in frame.rows:
            one.learn_one(dict(zip(frame.columns, row, strict=True)), row[0])
    assert many.features_ == ["a", "b", "c", "d", 7]
    assert many.n_features_in_ == 5
    assert bits(many) == bits(one)


def test_columns_of_the_same_name_are_refused():
    with pytest.raises(InputError, match="the columns must have different names"):
        LSTMRegressor().learn_many(Frame(["a", "a"], [[1.0, 2.0]]), [1.0])


def test_an_unknown_feature_is_no_news_to_a_prediction():
    model = learned(LSTMRegressor)
    x = {0: 1.0, 1: 2.0, 2: 3.0}
    assert model.predict_one(x | {"new": 5.0}) == model.predict_one(x)
    model.learn_one(x | {"new": 5.0}, 100.0)
    assert model.features_ == [0, 1, 2, "new"]


def test_a_missing_feature_counts_as_its_mean():
    model = learned(LSTMRegressor)
    mean = model.state().tensors["scale.inputs"][MEAN].tolist()
    assert model.predict_one({0: mean[0], 1: 2.0}) == model.predict_one({1: 2.0})


def test_classes_of_all_types_and_none_before_the_first():
    model = LSTMClassifier(cells=3)
    assert model.predict_one({"a": 1}) is None
    assert model.predict_proba_one({"a": 1}) == {}
    for y in (True, None, 3, "text", np.int64(3), np.True_, 2.0):
        model.learn_one({"a": 1}, y)
    assert list(model.predict_proba_one({"a": 1})) == [True, 3, "text", 2.0]
    assert model.classes_.tolist() == [True, 3, "text", 2.0]
    many = LSTMClassifier(cells=3)
    assert many.learn_many([[1.0], [2.0], [1.0]], [None, "a", "b"]).tolist() == [None, None, "a"]


def test_a_number_is_predicted_from_the_first_sample_on():
    model = LSTMRegressor(cells=3)
    assert model.predict_one({"a": 1e6}) == 0.0
    model.learn_one({"a": 1e6}, 5e6)
    model.learn_one({"a": 2e6}, 5e6)
    assert model.predict_one({"a": 3e6}) == 5e6  # what has been constant is expected to stay


# Learning.


def test_a_pattern_in_time_is_learned():
    """The target is 1 two steps after an input of 1, which comes by chance; its variance is 1/4."""
    x = np.random.default_rng(0).integers(0, 2, 6000).astype(float)
    target = np.roll(x, 2)
    answers = LSTMRegressor().learn_many(x[:, None], target)[-1000:]
    # Of 8 seeds, the worst had 0.0023.
    assert np.mean((answers - target[-1000:]) ** 2) < 0.01
    named = LSTMClassifier().learn_many(x[:, None], target > 0)[-1000:]
    # Of 8 seeds, the worst had 0.998.
    assert np.mean(named == (target[-1000:] > 0)) > 0.98


def test_the_example_script_learns_across_its_break(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(Path(__file__).parents[2] / "examples/stream.py"), run_name="__main__")
    shares = re.findall(r"error (\S+) of", capsys.readouterr().out)
    assert float(shares[-1]) < 0.02  # it was 0.004


# What is refused.

ONE = {"a": 1.0}


class Raising:
    """Somebody else's object, which may raise anything."""

    def __float__(self):
        raise KeyError("odd")

    def __repr__(self):
        raise RuntimeError("odd")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda m: m.learn_one({"a": "1"}, 1), "feature 'a' begins with '1', a number as text"),
        (lambda m: m.learn_one({"a": [1]}, 1), r"feature 'a' must be a number, got \[1\]"),
        (lambda m: m.learn_one({"a": np.inf}, 1), "feature 'a' must be finite .*, got inf"),
        (lambda m: m.learn_one({"a": -1e101}, 1), "feature 'a' must be finite and below 1e"),
        (lambda m: m.learn_one({(1, 2): 1}, 1), "name of a feature must be a string or a whole"),
        (lambda m: m.learn_one({"a": "\ud800"}, 1), r"text that UTF-8 can write, got '.ud800'"),
        (lambda m: m.learn_one({"\ud800": 1}, 1), "the name of a feature must be text that UTF-8"),
        (
            lambda m: m.learn_one({2**63: 1}, 1),
            r"must be below 2\*\*63 .*, got 9223372036854775808",
        ),
        (lambda m: m.learn_one({"a": Raising()}, 1), "feature 'a' must be a number, got <Raising"),
        (lambda m: m.learn_many([[Raising()]], [1]), "X must hold real numbers: 'odd'"),
        (lambda m: m.learn_one([1.0], 1), "a sample must be a dict of features, got list"),
        (lambda m: m.learn_many([[1.0], [np.inf]], [1, 1]), "got inf in row 1, column 0"),
        (lambda m: m.learn_many([1.0, 2.0], [1, 1]), r"2-D array .* got shape \(2,\)"),
        (lambda m: m.learn_many([[b"a"], [b"b"]], [1, 1]), "X must hold real numbers"),
        (lambda m: m.learn_many([[1.0], [2.0]], [1]), "same number of samples, got 2 and 1"),
        (lambda m: m.learn_many([[1.0]], np.ones((1, 1, 1))), r"y must have shape \(1,\)"),
        (lambda m: m.learn_many([[[1.0]], [[1.0]]], [[1], [1]]), r"2-D array .* shape \(2, 1, 1\)"),
        (lambda m: m.fit([[[1.0]]], [[1], [1]]), "same number of sequences, got 1 and 2"),
        (lambda m: m.fit([[1.0]], [None]), "y must have a .* all are missing"),
        (lambda m: m.predict([[1.0]]), "has learned nothing yet"),
        (lambda m: m.save("x"), "has learned nothing yet"),
        (lambda m: m.set_params(sells=3), "Invalid parameter 'sells' .* known are cells"),
    ],
)
def test_bad_samples_are_refused_in_one_line(kind, act, message):
    model = kind(cells=3)
    before = bits(model)
    with pytest.raises(InputError, match=message) as refused:
        act(model)
    assert "\n" not in str(refused.value)
    assert bits(model) == before


def test_bad_targets_are_refused():
    with pytest.raises(InputError, match="target 'y' must be a number, got the text 'a'"):
        LSTMRegressor().learn_one(ONE, "a")
    with pytest.raises(InputError, match=r"y must hold finite numbers .* got inf at 1"):
        LSTMRegressor().learn_many([[1], [2]], [1, np.inf])
    with pytest.raises(InputError, match=r"Unknown label type: continuous, got 1.5"):
        LSTMClassifier().learn_one(ONE, 1.5)
    with pytest.raises(InputError, match=r"a class is a text, .*, got \(1, 2\)"):
        LSTMClassifier().learn_one(ONE, (1, 2))
    with pytest.raises(InputError, match=r"the text .up.: learn classes with"):
        LSTMRegressor().learn_one(ONE, "up")
    with pytest.raises(InputError, match="'up'; learn classes with LSTMClassifier"):
        LSTMRegressor().learn_many([[1.0]], ["up"])
    with pytest.raises(InputError, match=r"a class must be text that UTF-8 can write"):
        LSTMClassifier().learn_one(ONE, "\ud800")
    with pytest.raises(InputError, match=r"too large for floats to tell it from its neighbours"):
        LSTMClassifier().learn_one(ONE, 2.0**60)


def test_a_sample_without_any_of_several_targets_is_one_whose_target_is_missing():
    models = [LSTMRegressor(cells=1), LSTMRegressor(cells=1)]
    for model, missing in zip(models, ({}, None), strict=True):
        for y in (missing, {"u": 1.0}, missing, {"u": 2.0}):
            model.learn_one(ONE, y)
    assert bits(models[0]) == bits(models[1])


def test_large_whole_numbers_are_classes_of_their_own():
    model = LSTMClassifier(cells=1)
    labels = [2**53, 2**53 + 1, True, "1"]
    for label in labels:
        model.learn_one(ONE, label)
    assert model.classes_.tolist() == labels


def test_numbers_beyond_the_precision_of_the_network_are_refused_without_scaling():
    model = LSTMRegressor(cells=1, scaling=False)
    for x, y in (({"a": 1e50}, 1.0), (ONE, -1e50)):
        with pytest.raises(InputError, match=r"without scaling, float32 holds numbers up to 3.4e"):
            model.learn_one(x, y)
        assert model.inputs_ == []
    model.learn_one(ONE, 1.0)
    before = bits(model)
    for act in (
        lambda: model.learn_one({"a": 1.0, "b": 1e50}, 1.0),
        lambda: model.learn_many([[1e50]], [1.0]),
        lambda: model.predict_one({"a": -1e50}),
    ):
        with pytest.raises(InputError, match="without scaling"):
            act()
    assert bits(model) == before


def test_a_class_without_room_in_memory_leaves_the_model_as_it_was(monkeypatch):
    model = learned(LSTMClassifier)
    before = bits(model)

    monkeypatch.setattr("longlag.engine.stream_network.check_memory", no_room)
    for act in (
        lambda: model.learn_one({0: 1.0, 1: 1.0, 2: 1.0}, "another"),
        lambda: model.learn_many([[1.0, 2.0, 3.0]], ["another"]),
    ):
        with pytest.raises(InputError, match="no room"):
            act()
    assert bits(model) == before


def test_a_feature_without_room_in_memory_leaves_the_model_as_it_was(kind, monkeypatch):
    model = learned(kind)
    before = bits(model)

    with monkeypatch.context() as patch:
        patch.setattr("longlag.engine.stream_network.check_memory", no_room)
        with pytest.raises(InputError, match="no room"):
            model.learn_one({0: 1.0, "more": 1.0}, 1)
    assert bits(model) == before
    model.learn_one({0: 1.0, "more": 1.0}, 1)


def test_models_of_one_state_do_not_share_it(kind):
    state = learned(kind).state()
    kind.from_state(state).set_params(rate=0.5)
    assert kind.from_state(state).rate == state.parameters["rate"] == 0.003


def test_a_refused_sample_leaves_the_model_as_it_was(kind):
    model = learned(kind)
    before = bits(model)
    for X, y in (
        ([[1.0, 2.0, np.inf]], [1]),
        ([[1.0, 2.0]], [1]),
        ([[1.0, 2.0, 3.0]], [complex(1)]),
        ([[1.0, 2.0, 3.0]], [1, 2]),
    ):
        with pytest.raises(InputError):
            model.learn_many(X, y)
    assert bits(model) == before


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cells": 0}, "cells must be at least 1|cells must be from 1"),
        ({"cells": 8.0}, "cells must be a whole number"),
        ({"cells": 8, "block_size": 3}, "multiple of block_size, got 8 and 3"),
        ({"rule": "sgd"}, "rule must be one of .*rmsprop.*, got 'sgd'"),
        ({"rate": -1}, "rate must be a number"),
        ({"scaling": "no"}, "scaling must be True or False, got 'no'"),
        ({"epochs": 0}, "epochs must be from 1"),
        ({"seed": -1}, "seed must be from 0"),
        ({"dtype": "float16"}, "dtype must be one of 'float32', 'float64'"),
    ],
)
def test_bad_parameters_are_refused_when_learning_begins(kind, parameters, message):
    with pytest.raises(InputError, match=message):
        kind(**parameters).fit([[1.0], [2.0]], [1, 2])


def test_divergence_is_said():
    model = LSTMRegressor(scaling=False)
    with pytest.raises(LonglagError, match=r"diverged.* lower rate"):
        model.learn_many([[1e38]] * 3, [0.0] * 3)  # whose square is too large for float32
    with pytest.raises(InputError, match=r"diverged is not saved"):
        model.save("nowhere")


# As an object.


def test_it_says_what_to_cite():
    assert "Can Recurrent Neural Networks Warp Time?" in citation(LSTMRegressor())


def test_pickles_go_on_with_the_same_bits(kind):
    X, y = KINDS[kind](3)
    model = learned(kind)
    other = pickle.loads(pickle.dumps(model))
    assert np.array_equal(model.learn_many(X, y), other.learn_many(X, y))
    assert bits(model) == bits(other)
