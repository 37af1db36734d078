"""Searches that see the cost of each network which they propose.

A proposal reads the whole training set: no wrong answer ends it early. Such a search is therefore
a learner of the kind batch, whose next proposal follows each pass, and what is counted is sequences
presented. The cost of a proposal is the mean squared error over all answers of a pass.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.base import BatchLearner
from longlag.learners.connected.net import ConnectedNet
from longlag.learners.guessing.lanes import Wiring, compile_guessing
from longlag.learners.layout import Layout
from longlag.simd.random import uniform
from longlag.simd.vectors import fma, select

#: Rows of "totals": squared errors and answers of a pass.
SQUARED, ANSWERS = range(2)


@dataclass(frozen=True)
class SearchWiring(Wiring):
    """The connections of a net, with the rows of a search."""

    points: int  #: networks that the search remembers, beside the proposal
    numbers: int  #: what the user chose
    progress: int  #: where the search stands

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        return self.rows(
            ready=(1,),
            totals=(2,),
            points=(self.points, self.weights),
            numbers=(self.numbers,),
            progress=(self.progress,),
        )


class CostSearch(ConnectedNet, BatchLearner):
    """A search that proposes one network after each pass.

    Subclasses are dataclasses with a field `weight_range`. The group "points" of the layout holds
    first the best network so far.
    """

    weight_range: float
    points: int  #: networks that the search remembers

    @property
    @abstractmethod
    def numbers(self) -> tuple[float, ...]:
        """The group "numbers" of the layout."""

    @property
    @abstractmethod
    def progress(self) -> tuple[float, ...]:
        """The group "progress" of the layout, before the first pass."""

    @cached_property
    def wiring(self) -> SearchWiring:
        """Sizes and connections; all other numbers are data in rows."""
        return SearchWiring(
            **self.connections,
            points=self.points,
            numbers=len(self.numbers),
            progress=len(self.progress),
        )

    @property
    def structure(self) -> SearchWiring:
        """See `Learner`."""
        return self.wiring

    @property
    def layout(self) -> Layout:
        """The proposal, the networks that the search remembers, and where it stands."""
        return self.wiring.layout

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """The first proposal: weights uniform in [-weight_range, weight_range]."""
        column = np.zeros(self.layout.rows)
        count = self.layout.size("weights")
        drawn = self.weight_range * (2.0 * generator.random(count) - 1.0)
        self.layout.view(column, "weights")[:] = drawn
        self.layout.view(column, "points")[0] = drawn
        self.layout.view(column, "range")[:] = self.weight_range
        self.layout.view(column, "numbers")[:] = self.numbers
        self.layout.view(column, "progress")[:] = self.progress
        return column

    def kernel(self, lanes: int) -> LaneKernel:
        """See `LaneKernel`."""
        return _with_cost(self.structure)


def _with_cost(wiring: SearchWiring) -> LaneKernel:
    """The functions of the net; `learn` adds up the squared errors."""
    kernel = compile_guessing(wiring)
    total, out = wiring.layout.start("totals"), wiring.layout.start("outputs")
    outputs = wiring.outputs

    @inner
    def learn(S, Y, at, mask):
        squared = S[total + SQUARED]
        for k in range(outputs):
            error = Y[at + k] - S[out + k]
            squared = fma(error, error, squared)
        S[total + SQUARED] = select(mask, squared, S[total + SQUARED])
        S[total + ANSWERS] = select(mask, S[total + ANSWERS] + outputs, S[total + ANSWERS])

    return kernel._replace(learn=learn)


def taking_cost(layout: Layout) -> Callable:
    """take(c) -> the cost of the pass; begin the sums of the next pass."""
    total = layout.start("totals")

    @inlined
    def take(c):
        cost = c[total + SQUARED] / c[total + ANSWERS]
        c[total + SQUARED] = c[total + ANSWERS] = 0.0
        return cost

    return take


def copying(layout: Layout) -> Callable:
    """copy(c, to, source): copy the weights that begin at one row to those of another."""
    count = layout.size("weights")

    @inlined
    def copy(c, to, source):
        for i in range(count):
            c[to + i] = c[source + i]

    return copy


def drawing(layout: Layout) -> Callable:
    """draw(stream, c): a network drawn anew, as the first one was."""
    weights, count, width = layout.start("weights"), layout.size("weights"), layout.start("range")

    @inlined
    def draw(stream, c):
        for i in range(count):
            c[weights + i] = c[width] * (2.0 * uniform(stream) - 1.0)

    return draw
