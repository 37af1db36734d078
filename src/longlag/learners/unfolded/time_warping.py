"""Time warping invariant nets: a unit adds to what it holds (Sun, Chen & Lee 1993).

In the equations of `longlag.learners.unfolded.learner` f is tanh, r = h, k = 1 and q is the
distance between the last two inputs. The first units are the outputs:

    l(t)   = |x(t) - x(t-1)|,   x(0) = 0                  the Euclidean norm
    h_i(t) = h_i(t-1) + l(t) tanh(W [1, x(t), h(t-1)])_i,   y_k = h_k

The path of the inputs takes the place of time. A path that is sampled more finely, or at other
speeds, leads to the same states but for the size of the steps; an input that does not change
changes nothing, and a repeated symbol is not seen.

An error flows back through unit i without loss, as in a memory cell, since k = 1. But whatever
changes the inputs adds to every unit: no gate keeps a held number from it.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from longlag.errors import InputError
from longlag.learners.unfolded.learner import Depth, UnfoldedNet


@dataclass(frozen=True)
class TWINN(UnfoldedNet):
    """A net whose units sum what they compute, in steps as long as those of the inputs.

    Four units on the six inputs of the source, with biases, which the source does not have:

    >>> TWINN(inputs=6, outputs=3, hidden=4).weights
    44

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, the first of the units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        update: weights change once in a "sequence" (the default), or after every pass, "step"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        hidden: units, from 1 to 1000, the outputs among them; None by default: 8, or as many as the
            outputs if there are more
        depth: steps that an error is propagated back through, from 1 to 1e6; 100 by default
    """

    hidden: Annotated[int, Meta(ge=1, le=1000)] | None = None
    depth: Depth = 100

    name = "twinn"
    citation = ("sun1993",)

    def __post_init__(self):
        super().__post_init__()
        if self.hidden is not None and self.hidden < self.outputs:
            raise InputError(
                f"hidden of twinn must be at least its outputs, {self.outputs}, which are the "
                f"first of the units, got {self.hidden}"
            )

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        units = max(8, self.outputs) if self.hidden is None else self.hidden
        return {"units": units, "readout": False, "keeping": "all", "depth": self.depth}

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `UnfoldedNet`."""
        column = super().start(generator)
        self.layout.view(column, "time_scales")[:] = 1.0
        return column
