"""Parameters of estimators: NumPy values are taken alike; learning refuses bad ones.

As scikit-learn has it, a constructor and `set_params` keep what they are given.
"""

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from support.stream_samples import compile_kernels, numbers

from longlag import InputError, LSTMClassifier, LSTMForecaster, LSTMRegressor

ESTIMATORS = (LSTMRegressor, LSTMClassifier, LSTMForecaster)
X, y = np.eye(4), [0, 1, 0, 1]
BAD = {
    "cells": 0,
    "cell": "cell",
    "block_size": 5,
    "rule": "sgd",
    "rate": -1.0,
    "forget_gates": "yes",
    "peepholes": None,
    "scaling": 1,
    "epochs": 0,
    "seed": -1,
    "dtype": "float16",
}


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


def defaults(kind):
    return {name: each.default for name, each in inspect.signature(kind).parameters.items()}


def learn(model):
    if isinstance(model, LSTMForecaster):
        model.learn_one(1.0)
    else:
        model.fit(X, y)


EACH = [(kind, name) for kind in ESTIMATORS for name in defaults(kind)]


@pytest.mark.parametrize(("kind", "name"), EACH)
@pytest.mark.parametrize("shape", [(), (1,), (2,)])
def test_an_array_is_kept_shown_copied_and_cloned(kind, name, shape):
    value = np.full(shape, defaults(kind)[name])
    model = kind(**{name: value})
    others = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model.clone()]
    if hasattr(model, "get_params"):
        others += [clone(model), kind().set_params(**{name: value})]
    for each in (model, *others):
        assert type(getattr(each, name)) is np.ndarray
        assert np.array_equal(getattr(each, name), value)
        assert repr(each) == repr(model)
    # An array without dimensions is what it holds; of others, only rates of classes are taken.
    if shape == () or (kind, name, shape) == (LSTMClassifier, "rate", (2,)):
        learn(model)
    else:
        with pytest.raises(InputError, match=rf"^{name} must be"):
            learn(model)


def test_what_is_not_the_default_is_shown():
    rates = np.array([0.003, 0.01])
    assert repr(LSTMClassifier(rate=rates)) == "LSTMClassifier(rate=array([0.003, 0.01 ]))"
    found: dict[str, Any] = {"rate": np.float64(0.003), "cells": np.array(32)}
    assert repr(LSTMRegressor(**found)) == "LSTMRegressor()"
    refused: Any = {"scaling": 1}
    assert repr(LSTMRegressor(**refused)) == "LSTMRegressor(scaling=1)"


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_bad_parameters_are_refused_when_learning_begins(kind, name):
    model = kind(**{name: BAD[name]})
    with pytest.raises(InputError, match=name):
        learn(model)
    if kind is not LSTMForecaster:  # before there are features, too
        with pytest.raises(InputError, match=name):
            kind(**{name: BAD[name]}).learn_one({}, 1)


@pytest.mark.parametrize("name", BAD)
def test_a_fit_that_is_refused_loses_nothing(name):
    model = LSTMClassifier(cells=3).fit(X, y)
    before, answers = model.state(), model.predict_proba(X)
    model.set_params(**{name: BAD[name]})
    with pytest.raises(InputError, match=name):
        model.fit(X[:2], ["other", "classes"])
    assert all(np.array_equal(before.tensors[each], a) for each, a in model.state().tensors.items())
    assert np.array_equal(model.predict_proba(X), answers)
    model.set_params(**{name: before.parameters[name]}).partial_fit(X, y)


def test_a_network_too_large_for_memory_loses_nothing():
    model = LSTMRegressor(cells=3).fit(X, y)
    answers = model.predict(X)
    with pytest.raises(InputError, match="memory"):
        model.set_params(cells=100_000).fit(X, y)
    assert np.array_equal(model.predict(X), answers)


def test_parameters_are_read_and_set():
    model = LSTMRegressor(cells=5).set_params(rate=0.1)
    assert model.get_params()["rate"] == 0.1
    assert repr(model) == "LSTMRegressor(cells=5, rate=0.1)"
    model = LSTMRegressor(cells=np.int64(3), rate=np.float64(0.02))  # as searches give them
    assert model.fit([[1.0], [2.0]], [1.0, 2.0]).stream.network.learner.blocks == 3


@pytest.mark.parametrize("rule", ["rmsprop", "adam"])
def test_a_new_rate_takes_effect_at_once_and_is_saved(rule, tmp_path):
    X, y = numbers(1)
    model = LSTMRegressor(cells=3, rule=rule)
    model.learn_many(X[:20], y[:20])
    frozen = copy.deepcopy(model).set_params(rate=0.0)
    before = frozen.state().tensors["network.weights"]
    frozen.learn_many(X[20:], y[20:])
    assert (frozen.state().tensors["network.weights"] == before).all()
    frozen.save(tmp_path / "frozen")
    assert LSTMRegressor.load(tmp_path / "frozen").rate == 0.0
    # Its moments have gone on: back at the first rate, it learns as if it had only waited.
    moved = frozen.set_params(rate=model.rate).learn_many(X, y)
    assert not (moved == model.learn_many(X, y)).all()
    assert (frozen.state().tensors["network.weights"] != before).any()
