"""Discrete error propagation, after Bengio, Simard & Frasconi (1994).

The net is that of `longlag.learners.connected.net`, with threshold units: y = 1 where the net input
is not negative, and otherwise -1. There is no derivative. What goes back is a wish g, which is 1,
-1 or 0: what a unit should have been, or 0 where it was as wished. With l any unit that u feeds, at
its own step:

    g_u = target                      at an output whose sign is not that of the target
    g_u = sign(v_u) unless that is y_u, else 0,     v_u = sum_l w(l,u) g_l,     elsewhere
    dw  = rate / steps sum_t g_u(t) z_v(t),         z_v(t): what the weight sees

A wish keeps its size over any number of steps, unless a unit on its way fulfils it. Only a wrong
answer changes a weight. Targets count by their signs.

The source says that desired changes of +2, 0 and -2 go back, and that a continuous value is turned
into one of them at random. How is not known; here nothing is random.

Cost: a multiplication forward and two back per weight and step, and O(depth) memory per unit.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from longlag.learners.connected.pseudo_newton import StoredNet


@dataclass(frozen=True)
class DiscreteError(StoredNet):
    """A net of threshold units that all feed each other, trained by discrete errors.

    Its answers are 1 and -1, so that targets must have different signs:

    >>> from longlag import DiscreteError, Parity
    >>> Parity(even=-1.0, correct_below=1.0).tolerance, DiscreteError(1, 1).weights
    (1.0, 7)

    Args:
        inputs: input units, from 1 to 100_000
        outputs: output units, from 1 to 100_000
        hidden: hidden units, from 1 to 100_000; 1 by default
        coding: inputs as a vector, "real" (the default), the only one
        biased: units that have a bias weight, any of "hidden" and "outputs"; ("hidden",) by
            default
        unit_inputs: number of inputs, the last ones, whose weight is fixed at 1, from 0 to
            `inputs`; 0 by default
        squashing: of all units, "threshold" (the default), the only one
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 1.0 by default
        rate: of the change, a number in (0, 1e6]; 0.1 by default
        depth: steps that are stored, from 1 to 1e6; 100 by default. In a longer sequence the
            weights change after every `depth` steps
    """

    coding: Literal["real"] = "real"
    squashing: Literal["threshold"] = "threshold"
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    rate: Annotated[float, Meta(gt=0, le=1e6)] = 0.1
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 100

    name = "discrete-error"
    citation = ("bengio1994",)

    @property
    def credit(self) -> str:
        """See `StoredNet`."""
        return "wishes"
