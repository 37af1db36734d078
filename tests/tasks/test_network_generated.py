"""Sequences of a random network, against the network in NumPy."""

from itertools import islice

import numpy as np
from support.laws import assert_share

from longlag import NetworkGenerated

TASK = NetworkGenerated(T=40, weights=3.0)
PERIODS = np.array([1, 1, 1, 2, 2, 2, 4, 4, 8, 8])


def squashed(total):
    return total / (1 + np.abs(total))


def test_inputs_and_outputs_are_those_of_the_network():
    numbers = np.array(TASK.trial_parameters(1, 0)[2:])
    units, to_input, to_output = numbers[:120].reshape(10, 12), numbers[120:130], numbers[130:]
    assert np.abs(numbers).max() <= 3.0
    clamped = 0
    for x, target in islice(TASK.sequences(seed=1), 200):
        h = np.zeros(10)
        for t, now in enumerate(x[:, 0]):
            fed_back = squashed(to_input @ h)
            # Sums of ten terms in another order, through 40 steps that may magnify a rounding.
            free = np.isclose(now, fed_back, atol=1e-10)
            assert free or np.abs(now) <= 1
            clamped += not free and t > 0
            computed = squashed(units @ np.concatenate(([1.0, now], h)))
            h = np.where((t + 1) % PERIODS == 0, computed, h)
            np.testing.assert_allclose(target[t, 0], squashed(to_output @ h), atol=1e-10)
    # A fixed seed, so this never fails by chance once it passes.
    assert_share(clamped, 200 * 39, 0.05)


def test_trials_have_networks_of_their_own():
    assert len({TASK.trial_parameters(1, trial) for trial in range(20)}) == 20
