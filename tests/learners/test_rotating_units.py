"""One network of rotating cells on a stream: against the reference and lanes, and in pieces."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lanes import Lanes
from support.rotating_nets import MIXED, RULES, reference_of, rotating
from support.stream_networks import same, samples

from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream

# Sums of the same float64 numbers in another order, with functions that differ by a few ulp:
# measured, they stay within 1e-12, relative to 1 + the size of the number. Another term shows by
# more than MISSING.
TOLERANCE, MISSING = 1e-10, 1e-4

QUICK = ("gradient-descent", "adam")  # each rule and precision is a driver to compile
SMALL = replace(MIXED, cells=17, blocks=3, output="linear", rule=RULES["adam"])


def close(ours, theirs, tolerance=TOLERANCE):
    return np.max(np.abs(ours - theirs) / (1 + np.abs(theirs)), initial=0) < tolerance


def agrees(learner, seed=0, mutation=None, tolerance=TOLERANCE):
    """Whether units and the reference give the same answers, weights and states."""
    X, Y = samples(learner, seed)
    network, net = StreamNetwork(learner, dtype="float64"), reference_of(learner, mutation)
    answers = network.learn_many(X, Y)
    expected = []
    for x, y in zip(X, Y, strict=True):
        net.step(x)
        expected.append(net.answer())
        if not np.isnan(y).any():
            net.learn(y)
    known = network.arrays()
    states = np.stack([net.s.real, net.s.imag], axis=1).ravel()
    return (
        close(answers, np.array(expected), tolerance)
        and close(known["weights"], net.weights(), tolerance)
        and close(known["states"], states, tolerance)
    )


STREAMS = rotating(coding=["real"], update=["step"], rules=QUICK)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(STREAMS, st.integers(0, 1000))
def test_units_against_reference(learner, seed):
    assert agrees(learner, seed)


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


@settings(max_examples=10, deadline=None, derandomize=True)
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
    assert agrees(learner)
    assert not agrees(learner, mutation=MUTATIONS[name], tolerance=MISSING)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 40), max_size=5))
def test_same_bits_however_a_stream_is_cut(cuts):
    X, Y = samples(SMALL, 1, n=40)
    whole, pieces = StreamNetwork(SMALL), StreamNetwork(SMALL)
    answers = whole.learn_many(X, Y)
    parts = [0, *sorted(cuts), 40]
    cut = [pieces.learn_many(X[a:b], Y[a:b]) for a, b in itertools.pairwise(parts)]
    assert np.concatenate(cut).tobytes() == answers.tobytes()
    assert same(whole, pieces)


def test_predicting_changes_nothing_and_reset_forgets_the_stream():
    X, Y = samples(SMALL, 2)
    network = StreamNetwork(SMALL)
    network.learn_many(X, Y)
    before = network.copy()
    network.predict_one(X[0])
    assert same(network, before)
    network.reset()
    after, known = network.arrays(), before.arrays()
    for name in ("weights", "first_moments", "second_moments", "running"):
        assert np.array_equal(after[name], known[name])
    for name in ("states", "cell_traces", "gate_traces", "forget_traces", "phase_traces"):
        assert known[name].any()
        assert not after[name].any()


def test_restored_network_goes_on_with_the_same_bits():
    X, Y = samples(SMALL, 3)
    network = StreamNetwork(SMALL)
    network.learn_many(X, Y)
    other = StreamNetwork.from_arrays(SMALL, network.arrays())
    assert other.learn_many(X, Y).tobytes() == network.learn_many(X, Y).tobytes()
    assert same(other, network)


def test_more_inputs_and_outputs_leave_the_answers():
    X, Y = samples(SMALL, 4)
    network = StreamNetwork(SMALL)
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


def test_what_a_stream_cannot_do():
    for change in ({"coding": "symbol"}, {"update": "sequence"}):
        with pytest.raises(InputError, match="of the learner of a stream cannot be"):
            StreamNetwork(replace(MIXED, **change))
