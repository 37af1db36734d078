"""Classifiers that learn at several rates: the conventions of one that learns at one."""

import copy
import pickle

import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stream_samples import as_dicts, classes, compile_kernels

from longlag import FleetClassifier, InputError, LSTMClassifier, LSTMRegressor
from longlag.engine.stream_network import StreamNetwork

RATES = (0.003, 0.03)


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 39))
def test_a_stream_that_is_cut_saved_and_taken_one_by_one_has_the_same_bits(tmp_path, seed, cut):
    X, y = classes(seed)
    whole = LSTMClassifier(cells=3, rate=RATES)
    expected = whole.learn_proba_many(X, y)
    first = LSTMClassifier(cells=3, rate=list(RATES))
    first.learn_many(X[:cut], y[:cut])
    first.save(tmp_path / "first")
    second = LSTMClassifier.load(tmp_path / "first")
    assert second.rate == RATES
    for row, x, label in zip(expected[cut:], as_dicts(X[cut:]), y[cut:], strict=True):
        for each, share in second.predict_proba_one(x).items():
            assert share == row[whole.labels.index(each)]
        second.learn_one(x, label)
    whole.save(tmp_path / "whole")
    second.save(tmp_path / "second")
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "second").read_bytes()


def test_copies_go_on_alike():
    X, y = classes(1)
    model = LSTMClassifier(cells=3, rate=RATES)
    model.learn_many(X[:20], y[:20])
    model.predict_proba_one(next(as_dicts(X)))  # has memory for a row, which is not copied
    others = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    expected = model.learn_proba_many(X[20:], y[20:])
    for other in others:
        assert np.array_equal(other.learn_proba_many(X[20:], y[20:]), expected)


def test_a_feature_that_memory_has_no_room_for_in_one_network_leaves_all_as_they_were(monkeypatch):
    model = LSTMClassifier(cells=2, rate=(0.003, 0.03))
    model.learn_one({"a": 1.0}, "x")
    before, add, grown = model.stream.network.arrays(), StreamNetwork.add, []

    def add_to_the_first(network, **more):
        if grown:
            raise InputError("no room")
        grown.append(network)
        add(network, **more)

    with monkeypatch.context() as patch:
        patch.setattr(StreamNetwork, "add", add_to_the_first)
        with pytest.raises(InputError, match="no room"):
            model.learn_one({"a": 1.0, "b": 1.0}, "x")
    after = model.stream.network.arrays()
    assert after.keys() == before.keys()
    assert all(np.array_equal(after[name], before[name]) for name in before)
    model.learn_many(pandas.DataFrame({"a": [1.0, 2.0]}), ["x", "x"])


def test_the_better_rate_leads():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(2000, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    useless, good = 0.0, 0.01
    for rates in ((useless, good), (good, useless)):
        model = LSTMClassifier(cells=8, rate=rates)
        model.learn_many(X, y)
        assert rates[int(np.argmax(model.stream.network.shares))] == good


def test_rates_that_change_on_the_way():
    X, y = classes(2)
    model = LSTMClassifier(cells=3, rate=RATES)
    model.learn_many(X, y)
    model.set_params(rate=(0.0, 0.0))
    before = model.state().tensors
    model.learn_many(X, y)
    after = model.state().tensors
    for name in ("network.0.weights", "network.1.weights"):
        assert np.array_equal(before[name], after[name])
    model.set_params(rate=np.array(RATES)).learn_many(X, y)
    assert not np.array_equal(
        after["network.0.weights"], model.state().tensors["network.0.weights"]
    )


@pytest.mark.parametrize(
    ("begun", "rate", "line"),
    [
        (RATES, 0.01, r"rate must be 2 numbers, as when the stream began, got 0.01: set 2"),
        (RATES, (0.1, 0.2, 0.3), r"rate must be 2 numbers, .*, got \(0.1, 0.2, 0.3\): set 2"),
        (RATES, np.array([0.01, -1.0]), r"rate must be a number in .*, got -1"),
        (0.01, RATES, r"rate must be one number, as when the stream began, got .*: set one"),
        (0.01, np.array(np.nan), r"rate must be a number in .*, got nan"),
    ],
)
def test_a_rate_that_a_stream_cannot_take_is_refused_when_it_learns(begun, rate, line):
    X, y = classes(3)
    model = LSTMClassifier(cells=3, rate=begun).fit(X, y)
    before, answers = model.state().tensors, model.predict_proba(X)
    assert model.set_params(rate=rate).rate is rate  # as scikit-learn has it
    for learn in (
        lambda: model.learn_one(next(as_dicts(X)), y[0]),
        lambda: model.learn_many(X, y),
        lambda: model.partial_fit(X, y),
        lambda: model.partial_fit(X, y, classes=["another", *y]),
    ):
        with pytest.raises(InputError, match=line):
            learn()
    after = model.state().tensors
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert np.array_equal(model.predict_proba(X), answers)
    model.set_params(rate=begun).learn_many(X, y)
    model.set_params(rate=(0.1, 0.2, 0.3)).fit(X, y)  # which begins anew
    assert len(model.stream.network.shares) == 3


@pytest.mark.parametrize(
    ("rate", "line"),
    [
        ((), "rate must be one number or 2 to 8 of them"),
        ((0.1,), "rate must be one number or 2 to 8 of them"),
        ((0.1,) * 9, "rate must be one number or 2 to 8 of them"),
        ((0.1, "x"), "rate must be a number"),
        (np.array([0.1, np.nan]), "rate must be a number"),
    ],
)
def test_other_rates_are_refused_in_one_line(rate, line):
    model = LSTMClassifier(cells=3, rate=rate)
    with pytest.raises(InputError, match=line):
        model.learn_one({"a": 1.0}, "yes")


def test_numbers_and_fleets_have_one_rate():
    with pytest.raises(InputError, match=r"rate must be one number, .*: several are for classes"):
        LSTMRegressor(rate=RATES).learn_one({"a": 1.0}, 2.0)
    with pytest.raises(InputError, match=r"rate must be a number in .*, got \(0.003, 0.03\)"):
        FleetClassifier(rate=RATES)
