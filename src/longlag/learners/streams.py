"""What an estimator of streams asks of a network, and the time scales that cells begin with."""

from typing import Literal, NamedTuple

from longlag.rules.base import Rule

#: Initial biases of input gates go from one to the other; forget gates have the opposite ones.
#: So the first cells hold what they see for about a step and the last for e**8, some 3,000 steps:
#: whatever the lag, some are right for it. The idea is that of Tallec & Ollivier (2018).
OPEN, SHUT = 2.0, -8.0


class StreamOptions(NamedTuple):
    """Parameters of an estimator that its network is made of."""

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
    """Initial biases of the forget gates beside such input gates."""
    return tuple(-bias for bias in biases)
