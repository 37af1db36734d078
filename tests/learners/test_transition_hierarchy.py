"""Transition hierarchies: changes against differences, growth, and the kernel."""

from dataclasses import replace

import numpy as np
import pytest
from support.lane_bits import assert_same_bits
from support.lanes import Lanes
from support.mutations import mutate

from longlag import Gap, TransitionHierarchy
from longlag.learners.transition_hierarchy import lanes
from longlag.learners.transition_hierarchy.reference import ReferenceHierarchy
from longlag.simd.random import Purpose

NETS = {
    "symbols": TransitionHierarchy(4, 4, "symbol", most=9, resets=False),
    "real": TransitionHierarchy(2, 2, most=3, rate=0.3, threshold=0.6),
}

# Both compute the same float64 sums in other orders, over some tens of changes of size 1.
AGREEMENT, MISSING = 1e-12, 1e-3


def chain(orders):
    """A net of two inputs and outputs with one unit of each order above the first output."""
    net = ReferenceHierarchy(TransitionHierarchy(2, 2, most=orders))
    generator = np.random.default_rng(1)
    for order in range(orders):
        weight = (0 if order == 0 else 1 + order, 1)
        net.L[weight] = 2 + order
        net.changed.append(weight)
        net.order.append(order + 1)
    net.w = generator.uniform(-1, 1, (2 + orders, 2))
    net.m, net.a = np.zeros_like(net.w), np.zeros_like(net.w)
    return net


def present(net, x):
    net.u, net.shown = np.zeros(len(net.w)), []
    for now in x:
        net.step(now)
    return net.answer()


def test_changes_are_the_gradient_of_the_last_error():
    x, target = np.random.default_rng(2).uniform(-1, 1, (6, 2)), np.array([0.3, -0.7])
    net = chain(orders=3)

    def error(i, j, shift):
        shifted = chain(orders=3)
        shifted.w[i, j] += shift
        return 0.5 * np.sum((target - present(shifted, x)) ** 2)

    h = 1e-5
    slopes = [[(error(i, j, h) - error(i, j, -h)) / (2 * h) for j in range(2)] for i in range(5)]
    present(net, x)
    net.learn(target)
    # An error of fourth degree: differences err by 1e-10, rounding by 1e-11.
    np.testing.assert_allclose(net.c, -np.array(slopes), rtol=0, atol=1e-9)
    assert np.abs(net.c).min() > MISSING


def of_gap(config, gap, rounds, order=(0, 1)):
    """The reference after rounds of both sequences in turn."""
    drawn = zip(Gap(gap=gap).sequences(1, purpose=Purpose.TESTING), range(2), strict=False)
    sequences = [sequence for sequence, _ in drawn]
    net = ReferenceHierarchy(config)
    for _ in range(rounds):
        for which in order:
            for now, target in zip(*sequences[which], strict=True):
                net.step(now)
                if not np.isnan(target[0]):
                    net.learn(target)
    return net, sequences


@pytest.mark.parametrize(("gap", "sets"), [(2, 4), (4, 6), (10, 12)])
def test_the_sequences_of_ring_in_turn_take_the_published_number_of_sets(gap, sets):
    config = TransitionHierarchy(13, 13, "symbol", rate=1.5, most=60, resets=False)
    for rounds, learned in ((sets, True), (sets - 1, False)):
        net, sequences = of_gap(config, gap, rounds)
        worst = 0.0
        for x, targets in sequences:
            for now, target in zip(x, targets, strict=True):
                net.step(now)
                if not np.isnan(target[0]):
                    worst = max(worst, np.abs(net.answer() - target).max())
        assert (worst < 0.5) == learned
    assert max(net.order) >= gap


def largest_deviation(config, kernel=None, steps=40):
    """Of a one-lane float64 kernel from the reference; infinite if other units are added."""
    column = config.start(np.random.default_rng(0))
    net, lane = config.reference(), Lanes(config, [column], kernel=kernel)
    net.load(column)
    generator, largest = np.random.default_rng(1), []
    for _ in range(4):
        net.reset()
        lane.reset()
        first = generator.integers(2)
        shown = [first, 2, 3, first] * (steps // 16)
        for now, after in zip(shown, [*shown[1:], 2], strict=True):
            if config.coding == "symbol":
                x, target = now, np.eye(config.outputs)[after]
            else:
                x, target = generator.uniform(-1, 1, 2), generator.uniform(-1, 1, 2)
            net.step(x)
            lane.step(x)
            largest.append(np.abs(net.answer() - lane.answer()[:, 0]).max())
            net.learn(target)
            lane.learn(target)
        largest.append(np.abs(net.activations() - lane.view("activations")[:, 0]).max())
        largest.append(np.abs(net.weights() - lane.view("weights")[:, 0]).max())
    assert len(net.w) > config.outputs  # it has grown
    same = config.weights_of(lane.S[:, 0]) == len(net.w) * config.inputs
    return np.max(largest) if same else np.inf


@pytest.mark.parametrize("name", NETS)
def test_kernel_against_reference(name):
    assert largest_deviation(NETS[name]) < AGREEMENT


MUTATIONS = {
    "the unit's part of a weight": ("select(by[weight] > 0.5, more, 0.0)", "0.0"),
    "the input of its time": ("S[order_row + i], inputs)", "0.0 * e, inputs)"),
    "a weight with a unit rests": (
        "learns = active & (S[by_row + weight] < 0.5)",
        "learns = active",
    ),
    "means begin at 1": ("select(mask, 1.0, S[m_row + other])", "S[m_row + other]"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_comparison_notices_another_term(mutation):
    kernel = mutate((lanes,), *MUTATIONS[mutation]).compile_hierarchy(NETS["symbols"].structure)
    assert largest_deviation(NETS["symbols"], kernel) > MISSING


@pytest.mark.slow
def test_same_bits_in_any_lane_at_any_step():
    assert_same_bits(replace(NETS["real"], resets=True), 4, "float64")
