"""Networks of several rates whose answers are mixed: beside the equations in NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag import LSTM, InputError
from longlag.engine.mixed_network import LEAST, SHARES, SWITCH, MixedNetwork, at_rate
from longlag.engine.stream_network import StreamNetwork
from longlag.rules import RMSProp

CLASSES, RATES = 3, (0.003, 0.1, 0.03)
LEARNER = LSTM(
    2, CLASSES, blocks=2, block_size=1, forget_gates=True, output="softmax", rule=RMSProp()
)


def samples(seed, n=60):
    """Features, and classes of which some are missing; the first half is easy to learn."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, 2))
    codes = np.where(np.arange(n) < n // 2, (X[:, 0] > 0).astype(int), generator.integers(0, 3, n))
    Y = np.eye(CLASSES)[codes]
    Y[generator.random(n) < 0.1] = np.nan
    return X, Y


def mixed_by_hand(X, Y, seed):
    """Answers and shares, from networks by themselves."""
    found = [
        StreamNetwork(at_rate(LEARNER, rate), seed=seed, number=number).step(X, Y).astype(float)
        for number, rate in enumerate(RATES)
    ]
    shares, answers = np.full(len(RATES), 1 / len(RATES)), []
    for t, target in enumerate(Y):
        answers.append(shares @ [each[t] for each in found])
        if not np.isnan(target[0]):
            given = np.array([max(each[t] @ target, LEAST) for each in found])
            shares = (1 - SWITCH) * shares * given / (shares @ given) + SWITCH / len(RATES)
    return np.array(answers), shares


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000))
def test_answers_and_shares_are_those_of_the_equations(seed):
    X, Y = samples(seed)
    network = MixedNetwork(LEARNER, RATES, seed=seed, dtype="float32")
    answers, shares = mixed_by_hand(X, Y, seed)
    np.testing.assert_allclose(network.step(X, Y), answers, rtol=1e-12)
    np.testing.assert_allclose(network.shares, shares, rtol=1e-12)
    assert network.shares.max() - network.shares.min() > 0.01  # they have moved


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 60))
def test_a_stream_that_is_cut_goes_on_with_the_same_bits(seed, cut):
    X, Y = samples(seed)
    whole = MixedNetwork(LEARNER, RATES, seed=seed, dtype="float32")
    expected = whole.step(X, Y)
    first = MixedNetwork(LEARNER, RATES, seed=seed, dtype="float32")
    answers = [first.step(X[:cut], Y[:cut])]
    second = MixedNetwork.from_arrays(LEARNER, RATES, first.arrays())
    for x, y in zip(X[cut:], Y[cut:], strict=True):
        peeked = second.predict_one(x)
        answers.append(np.array([second.learn_row(x, y)]))
        assert np.array_equal(peeked, answers[-1][0])
    assert np.array_equal(np.concatenate(answers), expected)
    for name, array in whole.arrays().items():
        assert np.array_equal(second.arrays()[name], array)


def test_rows_without_targets_change_nothing():
    X, Y = samples(0)
    network = MixedNetwork(LEARNER, RATES, seed=0, dtype="float32")
    network.step(X[:30], Y[:30])
    before = network.arrays()
    ahead = network.step(X[30:], Y[:0])
    assert all(np.array_equal(network.arrays()[name], each) for name, each in before.items())
    assert np.array_equal(network.step(X[30:31], Y[30:31]), ahead[:1])


def test_a_copy_goes_on_by_itself_also_in_the_memory_of_another():
    X, Y = samples(1)
    network = MixedNetwork(LEARNER, RATES, seed=1, dtype="float32")
    network.step(X[:20], Y[:20])
    spare = MixedNetwork(LEARNER, RATES, seed=2, dtype="float32")
    spare.step(X[:1], Y[:1])  # has memory for a row
    before, ahead = network.shares, network.step(X[20:], Y[:0])
    for into in (None, spare):
        other = network.copy(into)
        assert np.array_equal(other.step(X[20:], Y[:0]), ahead)
        other.step(X[20:], Y[20:])
        assert np.array_equal(network.shares, before)


def spoiled(arrays, name, array):
    """The arrays with another one, or without it."""
    return {key: each for key, each in (arrays | {name: array}).items() if each is not None}


@pytest.mark.parametrize(
    ("name", "array", "line"),
    [
        (SHARES, None, r"shares must be float64 of shape \(3,\)"),
        (SHARES, np.array([0.5, 0.5]), r"shares must be float64 of shape \(3,\)"),
        (SHARES, np.array([0.5, 0.6, -0.1]), "shares must be positive and sum to 1"),
        (SHARES, np.array([0.5, 0.5, np.nan]), "shares must be positive and sum to 1"),
        ("3.weights", np.zeros(2), "arrays must be those of 3 networks, got '3.weights'"),
        ("weights", np.zeros(2), "arrays must be those of 3 networks, got 'weights'"),
        ("1.weights", None, "arrays must be those of the learner: missing"),
    ],
)
def test_what_is_no_state_is_refused(name, array, line):
    arrays = MixedNetwork(LEARNER, RATES, seed=0, dtype="float32").arrays()
    with pytest.raises(InputError, match=line):
        MixedNetwork.from_arrays(LEARNER, RATES, spoiled(arrays, name, array))
