"""Weights of samples: how many times the error of a target counts."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score
from support.stream_samples import as_dicts, compile_kernels, numbers

from longlag import LSTM, GradientDescent, LSTMClassifier, LSTMRegressor
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError

KINDS = pytest.mark.parametrize("kind", [LSTMRegressor, LSTMClassifier])


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


def samples(kind):
    """X, targets and weights, some of them 0."""
    X, y = numbers(5, n=60)
    weights = np.random.default_rng(5).choice([0.0, 0.25, 1.0, 3.0], len(y))
    if kind is LSTMClassifier:
        y = np.array(["low" if not each > 100 else "high" for each in y])
    return X, y, weights


def same(one, other):
    """Whether two models have learned the same, to the bit."""
    one, other = one.state(), other.state()
    return one[:-1] == other[:-1] and all(
        np.array_equal(one.tensors[name], each) for name, each in other.tensors.items()
    )


@KINDS
def test_weights_of_one_are_none(kind):
    X, y, _ = samples(kind)
    plain, weighted, single = (kind(cells=4) for _ in range(3))
    answers = plain.learn_many(X, y)
    assert np.array_equal(weighted.learn_many(X, y, np.ones(len(y))), answers)
    single.learn_many(X, y, 1)
    assert same(plain, weighted)
    assert same(plain, single)


@KINDS
def test_one_by_one_and_many_have_the_same_bits(kind):
    X, y, weights = samples(kind)
    many, one, fitted = (kind(cells=4) for _ in range(3))
    many.learn_many(X, y, weights)
    for x, target, weight in zip(as_dicts(X), y.tolist(), weights.tolist(), strict=True):
        one.learn_one(x, target, weight)
    assert same(many, one)
    fitted.partial_fit(X[:7], y[:7], sample_weight=weights[:7])
    fitted.partial_fit(X[7:], y[7:], sample_weight=weights[7:])
    assert same(many, fitted)


@pytest.mark.parametrize("output", ["linear", "softmax"])
def test_a_weight_multiplies_the_step_of_gradient_descent(output):
    learner = LSTM(2, 2, output=output, rule=GradientDescent(0.1))
    x, y = np.random.default_rng(0).normal(size=(5, 2)), np.array([[0.0, 1.0]])
    steps = []
    for weight in (None, np.array([3.0])):
        network = StreamNetwork(learner, seed=1, dtype="float64")
        for row in x[1:]:
            network.advance(row)
        before = network.arrays()["weights"]
        network.step(x[:1], y, weight)
        steps.append(network.arrays()["weights"] - before)
    # The target is moved to answer + 3 (target - answer), which rounds some 1e-16 of the answer.
    np.testing.assert_allclose(steps[1], 3 * steps[0], rtol=1e-9, atol=1e-15)
    assert np.abs(steps[0]).max() > 1e-4


@KINDS
def test_without_weight_a_target_is_missing(kind):
    X, y, _ = samples(kind)
    weightless, missing = kind(cells=4), kind(cells=4)
    for model in (weightless, missing):
        model.learn_many(X[:30], y[:30])
    for x, target in zip(as_dicts(X[30:]), y[30:].tolist(), strict=True):
        weightless.learn_one(x, target, w=0)
        missing.learn_one(x, None)
    assert same(weightless, missing)


def test_several_targets_share_the_weight_of_their_sample():
    X, y, weights = samples(LSTMRegressor)
    Y = np.column_stack([y, np.sin(np.arange(len(y)))])
    many, one = LSTMRegressor(cells=4), LSTMRegressor(cells=4)
    many.learn_many(X, Y, weights)
    for x, targets, weight in zip(as_dicts(X), Y.tolist(), weights.tolist(), strict=True):
        one.learn_one(x, dict(enumerate(targets)), weight)
    assert same(many, one)


@KINDS
def test_sequences_have_weights_each_and_scores_use_them(kind):
    X, y, weights = samples(kind)
    X, y = np.nan_to_num(X), y if kind is LSTMClassifier else np.nan_to_num(y)
    parts = [X[:30], X[30:]], [y[:30], y[30:]]
    model = kind(cells=4).fit(*parts, [weights[:30], weights[30:]])
    found = np.concatenate(model.predict(parts[0]))
    theirs = accuracy_score if kind is LSTMClassifier else r2_score
    expected = theirs(y, found, sample_weight=weights)
    assert model.score(*parts, [weights[:30], weights[30:]]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("learn", "message"),
    [
        (lambda m: m.learn_one({0: 1.0}, 1, -1.0), "sample_weight must be from 0 to 1e.06, got -1"),
        (lambda m: m.learn_one({0: 1.0}, 1, np.nan), "sample_weight must be from 0 to 1e.06"),
        (lambda m: m.learn_one({0: 1.0}, 1, "2"), "w must be a number from 0 to 1e.06, got '2'"),
        (lambda m: m.learn_many([[1.0]], [1], [1.0, 2.0]), "must have shape .1,., one weight a"),
        (lambda m: m.fit([[[1.0]]], [[1]], [[1.0], [1.0]]), "same number of sequences, got 1 and"),
        (lambda m: m.partial_fit([[1.0]], [1], sample_weight=[np.inf]), "from 0 to 1e.06, got inf"),
    ],
)
@KINDS
def test_what_is_no_weight_is_refused_and_changes_nothing(kind, learn, message):
    model = kind(cells=4)
    model.learn_one({0: 1.0}, 1)
    before = model.state()
    with pytest.raises(InputError, match=message):
        learn(model)
    assert all((model.state().tensors[name] == each).all() for name, each in before.tensors.items())
