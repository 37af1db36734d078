"""Networks of rotating cells to test, a second account of their weights, and mutations of them."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from longlag.learners.rotating import Rotating, reference
from longlag.rules import Adam, GradientDescent, RMSProp
from longlag.simd.random import Purpose, numpy_stream
from support.mutations import mutated_names

# Small steps and epsilons that are not tiny: a net that diverges, or a gradient near 0 over its own
# size, would magnify rounding errors.
RULES = {
    "gradient-descent": GradientDescent(0.1),
    "rmsprop": RMSProp(0.01, epsilon=1e-3),
    "adam": Adam(0.01, epsilon=1e-3),
}

# Wide initial weights, so that no term of a gradient is small enough to be missed.
MIXED = Rotating(
    *(2, 2), cells=3, blocks=2, output_sources=("inputs", "cells"), periods=(3, 20), weight_range=1
)
ON_STREAM = replace(MIXED, cells=17, blocks=3, output="linear", rule=RULES["adam"])
SYMBOLS = Rotating(4, 2, cells=2, blocks=1, coding="symbol", output="linear", weight_range=1)


@st.composite
def rotating(draw, *, coding=("real", "symbol"), update=("step", "sequence"), rules=tuple(RULES)):
    """Learners over everything that changes the network."""
    cells = draw(st.sampled_from((0, 1, 2, 3, 17)))
    return Rotating(
        inputs=draw(st.integers(1, 3)),
        outputs=draw(st.integers(1, 3)),
        cells=cells,
        blocks=draw(st.integers(0 if cells else 1, 2)),
        coding=draw(st.sampled_from(coding)),
        output_sources=draw(st.sampled_from((("cells",), ("inputs", "cells")))),
        output=draw(st.sampled_from(("logistic", "linear"))),
        output_range=draw(st.sampled_from(((0.0, 1.0), (-0.5, 1.5)))),
        periods=draw(st.sampled_from(((2.0, 512.0), (3.0, 5.0)))),
        weight_range=1.0,
        update=draw(st.sampled_from(update)),
        rule=RULES[draw(st.sampled_from(rules))],
    )


def reference_of(config, mutation=()):
    """The reference with the weights that seed 0 starts with; a term of it may be another."""
    network = mutated_names(reference, *mutation)["ReferenceRotating"](config)
    network.load(config.start(numpy_stream(0, 0, Purpose.WEIGHTS)))
    return network


def sequence(config, seed=1, steps=7):
    """Inputs, and one target per step."""
    generator = np.random.default_rng(seed)
    if config.coding == "symbol":
        x = generator.integers(config.inputs, size=steps).astype(float)
    else:
        x = generator.uniform(-1, 1, (steps, config.inputs))
    return x, generator.uniform(0.1, 0.9, (steps, config.outputs))


def dense(config, weights):
    """Flat weights (..., weights) as a matrix (..., units, sources) for each kind of units.

    Sources are the bias, the inputs and the outputs of the cells. The order of flat weights: kind
    by kind, source by source, unit by unit; symbols before the bias.
    """
    pairs, symbols = config.cells + config.blocks, config.coding == "symbol"
    bias, inputs = [0], list(range(1, 1 + config.inputs))
    cells = list(range(1 + config.inputs, 1 + config.inputs + 2 * pairs))
    shown = [*inputs, *bias] if symbols else [*bias, *inputs]
    matrices, at, shortcuts = {}, 0, "inputs" in config.output_sources
    for kind, units, sources in (
        ("cells", 2 * pairs, shown),
        ("in", pairs, shown),
        ("phi", pairs, shown),
        ("out", pairs, shown),
        ("theta", config.cells, bias),
        ("outputs", config.outputs, [*(shown if shortcuts else bias), *cells]),
    ):
        matrix = np.zeros((*weights.shape[:-1], units, 1 + config.inputs + 2 * pairs))
        for source in sources:
            matrix[..., source] = weights[..., at : at + units]
            at += units
        matrices[kind] = matrix
    assert at == weights.shape[-1]
    return matrices


def outputs(config, weights, x):
    """The outputs at the last step, for a batch of weights: (..., outputs).

    Written without complex numbers: a state is turned by a matrix.
    """
    w = dense(config, weights)
    logistic = lambda a: 0.5 + 0.5 * np.tanh(a / 2)  # noqa: E731
    pairs, batch = config.cells + config.blocks, weights.shape[:-1]
    theta = np.zeros((*batch, pairs))
    theta[..., : config.cells] = w["theta"][..., 0]
    turn = np.stack([np.cos(theta), -np.sin(theta), np.sin(theta), np.cos(theta)], -1)
    turn = turn.reshape(*batch, pairs, 2, 2)
    rows = np.eye(config.inputs)[x.astype(int)] if config.coding == "symbol" else x
    s = np.zeros((*batch, pairs, 2))
    for now in rows:
        seen = np.concatenate(([1.0], now, np.zeros(2 * pairs)))
        gate = {kind: logistic(w[kind] @ seen) for kind in ("in", "phi", "out")}
        z = 2.0 * np.tanh(w["cells"] @ seen / 2).reshape(*batch, pairs, 2)
        s = gate["phi"][..., None] * (turn @ s[..., None])[..., 0] + gate["in"][..., None] * z
    y = (gate["out"][..., None] * np.tanh(s / 2)).reshape(*batch, 2 * pairs)
    fixed = np.broadcast_to(np.concatenate(([1.0], now)), (*batch, 1 + config.inputs))
    net = (w["outputs"] @ np.concatenate((fixed, y), -1)[..., None])[..., 0]
    low, high = config.output_range
    return net if config.output == "linear" else low + (high - low) * logistic(net)
