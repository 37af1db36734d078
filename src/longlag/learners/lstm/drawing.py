"""How the weights of a new LSTM network are drawn, and its biases set."""

import numpy as np

from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.reference import layout_rows
from longlag.learners.lstm.topology import KINDS


def draw(config: LSTM, weights: np.ndarray, generator: np.random.Generator) -> None:
    """Set the weights (in the order of the layout) that do not start in `weight_range`."""
    gates = config.topology.groups[1]
    weights[gates.start : gates.start + gates.symbols * gates.units] += config.input_gate_offset
    # Others need no tables of rows, and a fleet begins many networks.
    if config.hidden_to_input_gates:
        rows = layout_rows(config)["input_gates"]["hidden"]
        weights[rows] += np.array(config.hidden_to_input_gates)[:, None]
    given = {
        "input_gates": config.input_gate_biases,
        "forget_gates": config.forget_gate_biases,
        "output_gates": config.output_gate_biases,
        "hidden": config.hidden_biases,
        "outputs": () if config.output_bias is None else (config.output_bias,) * config.outputs,
    }
    for kind, group in zip(KINDS, config.topology.groups, strict=True):
        biases = group.bias_rows
        if given.get(kind) and len(biases):
            weights[biases] = given[kind]
        elif config.bias_range is not None:
            weights[biases] = generator.uniform(-config.bias_range, config.bias_range, len(biases))
