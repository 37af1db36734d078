"""One stream, three accounts of LSTM: lanes, units and the reference know the same after it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lanes import Lanes
from support.stream_networks import learners, reference_of, samples

from longlag.engine.stream_network import StreamNetwork
from longlag.simd.random import Purpose, numpy_stream

# Sums of the same float64 numbers in three orders: measured, they stay within 1e-12. Relative to
# 1 + the size of the number.
TOLERANCE = 1e-10


pytestmark = pytest.mark.usefixtures("stream_kernels")


@settings(max_examples=10, derandomize=True)
@given(learners(forms=("logistic", "linear"), most_blocks=3), st.integers(0, 1000))
def test_lanes_units_and_reference_agree(learner, seed):
    X, Y = samples(learner, seed)
    units, reference = StreamNetwork(learner, dtype="float64"), reference_of(learner)
    lane = Lanes(learner, [learner.start(numpy_stream(0, 0, Purpose.WEIGHTS))])
    answers = units.learn_many(X, Y)
    for x, y, answer in zip(X, Y, answers, strict=True):
        reference.step(x)
        lane.step(x)
        assert close(lane.answer()[:, 0], answer)
        assert close(reference.answer(), answer)
        if not np.isnan(y).any():
            reference.learn(y)
            lane.learn(y)
    for name, known in units.arrays().items():
        found = lane.view(name) if name != "running" else lane.view("coefficients")[-len(known) :]
        assert close(found[..., 0], known), name
    assert close(reference.weights(), units.arrays()["weights"])
    assert close(reference.s, units.arrays()["states"])


def close(ours, theirs):
    return np.max(np.abs(ours - theirs) / (1 + np.abs(theirs)), initial=0) < TOLERANCE
