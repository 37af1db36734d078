"""Back-propagation, pseudo-Newton and time-weighted pseudo-Newton (Bengio, Simard & Frasconi 1994).

The net is that of `longlag.learners.connected.net`. With E half the squared error at a target, and
e_u(t) = target - y_u(t) and C_u(t) = 1 at the outputs where there is a target, and 0 elsewhere, the
derivative -dE/dnet and the diagonal of the second derivatives go back side by side (Becker & LeCun
1988), where l is any unit that u feeds, at its own step:

    d_u = f'(net_u) (e_u + sum_l w(l,u) d_l)
    c_u = f'(net_u)^2 (C_u + sum_l w(l,u)^2 c_l)

The term with f'' is left out, so no curvature is negative. With z_v(t) what a weight sees, the
weights change at the end of a sequence by

    none:        dw = rate sum_t d_u(t) z_v(t)                          back-propagation
    summed:      dw = rate sum_t d_u(t) z_v(t) / (sum_t c_u(t) z_v(t)^2 + damping)
    each step:   dw = rate sum_t (d_u(t) z_v(t) / (c_u(t) z_v(t)^2 + damping))

The last, time-weighted, treats a weight at each step as a weight of its own. Where an error has
vanished, its curvature has vanished by the square, and their ratio has grown: `damping` says from
where on.

Cost: a multiplication forward and two or four back per weight and step, and O(depth) memory per
unit.
"""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.learners.base import ErrorPath
from longlag.learners.connected.backward import compile_stored
from longlag.learners.connected.net import ConnectedNet
from longlag.learners.connected.stored import StoredWiring
from longlag.learners.layout import Layout

_CREDIT = {
    "none": "derivatives",
    "summed": "summed curvature",
    "each step": "curvature of each step",
}


class StoredNet(ConnectedNet):
    """A connected net that learns from the stored steps of a sequence."""

    kind = "online"
    weight_range: float
    rate: float
    depth: int

    @property
    @abstractmethod
    def credit(self) -> str:
        """The method, see `StoredWiring`."""

    @property
    def numbers(self) -> tuple[float, float]:
        """The group "numbers" of the layout."""
        return self.rate, 0.0

    @cached_property
    def wiring(self) -> StoredWiring:
        """Sizes and connections; all other numbers are data in rows."""
        return StoredWiring(**self.connections, depth=self.depth, credit=self.credit)

    @property
    def structure(self) -> StoredWiring:
        """See `Learner`."""
        return self.wiring

    @property
    def layout(self) -> Layout:
        """Weights, what they add up in a sequence, and the history of one network."""
        return self.wiring.layout

    @property
    def most_lanes(self) -> int:
        """See `Learner`; few, because a pass for one lane computes all lanes."""
        return 4

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """Weights uniform in [-weight_range, weight_range]."""
        column = np.zeros(self.layout.rows)
        drawn = generator.random(self.layout.size("weights"))
        self.layout.view(column, "weights")[:] = self.weight_range * (2.0 * drawn - 1.0)
        self.layout.view(column, "range")[:] = self.weight_range
        self.layout.view(column, "numbers")[:] = self.numbers
        return column

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return compile_stored(self.structure, lanes)


@dataclass(frozen=True)
class PseudoNewton(StoredNet):
    """A net whose units all feed each other, trained by derivatives over curvatures.

    Args:
        inputs: input units, from 1 to 100_000
        outputs: output units, from 1 to 100_000
        hidden: hidden units, from 1 to 100_000; 1 by default
        coding: inputs as a vector, "real" (the default), the only one
        biased: units that have a bias weight, any of "hidden" and "outputs"; ("hidden",) by default
        unit_inputs: number of inputs, the last ones, whose weight is fixed at 1, from 0 to
            `inputs`; 0 by default
        squashing: of all units, "logistic" (the default), to [0, 1], or "tanh", to [-1, 1]
        weight_range: initial weights are uniform in [-weight_range, weight_range], a number in
            [0, 1000]; 1.0 by default
        curvature: "none" (back-propagation), "summed" (the default) over the steps of a sequence
            (pseudo-Newton), or of "each step" (time-weighted)
        rate: of the change, a number in (0, 1e6]; 0.1 by default
        damping: added to a curvature, a number in (0, 1e6]; 0.1 by default
        depth: steps that are stored, from 1 to 1e6; 100 by default. In a longer sequence the
            weights change after every `depth` steps
    """

    coding: Literal["real"] = "real"
    squashing: Literal["logistic", "tanh"] = "logistic"
    weight_range: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    curvature: Literal["none", "summed", "each step"] = "summed"
    rate: Annotated[float, Meta(gt=0, le=1e6)] = 0.1
    damping: Annotated[float, Meta(gt=0, le=1e6)] = 0.1
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] = 100

    name = "pseudo-newton"
    citation = ("bengio1994", "becker1988")

    @property
    def credit(self) -> str:
        """See `StoredNet`."""
        return _CREDIT[self.curvature]

    @property
    def numbers(self) -> tuple[float, float]:
        """See `StoredNet`."""
        return self.rate, self.damping

    def error_paths(self, column: np.ndarray, x: np.ndarray, last: int) -> list[ErrorPath]:
        """See `Learner`."""
        from longlag.learners.connected.flow import connected_paths  # which knows the learner

        return connected_paths(self, column, x, last)
