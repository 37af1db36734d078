"""What every network on a stream does, whatever its cells are."""

import itertools
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rotating_nets import ON_STREAM
from support.stream_networks import SMALL, same, samples

from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError

pytestmark = [
    pytest.mark.usefixtures("stream_kernels"),
    pytest.mark.parametrize("learner", [SMALL, ON_STREAM], ids=lambda learner: learner.name),
]


@settings(max_examples=25, derandomize=True)
@given(cuts=st.lists(st.integers(0, 40), max_size=5))
def test_same_bits_however_a_stream_is_cut(learner, cuts):
    X, Y = samples(learner, 1, n=40)
    whole, pieces = StreamNetwork(learner), StreamNetwork(learner)
    answers = whole.learn_many(X, Y)
    parts = [0, *sorted(cuts), 40]
    cut = [pieces.learn_many(X[a:b], Y[a:b]) for a, b in itertools.pairwise(parts)]
    assert np.concatenate(cut).tobytes() == answers.tobytes()
    assert same(whole, pieces)


def test_one_by_one_and_predicting_in_between(learner):
    X, Y = samples(learner, 2)
    whole, network = StreamNetwork(learner), StreamNetwork(learner)
    answers = whole.learn_many(X, Y)
    for x, y, answer in zip(X, Y, answers, strict=True):
        before = pickle.loads(pickle.dumps(network))
        assert network.predict_one(x).tobytes() == answer.tobytes()
        network.predict_one(-x)
        assert same(network, before)
        given = network.advance(x) if np.isnan(y).all() else network.learn_one(x, y)
        assert given.tobytes() == answer.tobytes()
        assert not same(network, before)
    assert same(network, whole)


def test_reset_forgets_the_stream_and_keeps_what_was_learned(learner):
    X, Y = samples(learner, 5)
    network = StreamNetwork(learner)
    fresh = network.arrays()
    network.learn_many(X, Y)
    known = network.arrays()
    network.reset()
    learned = {"weights", "first_moments", "second_moments", "running"}
    assert learned < set(known)
    for name, after in network.arrays().items():
        assert np.array_equal(after, (known if name in learned else fresh)[name]), name
        assert not np.array_equal(known[name], fresh[name]), name


def test_restored_network_goes_on_with_the_same_bits(learner):
    X, Y = samples(learner, 6)
    network = StreamNetwork(learner)
    network.learn_many(X, Y)
    other = StreamNetwork.from_arrays(learner, network.arrays())
    assert other.dtype == network.dtype
    assert other.learn_many(X, Y).tobytes() == network.learn_many(X, Y).tobytes()
    assert same(other, network)


@pytest.mark.parametrize(("field", "value"), [("coding", "symbol"), ("update", "sequence")])
def test_what_a_stream_cannot_do(learner, field, value):
    message = f"{field} of the learner of a stream cannot be '{value}'"
    with pytest.raises(InputError, match=message):
        StreamNetwork(replace(learner, **{field: value}))


def test_softmax_is_for_streams(learner):
    with pytest.raises(InputError, match=f"output 'softmax' of {learner.name} is for streams"):
        replace(learner, output="softmax").kernel(1)
