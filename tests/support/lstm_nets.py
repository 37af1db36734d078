"""LSTM networks to test, sequences for them, and their forward pass in PyTorch.

The forward pass has its own account of where the weights lie, and knows nothing of gradients.
"""

import numpy as np
import torch
from hypothesis import strategies as st

from longlag.learners.lstm import LSTM
from longlag.learners.lstm.learner import UNITS
from longlag.rules import GradientDescent

# Wide initial weights, so that no term of a gradient is small enough to be missed.
TOPOLOGIES = {
    "adding": LSTM(2, 1, weight_range=1.0),
    "everything": LSTM(
        3, 2, hidden=3, output_sources=("inputs", "cells", "hidden"), weight_range=1.0
    ),
    "hidden without shortcuts": LSTM(2, 2, blocks=1, block_size=3, hidden=2, weight_range=1.0),
    "experiment 2a": LSTM(
        *(4, 4),
        coding="symbol",
        blocks=1,
        block_size=1,
        output_gates=False,
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        output_sources=("inputs", "cells"),
        biased=(),
        g="[0,1]",
        h="identity",
        weight_range=1.0,
    ),
    "symbols": LSTM(5, 2, coding="symbol", hidden=1, biased=("cells", "outputs"), weight_range=1.0),
    "no recurrence, linear": LSTM(
        *(2, 1),
        cell_sources=("inputs",),
        gate_sources=("inputs",),
        biased=("input_gates", "output_gates"),
        output="linear",
        weight_range=1.0,
    ),
    "odd sources": LSTM(
        *(2, 2),
        hidden=2,
        cell_sources=("inputs", "gates"),
        gate_sources=("inputs", "hidden"),
        hidden_sources=("inputs", "cells"),
        output_sources=("cells",),
        g="[-1,1]",
        output_range=(-0.5, 1.5),
        weight_range=1.0,
    ),
    "forget gates": LSTM(2, 1, forget_gates=True, weight_range=1.0),
    "peepholes": LSTM(2, 1, peepholes=True, weight_range=1.0),
    "both": LSTM(
        *(3, 2),
        block_size=3,
        hidden=1,
        forget_gates=True,
        peepholes=True,
        gate_sources=("inputs", "cells"),
        biased=("input_gates", "outputs"),
        weight_range=1.0,
    ),
    "both, symbols, no output gates": LSTM(
        *(4, 2),
        coding="symbol",
        output_gates=False,
        forget_gates=True,
        peepholes=True,
        output_sources=("inputs", "cells"),
        h="identity",
        weight_range=1.0,
    ),
}
STEPS = 7


def subsets(*members):
    return st.sets(st.sampled_from(members)).map(lambda s: tuple(m for m in members if m in s))


@st.composite
def lstms(draw):
    fed_back = subsets("cells", "gates", "hidden").map(lambda s: ("inputs", *s))
    return LSTM(
        inputs=draw(st.integers(1, 3)),
        outputs=draw(st.integers(1, 2)),
        blocks=draw(st.integers(1, 3)),
        block_size=draw(st.integers(1, 3)),
        hidden=draw(st.integers(0, 2)),
        output_gates=draw(st.booleans()),
        forget_gates=draw(st.booleans()),
        peepholes=draw(st.booleans()),
        coding=draw(st.sampled_from(("real", "symbol"))),
        cell_sources=draw(fed_back),
        gate_sources=draw(fed_back),
        hidden_sources=draw(fed_back),
        output_sources=(*draw(subsets("inputs", "hidden")), "cells"),
        biased=draw(subsets(*UNITS)),
        g=draw(st.sampled_from(("[-2,2]", "[-1,1]", "[0,1]"))),
        h=draw(st.sampled_from(("[-1,1]", "identity"))),
        output=draw(st.sampled_from(("logistic", "linear"))),
        output_range=draw(st.sampled_from(((0.0, 1.0), (-0.5, 1.5)))),
        weight_range=1.0,
        update=draw(st.sampled_from(("step", "sequence"))),
        rule=GradientDescent(0.1),  # small: a net that diverges magnifies rounding errors
    )


def sequence(config, seed=1, steps=STEPS):
    """Inputs and one target per step."""
    generator = np.random.default_rng(seed)
    if config.coding == "symbol":
        x = generator.integers(config.inputs, size=steps).astype(float)
    else:
        x = generator.uniform(-1, 1, (steps, config.inputs))
    return x, generator.uniform(0.1, 0.9, (steps, config.outputs))


def as_vectors(config, x):
    return np.eye(config.inputs)[x.astype(int)] if config.coding == "symbol" else x


def dense_rows(config):
    """A second, independent account of the order of the weights: the unit and the source of each.

    Sources are numbered bias, inputs, hidden, cells, input gates, forget gates, output gates, and
    the states of cells. Units are numbered cells, input gates, forget gates, output gates, hidden,
    outputs. With symbols their weights come first. Peepholes come after all others.
    """
    blocks, cells = config.blocks, config.blocks * config.block_size
    forget, out = blocks * config.forget_gates, blocks * config.output_gates
    source_sizes = (1, config.inputs, config.hidden, cells, blocks + forget + out, cells)
    first = np.cumsum((0, *source_sizes))
    numbers = {
        name: list(range(first[i], first[i + 1]))
        for i, name in enumerate(("bias", "inputs", "hidden", "cells", "gates", "states"))
    }
    kinds = (
        ("cells", cells, config.cell_sources),
        ("input_gates", blocks, config.gate_sources),
        ("forget_gates", forget, config.gate_sources),
        ("output_gates", out, config.gate_sources),
        ("hidden", config.hidden, config.hidden_sources),
        ("outputs", config.outputs, config.output_sources),
    )
    pairs, unit = [], 0
    for kind, size, fed_by in kinds:
        parts = [numbers[name] for name in ("inputs", "hidden", "cells", "gates") if name in fed_by]
        named = "input_gates" if kind == "forget_gates" else kind
        bias = [numbers["bias"]] if named in config.biased else []
        if config.coding == "symbol" and "inputs" in fed_by:
            order = [parts[0], *bias, *parts[1:]]
        else:
            order = [*bias, *parts]
        pairs += [(unit + u, source) for part in order for source in part for u in range(size)]
        unit += size
    if config.peepholes:
        for gates in range(cells, cells + blocks + forget + out, blocks):  # first gate of each kind
            pairs += [
                (gates + j, numbers["states"][j * config.block_size + v])
                for v in range(config.block_size)
                for j in range(blocks)
            ]
    units, sources = np.array(pairs).T
    return (unit, first[-1]), units, sources


def dense(config, weights):
    """Flat weights, shape (..., weights), as one matrix (..., units, sources)."""
    shape, units, sources = dense_rows(config)
    w = np.zeros(weights.shape[:-1] + shape)
    w[..., units, sources] = weights
    return w


def torch_outputs(config, w, x, *, truncated=False, cut=None):
    """Outputs at every step by PyTorch, from the dense matrix.

    With `truncated` no gradient flows back through what feeds a unit, only through its state; and
    in any case none from step `cut` to the one before.
    """
    blocks, cells, hidden = config.blocks, config.blocks * config.block_size, config.hidden
    forget, out = blocks * config.forget_gates, blocks * config.output_gates
    w, peepholes = w[:, :-cells], w[:, -cells:]
    sizes = [cells, blocks, forget, out, hidden, config.outputs]
    w_c, w_in, w_forget, w_out, w_i, w_k = torch.split(w, sizes)
    _, p_in, p_forget, p_out, _, _ = torch.split(peepholes, sizes)
    g = {
        "[-2,2]": lambda a: 2 * torch.tanh(a / 2),
        "[-1,1]": lambda a: torch.tanh(a / 2),
        "[0,1]": torch.sigmoid,
    }[config.g]
    s = torch.zeros(cells, dtype=torch.float64)
    hidden_layer = torch.zeros(hidden + cells + blocks + forget + out, dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    fed_back = (lambda y: y.detach()) if truncated else (lambda y: y)
    outputs = []
    for t, now in enumerate(torch.tensor(as_vectors(config, x))):
        if t == cut:
            s, hidden_layer = s.detach(), hidden_layer.detach()
        seen = torch.cat((one, now, fed_back(hidden_layer)))
        y_i = torch.sigmoid(w_i @ seen)
        y_in = torch.sigmoid(w_in @ seen + p_in @ fed_back(s))
        y_forget = torch.sigmoid(w_forget @ seen + p_forget @ fed_back(s))
        if config.forget_gates:
            s = s * y_forget.repeat_interleave(config.block_size)
        s = s + y_in.repeat_interleave(config.block_size) * g(w_c @ seen)
        y_out = torch.sigmoid(w_out @ seen + p_out @ fed_back(s))
        y_c = s if config.h == "identity" else torch.tanh(s / 2)
        if config.output_gates:
            y_c = y_c * y_out.repeat_interleave(config.block_size)
        hidden_layer = torch.cat((y_i, y_c, y_in, y_forget, y_out))
        net_k = w_k @ torch.cat((one, now, hidden_layer))
        if config.output == "logistic":
            low, high = config.output_range
            net_k = low + (high - low) * torch.sigmoid(net_k)
        outputs.append(net_k)
    return outputs
