"""The readable rotating cell against finite differences, and what happens without a term."""

from dataclasses import replace

import numpy as np
import pytest
from support.rotating_nets import MIXED, SYMBOLS, outputs, reference_of, sequence

from longlag.errors import InputError
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.learners.rotating import Rotating
from longlag.learners.rotating.reference import ReferenceRotating

# Central differences with step h err by h^2/6 times a third derivative of size 10, about 1e-10, and
# by rounding, 1e-16 / h, about 1e-11. A missing term shows by more than MISSING in some weight.
H, TOLERANCE, MISSING = 1e-5, 1e-9, 1e-4

TOPOLOGIES = {
    "mixed": MIXED,
    "symbols": SYMBOLS,
    "rotating alone": replace(MIXED, blocks=0, output_sources=("cells",), output="linear"),
    "memory alone": replace(MIXED, cells=0),
}


def deviation(config, mutation=()):
    """Of the gradient at the last step from finite differences of half the squared error."""
    x, targets = sequence(config)
    net = reference_of(config, mutation)
    for now in x:
        net.step(now)
    net.answer()
    found = net.gradient(targets[-1])
    shifts = H * np.eye(config.weights)
    weights = reference_of(config).weights()
    above, below = (outputs(config, weights + shift, x) for shift in (shifts, -shifts))
    error = 0.5 * np.sum((targets[-1] - above) ** 2 - (targets[-1] - below) ** 2, axis=1)
    return np.abs(found + error / (2 * H)).max()


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_the_gradient_is_exact(name):
    """Every weight, every term: nothing is truncated."""
    assert deviation(TOPOLOGIES[name]) < TOLERANCE


MUTATIONS = {
    "A in T": ("A[:, None] * self.T[kind]", "self.T[kind]"),
    "the phase in A": ("self.A = A = f(net_phi) * np.exp(1j * theta)", "A = f(net_phi) + 0j"),
    "A in T_theta": ("A * self.T_theta + 1j", "self.T_theta + 1j"),
    "j in T_theta": ("1j * f(net_phi) * turned", "f(net_phi) * turned"),
    "the turn in T_phi": ("turned * df(net_phi)", "turned * np.exp(-1j * theta) * df(net_phi)"),
    "j in T_im": ("1j * f(net_in) * 4.0 * df(net_im)", "f(net_in) * 4.0 * df(net_im)"),
    "g' in T_re": ("f(net_in) * 4.0 * df(net_re)", "f(net_in)"),
    "f' in T_in": ("z * df(net_in)", "z"),
    "the imaginary part of e": ("e_parts[0::2] + 1j * e_parts[1::2]", "e_parts[0::2]"),
    "h' in e": ("* 0.5 * (1.0 - self.h**2) * back", "* back"),
    "f' in e_out": ("df(self.net_out) * np.sum", "np.sum"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_differences_notice_another_term(name):
    assert deviation(MIXED, MUTATIONS[name]) > MISSING


def test_without_rotation_it_is_lstm():
    """Blocks of two memory cells that see the inputs alone: the same answers, the same changes."""
    config = replace(MIXED, cells=0)
    lstm = LSTM(
        *(2, 2),
        blocks=2,
        forget_gates=True,
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        output_sources=("inputs", "cells"),
        weight_range=1,
    )
    ours, theirs = ReferenceRotating(config), ReferenceLSTM(lstm)
    assert config.weights == lstm.weights
    for net, learner in ((ours, config), (theirs, lstm)):
        net.load(learner.start(np.random.default_rng(0)))
    for now, target in zip(*sequence(config, steps=20), strict=True):
        answers = []
        for net in (ours, theirs):
            net.step(now)
            answers.append(net.answer())
            net.learn(target)
        # The same float64 sums in another order, over twenty steps that learn.
        np.testing.assert_allclose(*answers, rtol=0, atol=1e-13)


def test_a_cell_turns_once_in_its_period():
    """Left alone, a state comes back to where it was, smaller by what was forgotten."""
    config = Rotating(1, 1, cells=1, periods=(12, 12), forget_gate_biases=(3.0,), weight_range=0)
    net = ReferenceRotating(config)
    net.load(config.start(np.random.default_rng(0)))
    net.s = np.array([1.0 + 0.5j])
    seen = [net.s.copy() for _ in range(13) if net.step([0.0]) or True]
    kept = 1 / (1 + np.exp(-3.0))
    np.testing.assert_allclose(seen[5] / kept**6, -np.array([1.0 + 0.5j]))
    np.testing.assert_allclose(seen[11] / kept**12, np.array([1.0 + 0.5j]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cells": 0}, "cells and blocks of rotating are both 0"),
        ({"cells": -1}, "cells of rotating must be from 0"),
        ({"blocks": 1.5}, "blocks of rotating must be a whole number"),
        ({"output_sources": ("inputs",)}, "output_sources of rotating must contain 'cells'"),
        ({"output_sources": ("gates",)}, "each item one of 'inputs', 'cells', got ('gates',)"),
        ({"periods": (1.0, 5.0)}, "of 2 items, each a number in [2, 1000000000.0]"),
        ({"periods": (2.0,)}, "periods of rotating must be a list of 2 items"),
        ({"output_range": (1.0, 0.0)}, "output_range of rotating must be two rising numbers"),
        (
            {"forget_gate_biases": (1.0,) * 2},
            "must have one number for each of 6 cells and 0 blocks",
        ),
        ({"input_gate_biases": (float("nan"),) * 6}, "input_gate_biases of rotating must be"),
        ({"coding": "words"}, "coding of rotating must be one of 'real', 'symbol'"),
        ({"output": "tanh"}, "output of rotating must be one of"),
        ({"update": "never"}, "update of rotating must be one of"),
        ({"rule": "adam"}, "rule of rotating must be a Rule, got 'adam'"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        Rotating(2, 1, **fields)
    assert message in str(caught.value)
