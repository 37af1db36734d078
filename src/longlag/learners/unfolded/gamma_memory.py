"""A net that sees a gamma memory of its inputs (de Vries & Principe 1991).

The stages of a gamma memory are a delay line whose taps leak. In the equations of
`longlag.learners.unfolded.learner` nothing is fed back, k = 0, f = tanh, and the sources are the
inputs g_0(t) = x(t) and K stages:

    g_k(t) = (1 - mu) g_k(t-1) + mu g_(k-1)(t-1),   k = 1, ..., K
    h(t) = tanh(A [1, g_0(t), ..., g_K(t)]),   y(t) = F(v h(t) + c)

The weight mu learns with the others. Its derivatives are carried forward, and are exact:

    dg_k(t)/dmu = (1 - mu) dg_k(t-1)/dmu + mu dg_(k-1)(t-1)/dmu + g_(k-1)(t-1) - g_k(t-1)

With mu = 1 the memory is the window of a time-delay net. A smaller mu reaches back about K / mu
steps, and tells them apart to about 1 / mu steps. Cost per step: O(1) operations and memory for
each weight.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from longlag.learners.unfolded.learner import UnfoldedNetWithOutputs
from longlag.registry import added


@dataclass(frozen=True)
class GammaMemory(UnfoldedNetWithOutputs):
    """A feed-forward net over the stages of a memory, whose depth learns.

    >>> GammaMemory(inputs=2, outputs=1).weights
    114

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.3 by default
        update: weights change once in a "sequence" (the default), or after every target, "step"
        rule: the update rule; `GradientDescent()` by default
        clip: largest norm of the gradient of one update, a number in (0, 1e30]; None by default: no
            clipping
        output: output units, "linear" (the default) or "logistic"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        hidden: hidden units, from 1 to 100_000; 8 by default
        stages: K, stages behind the inputs, from 1 to 1000; 5 by default
        mu: the weight mu at first, a number in (0, 1]; 0.5 by default
        fixed_mu: whether mu stays as it is; False by default
    """

    hidden: Annotated[int, Meta(ge=1, le=100_000)] = 8
    stages: Annotated[int, Meta(ge=1, le=1000)] = 5
    mu: Annotated[float, Meta(gt=0, le=1)] = 0.5
    fixed_mu: bool = added(False)

    name = "gamma-memory"
    citation = ("devries1991",)

    @property
    def differences(self) -> dict[str, Any]:
        """See `UnfoldedNet`."""
        taps = self.stages + 1
        return {
            "units": self.hidden,
            "input_taps": taps,
            "gamma": True,
            "fixed_mu": self.fixed_mu,
            "taps": 0,
            "depth": 1,
        }

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `UnfoldedNet`."""
        column = super().start(generator)
        self.layout.view(column, "weights")[-1] = self.mu
        return column
