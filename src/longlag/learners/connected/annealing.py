"""Simulated annealing (Corana et al. 1987), as Bengio, Simard & Frasconi (1994) used it on nets.

One weight at a time moves, in the order of the weights, and each has a step of its own:

    w_i' = w_i + step_i u,     u uniform in [-1, 1]
    accepted if cost(w') < cost(w), else with probability exp((cost(w) - cost(w')) / T)

A sweep tries every weight once. After every `sweeps` sweeps each step changes with the share a of
its moves that were accepted, so that about half of them are:

    a > 0.6:  step_i *= 1 + 2 (a - 0.6) / 0.4,     a < 0.4:  step_i /= 1 + 2 (0.4 - a) / 0.4

After `rounds` changes of the steps, T *= 0.85, and the search goes on from the best network so far.
Below T = 1e-6 it starts anew. No step exceeds 1000, since on a flat cost all moves are accepted.

The cost is the mean squared error over the training set, and a network that is right on the whole
set ends the search.

Cost: one forward pass for each sequence presented; memory of some five networks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

from longlag.compiled.compiling import inlined
from longlag.learners.connected.search import (
    CostSearch,
    SearchWiring,
    copying,
    drawing,
    taking_cost,
)
from longlag.simd.random import uniform

Few = Annotated[int, Meta(ge=1, le=100_000)]
Positive = Annotated[float, Meta(gt=0, le=1e6)]

#: Rows of "numbers", and of "progress".
HOTTEST, SWEEPS, ROUNDS = range(3)
T, COST, LEAST, MOVED, SWEEP, ROUND = range(6)
NOT_YET = -1.0  #: `MOVED` of a network that was drawn, and no weight of which has moved
UNKNOWN = 1e30  #: the cost before the first pass

COOLING, COLDEST, LONGEST = 0.85, 1e-6, 1000.0


@dataclass(frozen=True)
class Annealing(CostSearch):
    """Simulated annealing of the weights of a net whose units all feed each other.

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
            steps are `weight_range`, a number in (0, 1e6]; 1.0 by default
        temperature: at the beginning, a number in (0, 1e6]; 0.3 by default
        sweeps: between two changes of the steps, from 1 to 100_000; 20 by default
        rounds: changes of the steps at each temperature, from 1 to 100_000; 5 by default
    """

    squashing: Literal["logistic", "tanh"] = "logistic"
    weight_range: Positive = 1.0
    temperature: Positive = 0.3
    sweeps: Few = 20
    rounds: Few = 5

    name = "annealing"
    citation = ("bengio1994", "corana1987")
    points = 4  #: the best, the current one, the steps, and the accepted moves of each weight

    @property
    def numbers(self) -> tuple[float, ...]:
        """See `CostSearch`."""
        return self.temperature, float(self.sweeps), float(self.rounds)

    @property
    def progress(self) -> tuple[float, ...]:
        """See `CostSearch`."""
        return self.temperature, UNKNOWN, UNKNOWN, NOT_YET, 0.0, 0.0

    @property
    def epoch(self) -> Callable:
        """See `BatchLearner`."""
        return _epoch(self.structure)


@lru_cache(maxsize=64)
def _epoch(wiring: SearchWiring) -> Callable:
    layout = wiring.layout
    weights, count, best = layout.start("weights"), wiring.weights, layout.start("points")
    current, steps, accepted = best + count, best + 2 * count, best + 3 * count
    number, progress = layout.start("numbers"), layout.start("progress")
    ready, width = layout.start("ready"), layout.start("range")
    take_cost, copy, draw = taking_cost(layout), copying(layout), drawing(layout)

    @inlined
    def begin(c):
        """The network that was just drawn is the current one."""
        c[progress + COST] = UNKNOWN
        c[progress + MOVED] = NOT_YET
        c[progress + SWEEP] = c[progress + ROUND] = 0.0
        c[progress + T] = c[number + HOTTEST]
        for i in range(count):
            c[steps + i] = c[width]
            c[accepted + i] = 0.0

    @inlined
    def judge(stream, c, cost):
        """Accept the last proposal, or return to the current network."""
        rise = cost - c[progress + COST]
        if rise < 0.0 or uniform(stream) < math.exp(-rise / c[progress + T]):
            c[progress + COST] = cost
            copy(c, current, weights)
            if c[progress + MOVED] != NOT_YET:
                c[accepted + int(c[progress + MOVED])] += 1.0
        else:
            copy(c, weights, current)
        c[ready] = 0.0
        if cost < c[progress + LEAST]:
            c[progress + LEAST] = cost
            copy(c, best, weights)
            c[ready] = 1.0

    @inlined
    def adapt(c):
        """Change the steps, so that about half of the moves are accepted."""
        for i in range(count):
            share = c[accepted + i] / c[number + SWEEPS]
            step = c[steps + i]
            if share > 0.6:
                step *= 1.0 + 2.0 * (share - 0.6) / 0.4
            elif share < 0.4:
                step /= 1.0 + 2.0 * (0.4 - share) / 0.4
            c[steps + i] = min(step, LONGEST)
            c[accepted + i] = 0.0

    @inlined
    def cool(c):
        c[progress + T] *= COOLING
        c[progress + COST] = c[progress + LEAST]
        copy(c, current, best)
        copy(c, weights, best)

    @inlined
    def next_weight(c):
        """Returns whether the search goes on, and not anew."""
        c[progress + MOVED] += 1.0
        if c[progress + MOVED] == count:
            c[progress + MOVED] = 0.0
            c[progress + SWEEP] += 1.0
        if c[progress + SWEEP] == c[number + SWEEPS]:
            c[progress + SWEEP] = 0.0
            c[progress + ROUND] += 1.0
            adapt(c)
        if c[progress + ROUND] == c[number + ROUNDS]:
            c[progress + ROUND] = 0.0
            cool(c)
        return c[progress + T] >= COLDEST

    @inlined
    def epoch(stream, c):
        if c[steps] == 0.0:
            begin(c)  # the first pass
        judge(stream, c, take_cost(c))
        if next_weight(c):
            i = int(c[progress + MOVED])
            c[weights + i] += c[steps + i] * (2.0 * uniform(stream) - 1.0)
        else:
            draw(stream, c)
            begin(c)
            c[progress + LEAST] = UNKNOWN

    return epoch
