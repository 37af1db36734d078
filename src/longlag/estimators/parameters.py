"""The parameters of an estimator, and the network that they ask for."""

from typing import Any, Literal

import numpy as np

from longlag.contract import StreamLearner
from longlag.engine.mixed_network import MOST
from longlag.errors import InputError, check_choice, check_whole
from longlag.learners import stream_cells
from longlag.learners.streams import StreamOptions
from longlag.quoting import quoted
from longlag.rules import rules

#: RMSProp's mean square is that of some 2,000 targets. It begins at 0, so that the first steps are
#: ten times and more as long as later ones, and get shorter as those of AdaGrad do.
DECAY = 0.9995


LARGEST = 2**63 - 1  #: whole number that can be saved


def plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as plain Python values, such as searches do not give."""
    single = (np.generic, np.ndarray)
    found = {
        name: value.item() if isinstance(value, single) and not value.ndim else value
        for name, value in parameters.items()
    }
    if isinstance(found["rate"], list | tuple | np.ndarray):
        rates = found["rate"]
        found["rate"] = tuple(
            each.item() if isinstance(each, np.generic) else each for each in rates
        )
    for name in ("forget_gates", "peepholes", "scaling"):
        if not isinstance(found[name], bool):
            raise InputError(f"{name} must be True or False, got {quoted(found[name])}")
    return found


def first_rate(rate: Any, output: Literal["linear", "softmax"]) -> Any:
    """The rate, or the first of several; raises `InputError` unless these are for classes."""
    if not isinstance(rate, tuple):
        return rate
    if output != "softmax":
        raise InputError(f"rate must be one number, got {quoted(rate)}: several are for classes")
    if not 1 < len(rate) <= MOST:
        raise InputError(f"rate must be one number or 2 to {MOST} of them, got {quoted(rate)}")
    return rate[0]


def network_of(
    parameters: dict[str, Any], inputs: int, output: Literal["linear", "softmax"]
) -> StreamLearner:
    """The network's equations. Raises `InputError` for parameters that are out of range."""
    cells, size, rule = parameters["cells"], parameters["block_size"], parameters["rule"]
    for name, least in (("seed", 0), ("epochs", 1)):
        check_whole(name, parameters[name], least, LARGEST)
    check_whole("cells", cells, 1, 100_000)
    check_whole("block_size", size, 1, 100_000)
    if cells % size:
        raise InputError(f"cells must be a multiple of block_size, got {cells} and {size}")
    check_choice("rule", rule, tuple(rules()))
    known, cell = stream_cells(), parameters["cell"]
    check_choice("cell", cell, tuple(known))
    fields = {"decay": DECAY} if rule == "rmsprop" else {}
    options = StreamOptions(
        cells=cells,
        block_size=size,
        forget_gates=parameters["forget_gates"],
        peepholes=parameters["peepholes"],
        inputs=inputs,
        output=output,
        rule=rules()[rule](rate=parameters["rate"], **fields),
    )
    return known[cell].for_stream(cell, options)
