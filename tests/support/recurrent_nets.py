"""Recurrent nets to test, sequences for them, and their forward pass in PyTorch.

The forward pass has its own account of where the weights lie, and knows nothing of gradients.
"""

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from longlag.learners.recurrent.reference import ReferenceBPTT, ReferenceElman, ReferenceRTRL
from longlag.rules import GradientDescent

REFERENCES = {"rtrl": ReferenceRTRL, "bptt": ReferenceBPTT, "elman": ReferenceElman}

# One update with this rule at the end of a sequence is the gradient. Wide initial weights, so that
# no term of it is small enough to be missed.
WHOLE = {"update": "sequence", "rule": GradientDescent(1.0), "weight_range": 1.0}

LAYERED = {
    "plain": {"inputs": 2, "outputs": 1, "hidden": 3},
    "shortcuts, tanh, linear": {
        "inputs": 2,
        "outputs": 2,
        "hidden": 3,
        "output": "linear",
        "squashing": "tanh",
        "output_sources": ("inputs", "hidden"),
        "biased": ("hidden",),
    },
    "symbols": {"inputs": 4, "outputs": 3, "hidden": 2, "coding": "symbol", "biased": ("outputs",)},
    "experiment 2a": {
        "inputs": 4,
        "outputs": 4,
        "hidden": 1,
        "coding": "symbol",
        "biased": (),
        "output_sources": ("inputs", "hidden"),
    },
}
FULL = {
    "full": {"inputs": 2, "outputs": 2, "hidden": 2, "connections": "full"},
    "full, symbols, tanh": {
        "inputs": 3,
        "outputs": 2,
        "hidden": 2,
        "connections": "full",
        "coding": "symbol",
        "biased": (),
        "squashing": "tanh",
        "output_range": (-0.5, 1.5),
    },
}


def nets(learner, largest=3):
    """Learners of this class over everything that changes the net, with random weights."""

    @st.composite
    def draw_net(draw):
        full = learner.name != "elman" and draw(st.booleans())
        sources = (
            ("hidden",) if full else draw(st.sampled_from((("hidden",), ("inputs", "hidden"))))
        )
        both = [(), ("hidden", "outputs")]
        return learner(
            inputs=draw(st.integers(1, largest)),
            outputs=draw(st.integers(1, largest)),
            hidden=draw(st.integers(1, largest)),
            coding=draw(st.sampled_from(("real", "symbol"))),
            output_sources=sources,
            biased=draw(st.sampled_from(both if full else [*both, ("hidden",), ("outputs",)])),
            squashing=draw(st.sampled_from(("logistic", "tanh"))),
            output=draw(st.sampled_from(("logistic", "linear"))),
            output_range=draw(st.sampled_from(((0.0, 1.0), (-0.5, 1.5)))),
            weight_range=1.0,
            **({"connections": "full"} if full else {}),
        )

    return draw_net()


def sequence(config, seed=1, steps=7, share=0.6):
    """Inputs, a target for every step, and which steps have one; the last has."""
    generator = np.random.default_rng(seed)
    if config.coding == "symbol":
        x = generator.integers(config.inputs, size=steps).astype(float)
    else:
        x = generator.uniform(-1, 1, (steps, config.inputs))
    learn = generator.random(steps) < share
    learn[-1] = True
    return x, generator.uniform(0.1, 0.9, (steps, config.outputs)), learn


def reference(config, seed=0, kind=None):
    net = (kind or REFERENCES[config.name])(config)
    net.load(config.start(np.random.default_rng(seed)))
    return net


def present(net, x, targets, learn):
    """A sequence with its errors; returns the answers."""
    net.reset()
    answers = []
    for now, target, taught in zip(x, targets, learn, strict=True):
        net.step(now)
        answers.append(net.answer())
        if taught:
            net.learn(target)
    net.finish()
    return np.array(answers)


def gradient(config, x, targets, learn, kind=None):
    """Of one sequence, downhill, of a config with the fields WHOLE."""
    net = reference(config, kind=kind)
    before = net.weights()
    present(net, x, targets, learn)
    return net.weights() - before


def dense(config, flat):
    """Flat weights as (units, sources) of the units that are fed back, and of the outputs.

    Sources are bias, inputs, units. With symbols the weights from the inputs come first.
    """
    full = getattr(config, "connections", "layered") == "full"
    units = config.hidden + config.outputs * full
    bias, inputs = [0], list(range(1, 1 + config.inputs))
    fed_back = list(range(1 + config.inputs, 1 + config.inputs + units))
    kinds = [("hidden", units, inputs)]
    if not full:
        shortcuts = inputs if "inputs" in config.output_sources else []
        kinds.append(("outputs", config.outputs, shortcuts))
    matrices, at = [], 0
    for kind, size, seen in kinds:
        first = bias if kind in config.biased else []
        order = [*seen, *first] if config.coding == "symbol" else [*first, *seen]
        matrix = flat.new_zeros((size, 1 + config.inputs + units))
        for source in [*order, *fed_back]:
            matrix[:, source] = flat[at : at + size]
            at += size
        matrices.append(matrix)
    assert at == len(flat)
    return matrices if not full else [matrices[0], None]


def torch_outputs(config, flat, x, cut=None, forced=None):
    """The answers at every step; no gradient flows from step `cut` to the one before.

    `forced` holds the targets that are fed back, or None, at every step.
    """
    w, v = dense(config, flat)
    symbols = config.coding == "symbol"
    rows = np.eye(config.inputs)[x.astype(int)] if symbols else x
    squash = torch.tanh if config.squashing == "tanh" else torch.sigmoid
    low, high = config.output_range

    def form(net):
        return net if config.output == "linear" else low + (high - low) * torch.sigmoid(net)

    y, one, outputs = w.new_zeros(len(w)), w.new_ones(1), []
    for t, now in enumerate(torch.tensor(rows)):
        if t == cut:
            y = y.detach()
        net = w @ torch.cat((one, now, y))
        y = torch.cat((squash(net[: config.hidden]), form(net[config.hidden :])))
        outputs.append(y[config.hidden :] if v is None else form(v @ torch.cat((one, now, y))))
        if forced is not None and forced[t] is not None:
            y = torch.cat((y[: config.hidden], torch.tensor(forced[t])))
    return outputs


def half_squared_error(outputs, targets, learn) -> Any:  # a sum may be the number 0
    return 0.5 * sum(
        ((torch.tensor(target) - output) ** 2).sum()
        for output, target, taught in zip(outputs, targets, learn, strict=True)
        if taught
    )
