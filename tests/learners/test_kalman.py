"""The Kalman filter of a recurrent net: its slopes, least squares, and the kernel."""

from dataclasses import replace

import numpy as np
import pytest
from support.lane_bits import assert_same_bits
from support.lanes import Lanes
from support.mutations import mutate
from support.recurrent_nets import present

from longlag import InputError, Kalman
from longlag.learners.recurrent import kalman
from longlag.learners.recurrent.reference_kalman import ReferenceKalman

NETS = {
    "real": Kalman(2, 2, hidden=2, weight_range=0.7, noise=0.5, discount=0.8),
    "symbols": Kalman(3, 1, 2, "symbol", output="logistic", squashing="logistic", drift=0.01),
}

# Inverses of 2 x 2 matrices and sums in other orders; variances of 100 magnify rounding to 1e-12.
AGREEMENT, MISSING = 1e-9, 1e-4


def shown(config, steps=6, number=0):
    """Inputs and targets of a sequence."""
    generator = np.random.default_rng(number)
    real = config.coding == "real"
    x = (
        generator.uniform(-1, 1, (steps, config.inputs))
        if real
        else generator.integers(3, size=steps)
    )
    return x, generator.uniform(0.1, 0.9, (steps, config.outputs))


def loaded(config, shift=0.0):
    column, net = config.start(np.random.default_rng(0)), ReferenceKalman(config)
    config.layout.view(column, "weights")[:] += shift
    net.load(column)
    return net


@pytest.mark.parametrize("name", NETS)
def test_slopes_are_those_of_differences(name):
    config, h = replace(NETS[name], discount=1.0), 1e-5
    x, targets = shown(config)
    net = loaded(config)
    present(net, x, targets, [False] * len(x))
    untaught = [False] * len(x)
    slopes = [
        present(loaded(config, shift), x, targets, untaught)[-1]
        - present(loaded(config, -shift), x, targets, untaught)[-1]
        for shift in h * np.eye(config.weights)
    ]
    # Differences err by h^2/6 times a third derivative of size 10, rounding by 1e-11.
    np.testing.assert_allclose(net.by_weight(), np.array(slopes) / (2 * h), rtol=0, atol=1e-8)


def test_a_linear_output_is_recursive_least_squares():
    """With hidden units that do not change, ridge regression on them gives the same weights."""
    config = Kalman(1, 1, hidden=2, noise=0.3, uncertainty=5.0, drift=0.0)
    net, rows, targets = loaded(config), [], []
    readout = config.net.topology.readout.start
    first = net.weights()
    net.P[:readout] = net.P[:, :readout] = 0.0  # the other weights are known
    for number in range(4):
        x, y = shown(config, number=number)
        net.reset()
        for now, target in zip(x, y, strict=True):
            net.step(now)
            net.answer()
            rows.append(net.u[[0, 2, 3]])  # the bias unit and the hidden units
            targets.append(target[0])
            net.learn(target)
    U = np.array(rows)
    ridge = np.linalg.solve(
        U.T @ U / 0.3 + np.eye(3) / 5.0, U.T @ targets / 0.3 + first[readout:] / 5.0
    )
    np.testing.assert_allclose(net.weights()[readout:], ridge, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(net.weights()[:readout], first[:readout])


def largest_deviation(config, kernel=None):
    """Of a one-lane float64 kernel from the reference: answers and weights of three sequences."""
    column = config.start(np.random.default_rng(0))
    net, lane = config.reference(), Lanes(config, [column], kernel=kernel)
    net.load(column)
    largest = []
    for number in range(3):
        x, targets = shown(config, number=number)
        net.reset()
        lane.reset()
        for now, target in zip(x, targets, strict=True):
            net.step(now)
            lane.step(now)
            largest.append(np.abs(net.answer() - lane.answer()[:, 0]).max())
            net.learn(target)
            lane.learn(target)
            largest.append(np.abs(net.weights() - lane.view("weights")[:, 0]).max())
    return np.max(largest)


@pytest.mark.parametrize("name", NETS)
def test_kernel_against_reference(name):
    assert largest_deviation(NETS[name]) < AGREEMENT


MUTATIONS = {
    "discount": ("S[i] = S[i] * discount", "S[i] = 1.0 * S[i]"),
    "R": ("s = S[number_row]\n", "s = 0.0 * S[number_row]\n"),
    "what other outputs changed": ("e = fma(-H[i], change[i], e)", "e = 1.0 * e"),
    "P": ("fma(-share, gain[b], old)", "old"),
    "Q": ("S[row] + S[number_row + 1]", "S[row]"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_comparison_notices_a_missing_term(mutation):
    config = replace(NETS["real"], drift=0.1)
    kernel = mutate((kalman,), *MUTATIONS[mutation]).compile_kalman(config.structure)
    assert largest_deviation(config, kernel) > MISSING


@pytest.mark.slow
def test_same_bits_in_any_lane_at_any_step():
    assert_same_bits(NETS["real"], 4, "float64")


def test_an_empty_range_is_refused():
    with pytest.raises(InputError, match=r"^output_range of kalman must be two rising"):
        Kalman(1, 1, output_range=(1.0, 0.0))
