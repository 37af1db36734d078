"""Multi-grid random search (Bengio, Simard & Frasconi 1994): random points round the best one.

With w the best weights so far and r the half-width of a hyper-rectangle round them,

    w' = w + r u,     u uniform in [-1, 1] for every weight
    cost(w') < cost(w):     w = w',  r = max(smallest, r / 2)
    after `failures` proposals in a row that were not better:     r = min(largest, 2 r)

A worse network is never accepted. The cost is the mean squared error over the training set, and a
network that is right on the whole set ends the search. The source says in words that the rectangle
shrinks round the best point; when, and by how much, is the library's choice.

Cost: one forward pass for each sequence presented; memory of two networks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.errors import InputError
from longlag.learners.connected.search import CostSearch, SearchWiring, copying, taking_cost
from longlag.simd.random import uniform

Width = Annotated[float, Meta(gt=0, le=1e6)]

#: Rows of "numbers", and of "progress": half-width, failures in a row, cost of the best network.
SMALLEST, LARGEST, FAILURES = range(3)
WIDTH, FAILED, LEAST = range(3)
UNKNOWN = 1e30  #: the least cost before the first pass


@dataclass(frozen=True)
class MultiGrid(CostSearch):
    """Multi-grid random search over the weights of a net whose units all feed each other.

    With one hidden unit, and with five units that see the input through a weight of 1:

    >>> MultiGrid(1, 1).weights, MultiGrid(1, 1, hidden=4, biased=(), unit_inputs=1).weights
    (7, 25)

    Args:
        inputs: input units, from 1 to 100_000; with symbol coding, the number of symbols
        outputs: output units, from 1 to 100_000
        hidden: hidden units, from 1 to 100_000; 1 by default
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
        biased: units that have a bias weight, any of "hidden" and "outputs"; ("hidden",) by default
        unit_inputs: number of inputs, the last ones, whose weight is fixed at 1, from 0 to
            `inputs`; 0 by default; for real inputs
        squashing: of all units, "logistic" (the default), to [0, 1], or "tanh", to [-1, 1]
        weight_range: the first weights are uniform in [-weight_range, weight_range], and the first
            half-width is `weight_range`, a number in (0, 1e6]; 2.0 by default
        smallest: half-width, a number in (0, 1e6]; 0.1 by default
        largest: half-width, a number in (0, 1e6], at least `smallest`; 2.0 by default
        failures: proposals in a row after which the half-width doubles, from 1 to 100_000; 20 by
            default
    """

    squashing: Literal["logistic", "tanh"] = "logistic"
    weight_range: Width = 2.0
    smallest: Width = 0.1
    largest: Width = 2.0
    failures: Annotated[int, Meta(ge=1, le=100_000)] = 20

    name = "multi-grid"
    citation = ("bengio1994",)
    points = 1

    def __post_init__(self):
        super().__post_init__()
        if self.smallest > self.largest:
            raise InputError(
                "half-widths of multi-grid must rise from smallest to largest, "
                f"got {self.smallest:g} and {self.largest:g}"
            )

    @property
    def numbers(self) -> tuple[float, ...]:
        """See `CostSearch`."""
        return self.smallest, self.largest, float(self.failures)

    @property
    def progress(self) -> tuple[float, ...]:
        """See `CostSearch`."""
        return self.weight_range, 0.0, UNKNOWN

    @property
    def epoch(self) -> Callable:
        """See `BatchLearner`."""
        return _epoch(self.structure)


@lru_cache(maxsize=64)
def _epoch(wiring: SearchWiring) -> Callable:
    layout = wiring.layout
    weights, count, best = layout.start("weights"), wiring.weights, layout.start("points")
    number, progress = layout.start("numbers"), layout.start("progress")
    ready = layout.start("ready")
    take_cost, copy = taking_cost(layout), copying(layout)

    @inlined
    def judge(c, cost):
        """Note what the last proposal was worth, and change the half-width."""
        width = c[progress + WIDTH]
        c[ready] = 0.0
        if cost < c[progress + LEAST]:
            if c[progress + LEAST] < UNKNOWN:  # the first network was not drawn round another
                c[progress + WIDTH] = max(c[number + SMALLEST], 0.5 * width)
            c[progress + LEAST] = cost
            c[progress + FAILED] = 0.0
            c[ready] = 1.0
            copy(c, best, weights)
            return
        c[progress + FAILED] += 1.0
        if c[progress + FAILED] >= c[number + FAILURES]:
            c[progress + WIDTH] = min(c[number + LARGEST], 2.0 * width)
            c[progress + FAILED] = 0.0

    @inlined
    def epoch(stream, c):
        judge(c, take_cost(c))
        for i in range(count):
            c[weights + i] = c[best + i] + c[progress + WIDTH] * (2.0 * uniform(stream) - 1.0)

    return epoch
