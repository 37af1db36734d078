"""Temporal transition hierarchies: units of ever higher order, one step of lag each (Ring 1993).

The net has no feedback and no hidden units. All units are linear: first the outputs, then units
that each change one weight. With the inputs I, the weight w(i,j) into unit i, and L(i,j) the unit
that changes this weight, if there is one,

    u_i(t) = sum_j I_j(t) (w(i,j) + L(i,j)(t-1))

A unit of order tau (0 for outputs, 1 + that of unit i for L(i,j)) acts on the outputs tau steps
later, and learns from the inputs of that time:

    c(i,j)(t) = I_j(t - tau) e_i(t),  e_i = d_i - u_i of an output, c(x,y)(t) of the unit L(x,y)
    w(i,j) += alpha c(i,j)(t)

A weight that is pulled both ways gets a unit. Long-term means of c and of |c| are kept,

    m := sigma c + (1 - sigma) m,   a := sigma |c| + (1 - sigma) a

whenever the input of that time is not 0; L(i,j) is added, with weights of 0, when

    a / (epsilon + |m|) > theta

Then all m of weights into unit i become 1, and all a become 0. A weight that has got a unit no
longer learns. This is our reading: with it the published numbers of training sets are met, without
it the weights of all orders answer to one error at once, and diverge at the published rate.

Cost per step: O(1) operations and memory for each weight that the net may grow to.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.learners.base import Learner, Reference
from longlag.learners.layout import Layout
from longlag.learners.transition_hierarchy.topology import HierarchyTopology

Count = Annotated[int, Meta(ge=1, le=100_000)]
Positive = Annotated[float, Meta(gt=0, le=1000)]


@dataclass(frozen=True)
class TransitionHierarchy(Learner):
    """A net of linear units that adds units of higher order, up to `most` of them.

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, which are linear, from 1 to 100_000
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        most: units of higher order that the net may grow to, from 0 to 10_000; 20 by default
        rate: the learning rate alpha, above 0, at most 1000; 1.0 by default
        sigma: weight of the newest change in the means, above 0, at most 1; 0.2 by default
        threshold: theta, above 0, at most 1000; 1.0 by default
        epsilon: above 0, at most 1000; 0.1 by default
        resets: whether the net forgets the last steps at the beginning of a sequence; True by
            default
    """

    inputs: Count
    outputs: Count
    coding: Literal["real", "symbol"] = "real"
    most: Annotated[int, Meta(ge=0, le=10_000)] = 20
    rate: Positive = 1.0
    sigma: Annotated[float, Meta(gt=0, le=1)] = 0.2
    threshold: Positive = 1.0
    epsilon: Positive = 0.1
    resets: bool = True

    name = "transition-hierarchy"
    citation = ("ring1993",)
    kind = "online"

    @cached_property
    def topology(self) -> HierarchyTopology:
        """Sizes, without the numbers."""
        return HierarchyTopology(
            self.inputs, self.coding == "symbol", self.outputs, self.most, self.resets
        )

    @property
    def structure(self) -> HierarchyTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """The weights that the net may grow to, their means, and what each unit changes."""
        return self.topology.layout

    def weights_of(self, column: np.ndarray) -> int:
        """See `Learner`."""
        return int(self.layout.view(column, "count")[0]) * self.inputs

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """A new network: outputs alone, and weights of 0."""
        layout = self.layout
        column = np.zeros(layout.rows)
        numbers = self.rate, self.sigma, self.threshold, self.epsilon
        layout.view(column, "numbers")[:] = numbers
        layout.view(column, "count")[:] = self.outputs
        return column

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.transition_hierarchy.reference import ReferenceHierarchy

        return ReferenceHierarchy(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.transition_hierarchy.lanes import compile_hierarchy

        return compile_hierarchy(self.topology)
