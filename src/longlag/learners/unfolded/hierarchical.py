"""Hierarchical nets: units that are computed at fewer steps (El Hihi & Bengio 1996).

Each unit has a period p_i. At step t = 1, 2, ..., a unit whose period divides t is computed from
the inputs of this step and all units of the step before; all others keep their activation. In the
equations of `longlag.learners.unfolded.learner` f is tanh, r = h, and k_i(t) is 0 at the steps of
unit i, else 1:

    h_i(t) = tanh(W [1, x(t), h(t-1)])_i  if p_i divides t, else h_i(t-1),   y(t) = F(v h(t) + c)

Between its steps a unit passes its error on without loss, so that an error fades with the lag
divided by the longest period. With all periods 1 the net is a layered net trained by full BPTT.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.unfolded.learner import Depth, UnfoldedNetWithOutputs

Period = Annotated[int, Meta(ge=1, le=1_000_000)]


@dataclass(frozen=True)
class Hierarchical(UnfoldedNetWithOutputs):
    """A layered recurrent net on several time scales.

    The default net has as many weights as the default net of `BPTT`:

    >>> Hierarchical(inputs=2, outputs=1).weights
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
        periods: of each hidden unit, one or more whole numbers of steps from 1 to 1e6;
            (1, 1, 2, 2, 4, 4, 8, 8) by default
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default
    """

    periods: tuple[Period, ...] = (1, 1, 2, 2, 4, 4, 8, 8)
    depth: Depth = 100

    name = "hierarchical"
    citation = ("elhihi1996",)

    def __post_init__(self):
        super().__post_init__()
        if not self.periods:
            raise InputError("periods of hierarchical is empty: give each hidden unit a number")

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        return {"units": len(self.periods), "keeping": "by clock", "depth": self.depth}

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `UnfoldedNet`."""
        column = super().start(generator)
        self.layout.view(column, "time_scales")[:] = self.periods
        return column
