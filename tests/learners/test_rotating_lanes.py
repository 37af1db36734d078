"""Rotating cells in lanes: against the reference, against LSTM, and what happens without a term."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lanes import Lanes
from support.mutations import mutate
from support.rotating_nets import MIXED, RULES, SYMBOLS, reference_of, rotating, sequence

from longlag.learners.lstm import LSTM
from longlag.learners.rotating import cell, lanes
from longlag.rules import Adam
from longlag.simd.random import Purpose, numpy_stream
from longlag.testing import check_learner

# Kernel and reference compute the same float64 sums in another order, with functions that differ by
# a few ulp (2e-16): measured, they stay within 1e-13. A missing term shows by more than MISSING.
# Numbers are compared relative to 1 + their size.
TOLERANCE, MISSING = 1e-11, 1e-4

#: Names of the traces in lanes and in the reference; a cell has those of both its inputs.
TRACES = {"gate_traces": "in", "forget_traces": "phi"}


def largest_deviation(config, kernel=None, seed=0, compiled=True):
    """Of a one-lane float64 kernel from the reference, after some sequences."""
    net = reference_of(config)
    column = config.start(numpy_stream(0, 0, Purpose.WEIGHTS))
    lane = Lanes(config, [column], kernel=kernel, compiled=compiled)
    generator, deviations = np.random.default_rng(seed), []

    def compare(ours, theirs):
        assert ours.shape == theirs.shape
        deviations.append(np.max(np.abs(ours - theirs) / (1 + np.abs(ours)), initial=0))

    def parts(numbers):
        return np.stack([numbers.real, numbers.imag], axis=1)

    for number in range(3):
        x, targets = sequence(config, seed + number)
        net.reset()
        lane.reset()
        for now, target in zip(x, targets, strict=True):
            net.step(now)
            lane.step(now)
            compare(net.answer(), lane.answer()[:, 0])
            if generator.random() < 0.5:
                net.learn(target)
                lane.learn(target)
        net.finish()
        lane.finish()
        compare(net.weights(), lane.view("weights")[:, 0])
        compare(parts(net.s).ravel(), lane.view("states")[:, 0])
        # Sources come in the order of the weights: with symbols the bias is the last.
        order = np.roll(np.arange(1 + config.inputs), -1 if config.coding == "symbol" else 0)
        for name, kind in TRACES.items():
            compare(parts(net.T[kind][:, order]).reshape(-1, len(order)).T, lane.view(name)[..., 0])
        both = np.stack([parts(net.T[kind][:, order]) for kind in ("re", "im")], axis=1)
        compare(both.reshape(-1, len(order)).T, lane.view("cell_traces")[..., 0])
        if not config.periods_fixed:
            compare(parts(net.T_theta[: config.cells]).ravel(), lane.view("phase_traces")[0, :, 0])
    return np.max(deviations)  # a number that is not one stays so


#: Together: both kinds of cells, shortcuts, symbols, moments, and updates at the end of a sequence.
CHOSEN = {
    "mixed": MIXED,
    "symbols": replace(SYMBOLS, rule=RULES["adam"], update="sequence"),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_kernel_against_reference(name):
    assert largest_deviation(CHOSEN[name]) < TOLERANCE


@pytest.mark.parametrize("update", ["step", "sequence"])
def test_fixed_periods_are_no_weights(update):
    fixed = replace(MIXED, periods_fixed=True, rule=RULES["adam"], update=update)
    assert largest_deviation(fixed, compiled=False) < TOLERANCE
    net = reference_of(fixed)
    before = net.w["phases"].copy()
    for x, target in zip(*sequence(fixed), strict=True):
        net.step(x)
        net.answer()
        net.learn(target)
    net.finish()
    assert np.array_equal(net.w["phases"], before)
    assert not np.array_equal(net.w["cells"], reference_of(fixed).w["cells"])


@settings(max_examples=10, derandomize=True)
@given(rotating(), st.integers(0, 1000))
def test_any_kernel_against_reference(config, seed):
    assert largest_deviation(config, seed=seed) < TOLERANCE


def mutated(config, term, replacement):
    """The kernel of one lane with another term in its place."""
    return mutate((cell, lanes), term, replacement).compile_rotating(config.topology)


MUTATIONS = {
    "the turn of states and traces": ("-(by_im * im)", "(by_im * im)"),
    "the other half of it": ("fma(by_re, im, by_im * re)", "by_re * im"),
    "fading": ("y_forget[j] * cosine, y_forget[j] * sine", "cosine, sine"),
    "y_forget in T_theta": ("-(y_forget * im), y_forget * re", "-im, re"),
    "the sign in T_theta": ("-(y_forget * im), ", "(y_forget * im), "),
    "slopes of the other part": ("2 * c + other % 2] = 0.0", "2 * c] = 0.0"),
    "im in e_out": ("fma(h[2 * j + 1], e[2 * j + 1], h[2 * j] * e[2 * j])", "h[2 * j] * e[2 * j]"),
    "h' in e": ("e[c] = state_error(e[c], h[c], y[OUT + c // 2], False)", "pass"),
    "changes of phases": ("descend_phases(S, rows_from(S, t_phase_row), e, mask)", "pass"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_comparison_notices_another_term(name):
    assert largest_deviation(MIXED, mutated(MIXED, *MUTATIONS[name])) > MISSING


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_without_rotation_it_has_the_bits_of_lstm(dtype):
    """Blocks of two memory cells that see the inputs alone."""
    ours = replace(MIXED, cells=0, rule=Adam(0.01))
    theirs = LSTM(
        *(2, 2),
        blocks=2,
        forget_gates=True,
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        output_sources=("inputs", "cells"),
        weight_range=1,
        rule=Adam(0.01),
    )
    answers = []
    for learner in (ours, theirs):
        lane = Lanes(learner, [learner.start(np.random.default_rng(0))], dtype)
        for now, target in zip(*sequence(learner, steps=20), strict=True):
            lane.step(now)
            answers.append(lane.answer().tobytes())
            lane.learn(target)
    assert answers[:20] == answers[20:]


@pytest.mark.slow  # of the defaults the contract is tested in any case
@pytest.mark.parametrize("config", [MIXED, SYMBOLS], ids=["mixed", "symbols"])
def test_rotating_cells_keep_the_contract(config):
    """Bits that do not depend on other lanes, and masked lanes that stay as they are."""
    check_learner(config)
