"""What an input-output hidden Markov model does after each pass: see `iohmm.learner`."""

import math
from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inlined
from longlag.learners.iohmm.topology import RANGE, RATE, RESTART, STICK, ModelTopology
from longlag.simd.random import uniform

LEAST = 1e-3  #: of the probability of either answer in a state
STEEP = 80.0  #: logits beyond which float32 might not hold the exponential of their sum
NEVER = 1e-12  #: expected visits below which nothing is known of a state


@lru_cache(maxsize=64)
def compile_epoch(topology: ModelTopology) -> Callable:
    """epoch(stream, column): see `longlag.learners.base.BatchLearner`."""
    layout = topology.layout
    number, passes, ready = (layout.start(name) for name in ("numbers", "passes", "ready"))
    emit, draw = _emissions(topology), drawing(topology)
    move = _table(topology) if topology.table else _ascent(topology)
    sums = tuple(
        (layout.start(name), layout.size(name)) for name in ("expected", "weighed", "ends", "ones")
    )

    @inlined
    def epoch(stream, c):
        c[ready] = 1.0
        c[passes] += 1.0
        if c[passes] == c[number + RESTART]:
            c[passes] = 0.0
            draw(stream, c)
        else:
            emit(c)
            move(c)
        for first, count in sums:
            for i in range(first, first + count):
                c[i] = 0.0

    return epoch


def _emissions(topology: ModelTopology) -> Callable:
    """emit(c): the share of targets that were 1 where a sequence ended in a state."""
    layout, n, outputs = topology.layout, topology.states, topology.outputs
    emission = layout.start("weights") + topology.transitions
    ends, ones = layout.start("ends"), layout.start("ones")

    @inlined
    def emit(c):
        for i in range(n):
            if c[ends + i] > NEVER:
                for k in range(outputs):
                    share = c[ones + i * outputs + k] / c[ends + i]
                    c[emission + i * outputs + k] = min(max(share, LEAST), 1.0 - LEAST)

    return emit


def _table(topology: ModelTopology) -> Callable:
    """move(c): the shares of the expected moves."""
    layout, n, rows = topology.layout, topology.states, topology.sources * topology.states
    weights, expected = layout.start("weights"), layout.start("expected")

    @inlined
    def move(c):
        for j in range(rows):
            total = 0.0
            for i in range(j * n, j * n + n):
                total += c[expected + i]
            if total > NEVER:
                for i in range(j * n, j * n + n):
                    c[weights + i] = c[expected + i] / total

    return move


def _ascent(topology: ModelTopology) -> Callable:
    """move(c): a step up the likelihood, whose length no curvature of it makes too long."""
    layout, n, sources = topology.layout, topology.states, topology.sources
    weights, expected, weighed = (layout.start(name) for name in ("weights", "expected", "weighed"))
    rate = layout.start("numbers") + RATE

    @inlined
    def move(c):
        scale = 2.0 * c[rate] / sources
        for j in range(sources * n):
            if c[weighed + j] > NEVER:
                for i in range(j * n, j * n + n):
                    c[weights + i] += scale * c[expected + i] / c[weighed + j]

    return move


def drawing(topology: ModelTopology) -> Callable:
    """draw(stream, c): a new model, see `longlag.learners.iohmm.learner`."""
    layout, n, table = topology.layout, topology.states, topology.table
    weights, count = layout.start("weights"), topology.transitions
    emissions = n * topology.outputs
    number, allowed = layout.start("numbers"), layout.start("allowed")

    @inlined
    def normalise(c, row):
        """Replace logits by probabilities."""
        largest, total = -math.inf, 0.0
        for i in range(row, row + n):
            if c[allowed + i % (n * n)] > 0.0:
                largest = max(largest, c[weights + i])
        # The bits of logits that float32 can raise are those of the stored studies.
        shift = largest if abs(largest) > STEEP else 0.0
        for i in range(row, row + n):
            c[weights + i] = c[allowed + i % (n * n)] * math.exp(c[weights + i] - shift)
            total += c[weights + i]
        for i in range(row, row + n):
            c[weights + i] /= total

    @inlined
    def draw(stream, c):
        for i in range(count):
            j, to = i % (n * n) // n, i % n
            c[weights + i] = c[number + RANGE] * (2.0 * uniform(stream) - 1.0)
            if j == to and j > 0 and (table or i < n * n):
                c[weights + i] += c[number + STICK]
        for i in range(count, count + emissions):
            c[weights + i] = LEAST + (1.0 - 2.0 * LEAST) * uniform(stream)
        if table:
            for row in range(0, count, n):
                normalise(c, row)

    return draw
