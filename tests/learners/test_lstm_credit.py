"""Full and one-step credit against PyTorch and finite differences, in every lane."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.lanes import Lanes
from support.lstm_nets import TOPOLOGIES, dense, dense_rows, sequence, torch_outputs

from longlag.rules import GradientDescent

WHOLE = {"update": "sequence", "rule": GradientDescent(1.0)}
# Rounding errors of sums over 7 steps and at most 16 sources, of numbers of size 1 to 10.
ROUNDING = 1e-13


def taught(learn):
    """Which steps have a target."""
    return np.flatnonzero(learn)


def gradient(config, x, targets, steps, kernel=None):
    """Downhill, of a sequence with targets at some steps: what it adds to the weights."""
    lane = Lanes(config, [config.start(np.random.default_rng(0))], kernel=kernel)
    before = lane.view("weights")[:, 0].copy()
    lane.reset()
    for t, now in enumerate(x):
        lane.step(now)
        if t in steps:
            lane.answer()
            lane.learn(targets[t])
    lane.finish()
    return lane.view("weights")[:, 0] - before


def autograd(config, x, targets, steps, **kind):
    weights = config.layout.view(config.start(np.random.default_rng(0)), "weights")
    w = torch.tensor(dense(config, weights), requires_grad=True)
    outputs = torch_outputs(config, w, x, **kind)
    loss = sum(0.5 * ((torch.tensor(targets[t]) - outputs[t]) ** 2).sum() for t in steps)
    (slope,) = torch.autograd.grad(loss, w)
    _, units, sources = dense_rows(config)
    return -slope.numpy()[units, sources]


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_full_credit_against_autograd(name):
    config = replace(TOPOLOGIES[name], credit="full", **WHOLE)
    x, targets = sequence(config)
    for steps in ([6], [1, 2, 5], range(7)):
        ours = gradient(config, x, targets, steps)
        theirs = autograd(config, x, targets, steps, truncated=False)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)
