"""The options that an estimator of streams gives to a network, and initial time scales of cells."""

from typing import Literal, NamedTuple

from longlag.rules.base import Rule

#: Initial biases of input gates range from OPEN to SHUT; forget gates have the opposite biases.
#: The first cells hold a value for about one step, the last for e**8, about 3,000 steps: some cells
#: suit any lag between. The idea is from Tallec & Ollivier (2018).
OPEN, SHUT = 2.0, -8.0


class StreamOptions(NamedTuple):
    """Parameters of an estimator that determine its network."""

    cells: int  #: at least 1
    block_size: int  #: cells that share their gates; it divides `cells`
    forget_gates: bool
    peepholes: bool
    inputs: int
    output: Literal["linear", "softmax"]
    rule: Rule


def spread(units: int, first: float = OPEN, last: float = SHUT) -> tuple[float, ...]:
    """Initial biases of input gates, from the unit that forgets first to the last."""
    return tuple(first + (last - first) * (j + 0.5) / units for j in range(units))


def opposite(biases: tuple[float, ...]) -> tuple[float, ...]:
    """Initial biases of the forget gates, from the biases of the input gates."""
    return tuple(-bias for bias in biases)
