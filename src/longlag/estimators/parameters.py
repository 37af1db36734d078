"""The parameters of an estimator, and the network that they ask for."""

from typing import Any, Literal

import numpy as np

from longlag.errors import InputError, check_choice, check_whole
from longlag.learners.lstm import LSTM
from longlag.quoting import quoted
from longlag.rules import rules

#: Initial biases of input gates go from one to the other; forget gates have the opposite ones.
#: So the first cells hold what they see for about a step and the last for e**8, some 3,000 steps:
#: whatever the lag, some are right for it. The idea is that of Tallec & Ollivier (2018).
OPEN, SHUT = 2.0, -8.0

#: RMSProp's mean square is that of some 2,000 targets. It begins at 0, so that the first steps are
#: ten times and more as long as later ones, and get shorter as those of AdaGrad do.
DECAY = 0.9995


def plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as plain Python values, such as searches do not give."""
    found = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in parameters.items()
    }
    for name in ("forget_gates", "peepholes", "scaling"):
        if not isinstance(found[name], bool):
            raise InputError(f"{name} must be True or False, got {quoted(found[name])}")
    return found


def network_of(
    parameters: dict[str, Any], inputs: int, output: Literal["linear", "softmax"]
) -> LSTM:
    """The network's equations. Raises `InputError` for parameters that are out of range."""
    cells, size, rule = parameters["cells"], parameters["block_size"], parameters["rule"]
    check_whole("cells", cells, 1, 100_000)
    check_whole("block_size", size, 1, 100_000)
    if cells % size:
        raise InputError(f"cells must be a multiple of block_size, got {cells} and {size}")
    check_choice("rule", rule, tuple(rules()))
    blocks = cells // size
    fields = {"decay": DECAY} if rule == "rmsprop" else {}
    openness = [OPEN + (SHUT - OPEN) * (j + 0.5) / blocks for j in range(blocks)]
    forget = parameters["forget_gates"]
    return LSTM(
        inputs=inputs,
        outputs=1,
        blocks=blocks,
        block_size=size,
        forget_gates=forget,
        forget_gate_biases=tuple(-bias for bias in openness) if forget else (),
        input_gate_biases=tuple(openness),
        peepholes=parameters["peepholes"],
        cell_sources=("inputs", "cells"),
        gate_sources=("inputs",),  # calmer than gates that see the cells, and cheaper
        output_sources=("inputs", "cells"),
        output=output,
        rule=rules()[rule](rate=parameters["rate"], **fields),
    )
