"""A feed-forward net and an average over time (Raffel & Ellis 2015), trained online.

No unit feeds itself or another unit at a later step: features of each step are averaged over the
steps so far, and a second net answers from the average. With x_j(t) the inputs and a bias unit,

    h_i(t)   = f(sum_j w(i,j) x_j(t))                   features,  f(x) = max(x, x / 100)
    q(t)     = exp(tanh(b + sum_i v_i h_i(t)))          attention; q(t) = 1 without it
    c_i(t)   = sum_s q(s) h_i(s) / sum_s q(s)           average over the steps s = 1 ... t
    a_l(t)   = f(sum_i u(l,i) c_i(t))                   hidden units
    y_k(t)   = f_k(sum_l o(k,l) a_l(t))                 outputs

The answer does not depend on the order of the steps. The source trains in batches, by gradients
that go back through stored sequences. Here the gradient is carried forward in sums, as traces. Let
G_i be -dE / d(sum of q h_i) at a target, and G_0 the same of the sum of q, with h_0 = 1; then

    P_ij(t)  = P_ij(t-1) + q f'_i x_j                   of every feature i
    R_kji(t) = R_kji(t-1) + q (1 - tanh^2) f'_k x_j h_i   with attention, i = 0, 1, ...
    M_ki(t)  = M_ki(t-1) + q (1 - tanh^2) h_k h_i         with attention
    dw(k,j)  = alpha (G_k P_kj + v_k sum_i G_i R_kji),    dv_k = alpha sum_i G_i M_ki

and the weights u and o change by back-propagation at the target. The gradient is exact. (If weights
change at every target of a sequence, traces belong to earlier weights.)

Cost per step: O(1) operations and memory per weight; with attention, a weight into the features has
2 + `features` traces.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.learners.base import ErrorPath, GradientLearner, Reference
from longlag.learners.layout import Layout
from longlag.learners.outputs import End, check_range, output_form
from longlag.learners.running_mean.topology import MeanTopology
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]


@dataclass(frozen=True)
class RunningMean(GradientLearner):
    """A net that sees each step by itself, an average over time, and a net that sees the average.

    For the adding problem, the default net has 91 weights and the default LSTM has 93:

    >>> RunningMean(inputs=2, outputs=1).weights
    91

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        features: units that see a step and are averaged, from 1 to 100_000; 10 by default
        hidden: units that see the average, from 1 to 100_000; 5 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        attention: whether the average is weighted by learned attention; False by default
        output: output units, "logistic" (the default) or "linear"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.5 by default
        update: weights change at each target, "step" (the default), or once in a "sequence"
        rule: the update rule; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    features: Count = 10
    hidden: Count = 5
    coding: Literal["real", "symbol"] = "real"
    attention: bool = False

    output: Literal["logistic", "linear"] = "logistic"
    output_range: tuple[End, End] = (0.0, 1.0)
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.5
    update: Literal["step", "sequence"] = "step"
    rule: Rule = field(default_factory=GradientDescent)

    name = "running-mean"
    citation = ("raffel2015",)
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        check_range(self.name, self.output_range)

    @cached_property
    def topology(self) -> MeanTopology:
        """Sizes and connections, without the numbers."""
        return MeanTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            features=self.features,
            hidden=self.hidden,
            attention=self.attention,
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
        )

    @property
    def structure(self) -> MeanTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, the update rule's rows, sums and traces of one network."""
        return self.topology.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, its weights drawn in the order of the layout."""
        column = super().start(generator)
        self.layout.view(column, "activations")[0] = 1.0  # the bias unit
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.running_mean.reference import ReferenceMean

        return ReferenceMean(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.running_mean.lanes import compile_mean

        return compile_mean(self.topology)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.running_mean.flow import mean_paths  # which knows the reference

        return mean_paths(self, column, x, last)
