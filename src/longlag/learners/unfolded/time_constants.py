"""Units with time constants: a unit moves slowly towards what it computes (Mozer 1992).

In the equations of `longlag.learners.unfolded.learner` f is tanh, r = h, and k_i is the constant
tau_i of a unit:

    h_i(t) = tau_i h_i(t-1) + (1 - tau_i) tanh(W [1, x(t), h(t-1)])_i,   y(t) = F(v h(t) + c)

An error fades in unit i by tau_i a step, besides what flows through W. tau is chosen from outside,
and does not learn. With tau = 0 the net is a layered net trained by full BPTT; tau = 1 would be a
constant error flow, but then nothing is stored.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.unfolded.learner import Depth, UnfoldedNetWithOutputs

Tau = Annotated[float, Meta(ge=0, lt=1)]


@dataclass(frozen=True)
class TimeConstants(UnfoldedNetWithOutputs):
    """A layered recurrent net, each hidden unit with a time constant.

    The default net has as many weights as the default net of `BPTT`:

    >>> TimeConstants(inputs=2, outputs=1).weights
    97

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        update: weights change once in a "sequence" (the default), or after every pass, "step"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        output: output units, "linear" (the default) or "logistic"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        taus: the time constant of each hidden unit, one or more numbers from 0 to below 1;
            (0.0, 0.48, 0.73, 0.86, 0.93, 0.963, 0.981, 0.99) by default: their distances from 1
            fall by equal factors
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default
    """

    taus: tuple[Tau, ...] = (0.0, 0.48, 0.73, 0.86, 0.93, 0.963, 0.981, 0.99)
    depth: Depth = 100

    name = "time-constants"
    citation = ("mozer1992",)

    def __post_init__(self):
        super().__post_init__()
        if not self.taus:
            raise InputError("taus of time-constants is empty: give each hidden unit a number")

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        return {"units": len(self.taus), "keeping": "constant", "depth": self.depth}

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `UnfoldedNet`."""
        column = super().start(generator)
        self.layout.view(column, "time_scales")[:] = self.taus
        return column
