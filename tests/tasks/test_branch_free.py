"""What a branch-free task writes for all lanes at once has the bits of each lane alone."""

import numpy as np
import pytest
from support.lane_sequences import LANES, first_sequences, idle_steps

from longlag.tasks import tasks
from longlag.tasks.adding import Adding
from longlag.tasks.parity import Parity
from longlag.tasks.temporal_order import TemporalOrder
from longlag.tasks.tomita import Tomita
from longlag.tasks.two_sequence import TwoSequence

BRANCH_FREE = [name for name, kind in tasks().items() if kind.kernel().branch_free]

# Besides the defaults: what other parameters change in a sequence.
OTHERS = {
    "adding": Adding(22),
    "parity": Parity(9, 14, noise=0.2),
    "temporal-order": TemporalOrder(relevant_symbols=3),
    "tomita": Tomita(4, 20, 29, outside="one fault", symbols=True, end_symbol=True),
    "two-sequence": TwoSequence(T=30, N=7, signal_variance=0.2, target_variance=0.1),
}


@pytest.mark.parametrize("name", BRANCH_FREE)
def test_bits_of_lanes(name):
    default = tasks()[name]()
    for task in (default, OTHERS.get(name, default)):
        for trial, (x, y) in enumerate(first_sequences(task, seed=5)):
            wanted_x, wanted_y = next(task.sequences(seed=5, trial=trial))
            assert np.array_equal(x, wanted_x)
            assert np.array_equal(y[:, : task.outputs], wanted_y, equal_nan=True)
        assert trial == LANES - 1


@pytest.mark.parametrize("name", BRANCH_FREE)
def test_lanes_without_a_sequence_do_no_harm(name):
    """Their steps count on from nothing remembered: what is written stays in its place, finite."""
    task = tasks()[name]()
    x = idle_steps(task, 50_000)
    assert np.isfinite(x).all()
