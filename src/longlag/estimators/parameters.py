"""The parameters of an estimator, and the network that they ask for."""

from typing import Any, Literal

import numpy as np

from longlag.contract import StreamLearner
from longlag.engine.mixed_network import MOST
from longlag.engine.stream_network import DTYPES
from longlag.errors import InputError, check_choice, check_number, check_whole
from longlag.estimators.tables import single
from longlag.learners import stream_cells
from longlag.learners.streams import StreamOptions
from longlag.quoting import quoted
from longlag.rules import rules

#: RMSProp's mean square is that of some 2,000 targets. It begins at 0, so that the first steps are
#: ten times and more as long as later ones, and get shorter as those of AdaGrad do.
DECAY = 0.9995


LARGEST = 2**63 - 1  #: whole number that can be saved
HIGHEST_RATE = 1e6  #: that of the rules


def plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as plain Python values, such as searches do not give."""
    found = {name: single(value) for name, value in parameters.items()}
    found["rate"] = plain_rate(found["rate"])
    for name in ("forget_gates", "peepholes", "scaling"):
        if not isinstance(found[name], bool):
            raise InputError(f"{name} must be True or False, got {quoted(found[name])}")
    return found


def plain_rate(rate: Any) -> Any:
    """A rate as a Python value, several as a tuple of such."""
    rate = single(rate)
    return tuple(map(single, rate)) if isinstance(rate, list | tuple | np.ndarray) else rate


def first_rate(rate: Any, output: Literal["linear", "softmax"]) -> Any:
    """The rate, or the first of several, all checked; raises `InputError` unless for classes."""
    if not isinstance(rate, tuple):
        return rate
    if output != "softmax":
        raise InputError(f"rate must be one number, got {quoted(rate)}: several are for classes")
    if not 1 < len(rate) <= MOST:
        raise InputError(f"rate must be one number or 2 to {MOST} of them, got {quoted(rate)}")
    for each in rate:
        check_rate(each)
    return rate[0]


def check_rate(rate: Any) -> None:
    """Raise `InputError` unless this is one rate."""
    check_number("rate", rate, 0, HIGHEST_RATE)


def check_like(rate: Any, begun: float | tuple[float, ...]) -> None:
    """Raise `InputError` unless a stream that has begun at one rate can go on at another.

    They are tuples where there are several.
    """
    count = len(begun) if isinstance(begun, tuple) else None
    if count != (len(rate) if isinstance(rate, tuple) else None):
        wanted = "one number" if count is None else f"{count} numbers"
        raise InputError(
            f"rate must be {wanted}, as when the stream began, got {quoted(rate)}: "
            f"set {wanted}, or begin anew with fit"
        )
    for each in rate if isinstance(rate, tuple) else (rate,):
        check_rate(each)


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
    check_rate(parameters["rate"])
    check_choice("rule", rule, tuple(rules()))
    check_choice("dtype", parameters["dtype"], DTYPES)
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
