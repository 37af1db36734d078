"""The base class of nets that are unfolded in time and differ in what a unit sees and keeps.

With a bias unit, the inputs x and what is fed back, r, of earlier steps as sources, every step
computes

    z(t)   = (1, x(t), ..., x(t-Dx+1), r(t-1), ..., r(t-D))     or products, or a memory
    u_i(t) = f(sum_m w(i,m) z_m(t))
    h_i(t) = k_i(t) h_i(t-1) + q_i(t) u_i(t)                    units, q = 1 - k
    y_k(t) = F_k(sum_i v(k,i) h_i(t)), h_0 = 1                  outputs; or y_k = h_k
    r(t)   = h(t) or y(t)

A kind of net chooses z, k and r, and may choose q; all that is 0 before the first step is 0 in z.
Half the sum of (d_k - y_k)^2 at targets d_k(t) is propagated back through all paths (Werbos 1990).
Let R(t) be the part of -dE/dr(t) that comes from the steps t+1, ..., t+D, E_i(t) the whole of
-dE/dh_i(t), and e and d those of the net inputs of outputs and units. For t from the last step to
the first, a pass computes

    e_k(t) = F_k' (d_k - y_k + R_k, if y is fed back)
    E_i(t) = sum_k v(k,i) e_k + R_i, if h is fed back, + k_i(t+1) E_i(t+1)
    d_i(t) = f' q_i(t) E_i(t)
    dw(i,m) += alpha d_i z_m,   dv(k,i) += alpha e_k h_i
    R_m(t) = sum_{n = 1 ... D} sum_i w(i; r_m of n steps before) d_i(t+n)

A pass comes at the end of a sequence, and after every `depth` steps; an error flows back through
`depth` steps at most. Cost: O(depth) memory for each source and unit; per step, two to three times
the multiplications of a forward pass.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import ErrorPath, GradientLearner, Reference
from longlag.learners.layout import Layout
from longlag.learners.outputs import End, check_range, output_form
from longlag.learners.unfolded.topology import UnfoldedTopology
from longlag.rules.base import Rule
from longlag.rules.clip import Clip
from longlag.rules.gradient_descent import GradientDescent

Count = Annotated[int, Meta(ge=1, le=100_000)]
Depth = Annotated[int, Meta(ge=1, le=1_000_000)]  #: steps that an error flows back through


@dataclass(frozen=True)
class UnfoldedNet(GradientLearner):
    """The fields that all kinds of unfolded nets have."""

    inputs: Count
    outputs: Count
    coding: Literal["real", "symbol"] = "real"
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 0.3
    update: Literal["step", "sequence"] = "sequence"
    rule: Rule = field(default_factory=GradientDescent)
    clip: Annotated[float, Meta(gt=0, le=1e30)] | None = None

    kind = "online"

    @property
    @abstractmethod
    def differences(self) -> dict[str, Any]:
        """What this kind of net sees, feeds back and keeps: fields of `UnfoldedTopology`."""

    @cached_property
    def topology(self) -> UnfoldedTopology:
        """Sizes and connections, without the numbers."""
        return UnfoldedTopology(
            inputs=self.inputs,
            symbols=self.coding == "symbol",
            outputs=self.outputs,
            rule=type(self.rule),
            per_sequence=self.update == "sequence",
            transform=Clip if self.transform else None,
            **self.differences,
        )

    @property
    def structure(self) -> UnfoldedTopology:
        """See `Learner`."""
        return self.topology

    @property
    def layout(self) -> Layout:
        """Weights, their gradient, the update rule's rows and the history of one network."""
        return self.topology.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`; few, because a pass for one lane computes all lanes."""
        return 4

    def reference(self) -> Reference:
        """See `Learner`."""
        from longlag.learners.unfolded.reference import ReferenceUnfolded

        return ReferenceUnfolded(self)

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        from longlag.learners.unfolded.lanes import compile_unfolded

        return compile_unfolded(self.topology, lanes)

    def check_measurable(self) -> None:
        """See `Learner`."""
        if self.topology.taps == 0 and self.topology.input_taps == 1:
            raise InputError(
                f"no error flows back in time in this network of {self.name}: nothing is fed back, "
                "and no earlier inputs are seen"
            )

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.unfolded.flow import unfolded_paths  # which knows the reference

        return unfolded_paths(self, column, x, last)


@dataclass(frozen=True)
class UnfoldedNetWithOutputs(UnfoldedNet):
    """The fields of nets whose outputs see their units."""

    output: Literal["logistic", "linear"] = "linear"
    output_range: tuple[End, End] = (0.0, 1.0)

    def __post_init__(self):
        super().__post_init__()
        check_range(self.name, self.output_range)

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """See `GradientLearner`."""
        column = super().start(generator)
        self.layout.view(column, "output_form")[:] = output_form(self.output, self.output_range)
        return column
