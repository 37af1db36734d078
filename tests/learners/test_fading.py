"""Traces of inputs that are over fade to nothing, whatever the cells are."""

import numpy as np
import pytest
from support.lanes import Lanes
from support.rotating_nets import MIXED

from longlag.learners.lstm import LSTM

FORGETFUL = LSTM(2, 1, forget_gates=True, peepholes=True, weight_range=1.0)


@pytest.mark.parametrize("learner", [FORGETFUL, MIXED], ids=lambda learner: learner.name)
def test_traces_fade_to_nothing(learner):
    """And do not stay among the denormal numbers, which are slow to compute with."""
    lane = Lanes(learner, [learner.start(np.random.default_rng(0))])
    inputs = slice(1, 3)  # among the sources, after the bias
    lane.step([1.0, 1.0])
    assert (lane.view("gate_traces")[inputs] != 0).all()
    for group in ("cell_traces", "gate_traces", "forget_traces"):
        lane.view(group)[inputs] *= 1e-25
    for _ in range(100):  # a gate that is open by 0.8 makes 1e-35 of 1e-25 in this time
        lane.step([0.0, 0.0])
    for group in ("cell_traces", "gate_traces", "forget_traces"):
        assert (lane.view(group)[inputs] == 0).all()
    assert (lane.view("gate_traces")[0] != 0).all()
