"""One network of rotating cells on a stream: against the reference and lanes, and as it grows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lanes import Lanes
from support.rotating_nets import MIXED, ON_STREAM, reference_of, rotating
from support.stream_networks import largest_deviation, samples

from longlag.engine.stream_network import StreamNetwork
from longlag.simd.random import Purpose, numpy_stream

# Sums of the same float64 numbers in another order, with functions that differ by a few ulp:
# measured, they stay within 1e-12, relative to 1 + the size of the number. Another term shows by
# more than MISSING.
TOLERANCE, MISSING = 1e-10, 1e-4

QUICK = ("gradient-descent", "adam")  # each rule and precision is a driver to compile


STREAMS = rotating(coding=["real"], update=["step"], rules=QUICK)


@settings(max_examples=40, derandomize=True)
@given(STREAMS, st.integers(0, 1000))
def test_units_against_reference(learner, seed):
    assert largest_deviation(learner, reference_of(learner), seed) < TOLERANCE


def close(ours, theirs):
    return np.max(np.abs(ours - theirs) / (1 + np.abs(theirs)), initial=0) < TOLERANCE


def agrees_with_lanes(learner, seed):
    X, Y = samples(learner, seed)
    units = StreamNetwork(learner, dtype="float64")
    lane = Lanes(learner, [learner.start(numpy_stream(0, 0, Purpose.WEIGHTS))])
    for x, y, answer in zip(X, Y, units.learn_many(X, Y), strict=True):
        lane.step(x)
        assert close(lane.answer()[:, 0], answer)
        if not np.isnan(y).any():
            lane.learn(y)
    for name, known in units.arrays().items():
        if name != "running":  # coefficients of the rule, which lanes keep with the others
            assert close(lane.view(name)[..., 0], known), name


def test_units_against_lanes():
    agrees_with_lanes(MIXED, 1)


@settings(max_examples=10, derandomize=True)
@given(STREAMS, st.integers(0, 1000))
def test_any_units_against_lanes(learner, seed):
    agrees_with_lanes(learner, seed)


MUTATIONS = {
    "A in T": ("A[:, None] * self.T[kind]", "self.T[kind]"),
    "j in T_theta": ("1j * f(net_phi) * turned", "f(net_phi) * turned"),
    "j in T_im": ("1j * f(net_in) * 4.0 * df(net_im)", "f(net_in) * 4.0 * df(net_im)"),
    "the imaginary part of e": ("e_parts[0::2] + 1j * e_parts[1::2]", "e_parts[0::2]"),
    "f' in e_out": ("df(self.net_out) * np.sum", "np.sum"),
    "memory blocks that do not turn": ("theta[: self.config.cells] =", "theta[:] ="),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_another_term(name):
    learner = replace(MIXED, blocks=0 if "blocks" in name else 2)
    if "blocks" in name:
        learner = replace(MIXED, cells=1, blocks=2)
    assert largest_deviation(learner, reference_of(learner)) < TOLERANCE
    assert largest_deviation(learner, reference_of(learner, MUTATIONS[name])) > MISSING


def test_more_inputs_and_outputs_leave_the_answers():
    X, Y = samples(ON_STREAM, 4)
    network = StreamNetwork(ON_STREAM)
    network.learn_many(X, Y)
    before = network.predict_one(X[0])
    network.add(inputs=1, outputs=1)
    wide = np.append(X[0], 9.0)
    answers = network.predict_one(wide)
    # Another number of inputs changes the order of sums, of rounding errors of 6e-8.
    np.testing.assert_allclose(answers[:2], before, rtol=0, atol=1e-6)
    assert answers[2] == 0
    for _ in range(5):
        network.learn_one(wide, [*Y[0], 0.5])
    assert network.predict_one(wide)[2] != 0
    assert network.predict_one(wide)[0] != network.predict_one([*X[0], 8.0])[0]
