"""One LSTM network on a stream: against the reference, as it grows, and on bad samples."""

import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from support.stream_networks import (
    RULES,
    SMALL,
    largest_deviation,
    learners,
    reference_of,
    same,
    samples,
)

from longlag import Network
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.learners.lstm import LSTM
from longlag.learners.recurrent import Elman
from longlag.rules import GradientDescent
from longlag.simd.denormals import flush_denormals

# Kernel and reference compute the same float64 sums in another order, with activations that differ
# by a few ulp (2e-16): measured over many drawn topologies, they stay within 1e-12. A missing term
# shows by more than MISSING. Both relative to 1 + the size of the number.
TOLERANCE, MISSING = 1e-10, 1e-4


pytestmark = pytest.mark.usefixtures("stream_kernels")


@settings(max_examples=60, derandomize=True)
@given(learner=learners(), seed=st.integers(0, 1000))
def test_kernel_against_reference(learner, seed):
    assert largest_deviation(learner, reference_of(learner), seed) < TOLERANCE


@pytest.mark.slow  # another kernel to compile
@settings(max_examples=60, derandomize=True)
@given(learner=learners(rules=["rmsprop"]), seed=st.integers(0, 1000))
def test_kernel_of_rmsprop_against_reference(learner, seed):
    assert largest_deviation(learner, reference_of(learner), seed) < TOLERANCE


EVERYTHING = LSTM(
    *(3, 2),
    blocks=17,
    block_size=2,
    hidden=3,
    forget_gates=True,
    peepholes=True,
    output_sources=("inputs", "cells", "hidden"),
    weight_range=0.5,
    rule=GradientDescent(0.1),
)
MUTATIONS = {
    "y_phi in all D": ("keep[:, None] * D[m]", "D[m]"),
    "s(t-1) in D_phi": ("s_before * df(self.net_phi)", "self.s * df(self.net_phi)"),
    "y_in in D_c": ("self.dg(self.net_c) * y_in", "self.dg(self.net_c)"),
    "h' in e_s": ("self.y_out * self.dh(self.s) * to_cells", "self.y_out * to_cells"),
    "f' in e_out": ("df(self.net_out) * e_out", "e_out"),
    "f' in e_i": ("e_i = df(self.net_i) *", "e_i = 1.0 *"),
    "s(t) in peepholes into out": ("self._by_block(self.s)}", "self._by_block(s_before)}"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_another_term(name):
    assert largest_deviation(EVERYTHING, reference_of(EVERYTHING)) < TOLERANCE
    assert largest_deviation(EVERYTHING, reference_of(EVERYTHING, MUTATIONS[name])) > MISSING


def test_targets_of_some_outputs_only():
    X, Y = samples(SMALL, 3, share=1)
    Y[:, 1] = np.nan
    network = StreamNetwork(SMALL)
    before = network.arrays()["weights"]
    network.learn_many(X, Y)
    group = SMALL.topology.groups[-1]
    changed = (network.arrays()["weights"] != before)[group.start : group.start + group.rows]
    assert (changed.reshape(group.fan_in, 2) == [True, False]).all()


def test_begins_as_the_network_of_the_lane_kernel():
    theirs = Network(SMALL, seed=5).weights
    ours = StreamNetwork(SMALL, seed=5, dtype="float64").arrays()["weights"]
    assert np.array_equal(ours, theirs)


def test_float32_against_float64():
    learner = replace(SMALL, rule=RULES["adam"])
    X, Y = samples(learner, 4, n=100)
    single, double = (StreamNetwork(learner, dtype=dtype) for dtype in ("float32", "float64"))
    difference = np.abs(single.learn_many(X, Y) - double.learn_many(X, Y)).max()
    # Numbers of size 1, each computed with rounding error 6e-8 from sums of 22 terms; over 100
    # steps of a stable network they add up to some 1e-5.
    assert 1e-9 < difference < 1e-4


@pytest.mark.parametrize("output", ["linear", "softmax"])
def test_added_output(output):
    learner = replace(SMALL, outputs=15, output=output)
    X, Y = samples(learner, 7)
    network = StreamNetwork(learner)
    network.learn_many(X, Y)
    old = network.copy()
    for outputs in (16, 17):  # the last one needs another tile
        network.add(outputs=1)
        assert network.learner.outputs == outputs
    answers, before = network.predict_one(X[0]), old.predict_one(X[0])
    ours, theirs = network.arrays(), old.arrays()
    for name in theirs:
        if name not in ("weights", "first_moments", "second_moments"):
            assert np.array_equal(ours[name], theirs[name])
            continue
        group = learner.topology.groups[-1]
        kept = ours[name][group.start :].reshape(group.fan_in, 17)
        assert np.array_equal(ours[name][: group.start], theirs[name][: group.start])
        assert np.array_equal(kept[:, :15].ravel(), theirs[name][group.start :])
        assert not kept[:, 15:].any()
    if output == "linear":
        assert np.array_equal(answers[:15], before)
        assert not answers[15:].any()
    else:
        # Two more terms exp(0) in the sum: quotients of 16 rounded terms, 6e-8 each.
        np.testing.assert_allclose(answers[:15] / answers[0], before / before[0], rtol=1e-5)
    network.learn_many(X, np.full((len(X), 17), 0.5))
    assert network.predict_one(X[0])[16] != answers[16]


def denormal(array):
    return (array != 0) & (np.abs(array) < np.finfo(array.dtype).tiny)


def fading_stream():
    """Inputs, and after them nothing: partials and moments fade for thousands of steps."""
    X, Y = samples(SMALL, 8, n=3000, share=1)
    X[20:], Y[20:] = 0, np.nan
    return X, Y


def test_no_denormal_numbers_inside_and_none_lost_outside():
    X, Y = fading_stream()
    network = StreamNetwork(SMALL)
    network.learn_many(X, Y)
    for name, array in network.arrays().items():
        assert not denormal(array).any(), name
    # Partials of the first inputs were fading, and are gone.
    assert not network.arrays()["cell_traces"][1:4].any()
    tiny = np.array([np.finfo(np.float32).tiny])
    assert denormal(tiny / 2).all()


def test_same_bits_in_a_thread_that_flushes_denormals():
    @njit
    def flush():
        return flush_denormals()

    X, Y = fading_stream()
    here, there, lost = StreamNetwork(SMALL), StreamNetwork(SMALL), []

    def learn():
        flush()
        there.learn_many(X, Y)
        lost.append((np.array([np.finfo(np.float32).tiny]) / 2)[0] == 0)

    thread = threading.Thread(target=learn)
    thread.start()
    here.learn_many(X, Y)
    thread.join()
    assert same(here, there)
    assert lost == [True]  # the thread's own setting came back


def test_learns_to_remember():
    """The answer is the last value that was marked, on average 20 steps ago."""
    generator = np.random.default_rng(9)
    n = 30_000
    value, mark = generator.uniform(-1, 1, n), generator.random(n) < 0.05
    last = np.maximum.accumulate(np.where(mark, np.arange(n), 0))
    learner = replace(SMALL, inputs=2, outputs=1, blocks=8, rule=replace(SMALL.rule, rate=0.005))
    network = StreamNetwork(learner)
    answers = network.learn_many(np.stack([value, mark], 1), value[last][:, None])
    error = np.mean((answers[-5000:, 0] - value[last][-5000:]) ** 2)
    # A tenth of the variance of the values, 1 / 3. The run is deterministic.
    assert error < 0.033


X, Y = np.zeros((4, 3)), np.zeros((4, 2))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda n: n.learn_many(X[:, :2], Y), "X must have shape (n, 3), got (4, 2)"),
        (lambda n: n.learn_many(X, Y[:3]), "equal length, got 4 and 3 rows"),
        (lambda n: n.learn_many(X.astype(str), Y), "X must hold real numbers"),
        (lambda n: n.learn_many(X, Y + np.array([0, np.inf])), "[0.0, inf] at row 0"),
        (lambda n: n.learn_many(np.vstack([X, X * np.nan]), np.vstack([Y, Y])), "at row 4"),
        (lambda n: n.learn_many(X + 1e39, Y), "at row 0"),
        (lambda n: n.learn_one([1, 2], [0, 0]), "x must be 3 real numbers, got [1, 2]"),
        (lambda n: n.learn_one([1], [0, 0]), "x must be 3 real numbers, got [1]"),
        (lambda n: n.learn_one([1, 2, 3], 0.5), "y must be 2 real numbers, got 0.5"),
        (lambda n: n.predict_one(np.ones((1, 3))), "x must be 3 real numbers"),
        (lambda n: n.predict_one(np.ma.array([1, 2, 3], mask=[0, 1, 0])), "x must be finite"),
        (lambda n: n.learn_one([1, 2, 3], "high"), "y must be 2 real numbers, got 'high'"),
        (lambda n: n.learn_one([1, 2, np.nan], [0, 0]), "x must be finite"),
        (lambda n: n.predict_one([1, 2, -np.inf]), "x must be finite"),
        (lambda n: n.predict_one([1, 2, 1e300]), "x must be 3 real numbers, got [1, 2, 1e+300]"),
        (lambda n: n.advance([1, 2, 10**400]), "x must be 3 real numbers"),
        (lambda n: n.advance(None), "x must be 3 real numbers, got None"),
    ],
)
def test_bad_samples_are_refused_and_change_nothing(act, message):
    network = StreamNetwork(SMALL)
    before = network.copy()
    with pytest.raises(InputError) as caught:
        act(network)
    assert message in str(caught.value)
    assert same(network, before)


def test_a_stream_constructs_no_blocks():
    with pytest.raises(InputError, match=re.escape("must be 0 (it counts sequences), got 5")):
        StreamNetwork(replace(SMALL, construction_window=5))


def test_other_learners_are_refused():
    with pytest.raises(InputError, match="a stream needs a learner, such as LSTM"):
        StreamNetwork("lstm")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="networks of elman are for studies"):
        StreamNetwork(Elman(2, 1))
    with pytest.raises(InputError, match="dtype must be one of 'float32', 'float64'"):
        StreamNetwork(SMALL, dtype="float16")


HOSTILE = {
    "a name less": (lambda a: a.pop("states"), "missing ['states']"),
    "a name more": (lambda a: a.update(evil=np.zeros(1)), "unknown ['evil']"),
    "a shape": (lambda a: a.update(states=a["states"][:-1]), "states must have shape (18,)"),
    "a scalar": (lambda a: a.update(states=np.float32(1)), "states must be an array of float32"),
    "a dtype": (lambda a: a.update(states=a["states"].astype(float)), "array of float32"),
    "all dtypes": (lambda a: a.update(weights=a["weights"].astype(np.int32)), "dtype of weights"),
    "objects": (lambda a: a.update(weights=a["weights"].astype(object)), "dtype of weights"),
    "a list": (lambda a: a.update(weights=[1.0]), "dtype of weights must be one of"),
    "NaN": (
        lambda a: a["weights"].__setitem__(7, np.nan),
        "weights must be finite numbers in [-inf, inf], got nan",
    ),
    "infinity": (lambda a: a["cell_traces"].__setitem__((0, 0), np.inf), "cell_traces must be"),
    "a power below 0": (
        lambda a: a["running"].fill(-0.5),
        "running must be finite numbers in [0.0, 1.0], got -0.5",
    ),
    "powers in single precision": (
        lambda a: a.update(running=a["running"].astype(np.float32)),
        "running must be an array of float64, got float32",
    ),
    "a moment below 0": (lambda a: a["second_moments"].fill(-1), "second_moments must be"),
    "no bias": (lambda a: a["activations"].fill(0), "the bias unit"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_arrays_that_are_not_a_network(name):
    change, message = HOSTILE[name]
    arrays = StreamNetwork(SMALL).arrays()
    change(arrays)
    with pytest.raises(InputError) as caught:
        StreamNetwork.from_arrays(SMALL, arrays)
    assert message in str(caught.value)
