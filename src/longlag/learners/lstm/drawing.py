"""How the weights of a new LSTM network are drawn, and its biases set."""

import numpy as np

from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.reference import layout_rows
from longlag.learners.lstm.topology import KINDS

OF_BLOCKS = ("cells", "input_gates", "forget_gates", "output_gates")  #: the units of a block


def draw(config: LSTM, weights: np.ndarray, generator: np.random.Generator) -> None:
    """Set the weights (in the order of the layout) that do not start in `weight_range`."""
    if config.block_ranges:  # others need no tables of rows, and a fleet begins many networks
        rows = layout_rows(config)
        for kind in OF_BLOCKS:
            _draw_by_block(config, rows[kind], weights, generator)
    gates = config.topology.groups[1]
    weights[gates.start : gates.start + gates.symbols * gates.units] += config.input_gate_offset
    given = {
        "input_gates": config.input_gate_biases,
        "forget_gates": config.forget_gate_biases,
        "output_gates": config.output_gate_biases,
        "outputs": () if config.output_bias is None else (config.output_bias,) * config.outputs,
    }
    for kind, group in zip(KINDS, config.topology.groups, strict=True):
        biases = group.bias_rows
        if given.get(kind) and len(biases):
            weights[biases] = given[kind]
        elif config.bias_range is not None:
            weights[biases] = generator.uniform(-config.bias_range, config.bias_range, len(biases))


def _draw_by_block(
    config: LSTM,
    sources: dict[str, np.ndarray],
    weights: np.ndarray,
    generator: np.random.Generator,
) -> None:
    """Draw the weights into one kind of units, a row of each table for each unit."""
    for source, rows in sources.items():
        if source != "bias":
            wide = np.repeat(config.block_ranges, len(rows) // config.blocks)
            weights[rows] = wide[:, None] * generator.uniform(-1, 1, rows.shape)
