"""Networks of streams that get more inputs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stream_networks import SMALL, compile_kernels, learners, samples

from longlag.engine.stream_network import StreamNetwork


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@settings(max_examples=25)
@given(learner=learners(), count=st.integers(1, 20), seed=st.integers(0, 1000))
def test_inputs_that_are_always_zero_change_nothing(learner, count, seed):
    X, Y = samples(learner, seed)
    network = StreamNetwork(learner, seed=seed, dtype="float64")
    network.learn_many(X[:8], Y[:8])
    grown = network.copy()
    grown.add(inputs=count)
    wide = np.hstack([X, np.zeros((len(X), count))])
    # Not the same bits, since outputs sum over features in tiles, which inputs may have moved; a
    # rounding error is 1e-16, and 12 steps at these rates magnify it less than ten thousandfold.
    np.testing.assert_allclose(
        grown.learn_many(wide[8:], Y[8:]), network.learn_many(X[8:], Y[8:]), rtol=0, atol=1e-12
    )


def test_what_is_new_is_learned_from():
    """The network begins with one input; the target is the other, which comes later."""
    generator = np.random.default_rng(0)
    X = generator.uniform(-1, 1, (3000, 2))
    network = StreamNetwork(replace(SMALL, inputs=1, outputs=1))
    network.learn_many(X[:1000, :1], X[:1000, 1:])
    network.add(inputs=1)
    answers = network.learn_many(X[1000:], X[1000:, 1:])[-500:]
    # Without the input the error is the variance, 1/3.
    assert np.mean((answers - X[-500:, 1:]) ** 2) < 0.02


@pytest.mark.parametrize("bias", [None, 0.5])
def test_new_outputs_begin_with_the_bias_of_the_learner(bias):
    network = StreamNetwork(replace(SMALL, output_bias=bias))
    before = network.predict_one([1, 2, 3])
    network.add(outputs=2)
    assert network.predict_one([1, 2, 3]).tolist() == [*before, *[bias or 0.0] * 2]
