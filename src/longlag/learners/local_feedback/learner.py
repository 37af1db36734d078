"""Nets with local feedback (Back & Tsoi 1991; Frasconi, Gori & Soda 1992).

The net is feed-forward, but each unit also sees its own activations of some steps before, and
windows of what feeds it. With the inputs x, hidden units h and outputs y, all 0 before the first
step,

    h_i(t) = tanh(b_i + sum_{n < N} sum_j w(i,j,n) x_j(t-n) + sum_{m = 1 ... M} a(i,m) h_i(t-m))
    y_k(t) = F(c_k + sum_{n < N'} sum_i v(k,i,n) h_i(t-n) + sum_{m = 1 ... M'} b(k,m) y_k(t-m))

No unit feeds an earlier one, so a weight into hidden unit i reaches the past through that unit
alone. The exact gradient is carried forward in time with few partial derivatives: for a weight w
into unit i, whose source is z(t),

    dh_i(t)/dw = f' (z(t) + sum_m a(i,m) dh_i(t-m)/dw)
    dy_k(t)/dw = F' (sum_n v(k,i,n) dh_i(t-n)/dw + sum_m b(k,m) dy_k(t-m)/dw)
    dw = alpha sum_k (d_k(t) - y_k(t)) dy_k(t)/dw

and likewise for a weight into output k. Cost per step: O(taps) operations and memory for each
weight into a hidden unit and each output, whatever the length of the sequence.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.learners.base import ErrorPath, GradientLearner, Reference
from longlag.learners.layout import Layout
from longlag.learners.local_feedback.topology import LocalTopology
from longlag.learners.outputs import End, check_range, output_form
from longlag.rules.base import Rule
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]
Seen = Annotated[int, Meta(ge=1, le=1000)]
Own = Annotated[int, Meta(ge=0, le=1000)]


@dataclass(frozen=True)
class LocalFeedback(GradientLearner):
    """A net of two layers whose units feed back to themselves alone.

    The default net, for one input, is that of Horne & Giles (1995):

    >>> LocalFeedback(inputs=1, outputs=1).weights
    60

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        hidden: hidden units, from 1 to 100_000; 4 by default
        hidden_window: steps of the inputs that a hidden unit sees, this step's among them, from 1
            to 1000, and earlier steps of its own activation, from 0 to 1000; (6, 3) by default
        output_window: the same of an output unit, which sees hidden units; (4, 3) by default
        output: output units, "logistic" (the default) or "linear"
        output_range: range of logistic output units, two rising numbers in [-1000, 1000]; (0, 1) by
            default
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 0.1 by default
        update: weights change once in a "sequence" (the default), or at each target, "step"
        rule: the update rule; `GradientDescent()` by default
    """

    inputs: Count
    outputs: Count
    coding: Literal["real", "symbol"] = "real"
    hidden: Count = 4
    hidden_window: tuple[Seen, Own] = (6, 3)
    output_window: tuple[Seen, Own] = (4, 3)
    output: Literal["logistic", "linear"] = "logistic"
    output_range: tuple[End, End] = (0.0, 1.0)
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.1
    update: Literal["step", "sequence"] = "sequence"
    rule: Rule = field(default_factory=GradientDescent)

    name = "local-feedback"
    citation = ("back1991", "frasconi1992")
    kind = "online"

    def __post_init__(self):
        super().__post_init__()
        check_range(self.name, self.output_range)

    @cached_property
    def topology(self) -> LocalTopology:
        """Sizes and connections, without the numbers."""
        return LocalTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            units=self.hidden,
            hidden_window=self.hidden_window,
            output_window=self.output_window,
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
        )

    @property
    def structure(self) -> LocalTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, their gradient, the update rule's rows, windows and traces of one network."""
        return self.topology.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network, its weights drawn in the order of the layout."""
        column = super().start(generator)
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.local_feedback.reference import ReferenceLocalFeedback

        return ReferenceLocalFeedback(self)

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.local_feedback.flow import local_paths  # which knows the reference

        return local_paths(self, column, x, last)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.local_feedback.lanes import compile_local_feedback

        return compile_local_feedback(self.topology)
