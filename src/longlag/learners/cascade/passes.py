"""What Recurrent Cascade-Correlation does after each pass: see `longlag.learners.cascade.learner`.

The compiled functions see one network as plain numbers by index.
"""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inlined
from longlag.learners.cascade.topology import (
    CANDIDATE_PATIENCE,
    CANDIDATE_RATE,
    CANDIDATE_THRESHOLD,
    CANDIDATES,
    DECAY,
    DENOMINATOR,
    ENDS_AT,
    FIRST,
    GROWTH,
    LAST,
    LONGEST,
    OUTPUT_PATIENCE,
    OUTPUT_RATE,
    OUTPUT_THRESHOLD,
    OUTPUTS,
    PASSES,
    PHASE,
    RANGE,
    SQUARED,
    STEPS,
    UNITS,
    CascadeTopology,
)
from longlag.rules.quickprop import QuickpropKernel
from longlag.simd.random import uniform

change = QuickpropKernel.change
SUMS = "totals", "gradient", "error_sums", "candidate_sums", "products", "candidate_gradient"
SMALLEST = 1e-30  #: of the denominator of a score, which is 0 where every output is exactly right
#: Of a weight and of its change: where a saturated unit has a slope of 0, jumps double without end.
#: All numbers stay finite, so that the rows of absent units stay 0 (see `lanes._sources`).
LARGEST = 1e30


@lru_cache(maxsize=64)
def compile_epoch(topology: CascadeTopology) -> Callable:
    """epoch(stream, column): see `longlag.learners.base.BatchLearner`."""
    layout = topology.layout
    number, progress = layout.start("numbers"), layout.start("progress")
    total, ready = layout.start("totals"), layout.start("ready")
    units, first = topology.units, topology.first_unit
    stagnant, draw = _stagnation(topology), _drawing(topology)
    correlate, install = _correlations(topology), _installation(topology)
    descend = _quickprop(topology, "weights", "gradient", "output_moments")
    ascend = _quickprop(
        topology, *(f"candidate_{name}" for name in ("weights", "gradient", "moments"))
    )
    forget = _clear(topology, "output_moments")
    clear = _clear(topology, *SUMS)

    @inlined
    def begin_outputs(c):
        c[progress + PHASE] = OUTPUTS
        c[progress + PASSES] = 0.0
        forget(c)

    @inlined
    def output_pass(stream, c):
        error = c[total + SQUARED]
        if not stagnant(c, error, c[number + OUTPUT_THRESHOLD], c[number + OUTPUT_PATIENCE]):
            descend(c, c[number + OUTPUT_RATE] / c[total + STEPS], 1.0, c[number + DECAY])
            return
        c[ready] = 1.0
        if c[progress + UNITS] < units:
            draw(stream, c)
            c[progress + PHASE] = FIRST
        else:
            begin_outputs(c)

    @inlined
    def candidate_pass(c):
        best, score = correlate(c)
        if c[progress + PHASE] == FIRST:
            c[progress + PHASE] = CANDIDATES
            c[progress + PASSES] = 0.0
        elif stagnant(c, score, c[number + CANDIDATE_THRESHOLD], c[number + CANDIDATE_PATIENCE]):
            install(c, best)
            begin_outputs(c)
        else:
            fed = first + c[progress + UNITS]
            rate = c[number + CANDIDATE_RATE] / (c[total + STEPS] * fed)
            ascend(c, rate, 1.0 / max(c[total + DENOMINATOR], SMALLEST), 0.0)

    @inlined
    def epoch(stream, c):
        c[ready] = 0.0
        if c[progress + PHASE] == OUTPUTS:
            output_pass(stream, c)
        else:
            candidate_pass(c)
        clear(c)

    return epoch


def _stagnation(topology: CascadeTopology) -> Callable:
    """stagnant(c, value, threshold, patience): count a pass; whether the phase is over after it."""
    progress, number = (topology.layout.start(name) for name in ("progress", "numbers"))

    @inlined
    def stagnant(c, value, threshold, patience):
        c[progress + PASSES] += 1.0
        passes, last = c[progress + PASSES], c[progress + LAST]
        if passes == 1.0 or abs(value - last) > threshold * abs(last):
            c[progress + LAST] = value
            c[progress + ENDS_AT] = passes + patience
        return passes >= c[progress + ENDS_AT] or passes >= c[number + LONGEST]

    return stagnant


def _quickprop(topology: CascadeTopology, weights: str, gradient: str, moments: str) -> Callable:
    """descend(c, rate, scale, decay): along `scale` times the gradient, and `decay` times back."""
    layout = topology.layout
    w, g, m = (layout.start(name) for name in (weights, gradient, moments))
    count, growth = layout.size(gradient), layout.start("numbers") + GROWTH

    @inlined
    def descend(c, rate, scale, decay):
        kernel = QuickpropKernel(rate, c[growth])
        for i in range(count):
            before = c[m + i], c[m + count + i]
            gradient = scale * c[g + i] - decay * c[w + i]
            changed, _ = change(kernel, before, gradient)
            changed = min(max(changed, -LARGEST), LARGEST)
            c[m + i], c[m + count + i] = gradient, changed
            c[w + i] = min(max(c[w + i] + changed, -LARGEST), LARGEST)

    return descend


def _clear(topology: CascadeTopology, *groups: str) -> Callable:
    """clear(c): set all rows of the groups to 0."""
    layout = topology.layout
    spans = tuple((layout.start(name), layout.size(name)) for name in groups)

    @inlined
    def clear(c):
        for first, count in spans:
            for i in range(first, first + count):
                c[i] = 0.0

    return clear


def _drawing(topology: CascadeTopology) -> Callable:
    """draw(stream, c): new candidates, each fed by all sources that are there and by itself."""
    layout, first, pool = topology.layout, topology.first_unit, topology.pool
    weights, own = layout.start("candidate_weights"), topology.sources * topology.pool
    units = layout.start("progress") + UNITS
    limit = layout.start("numbers") + RANGE
    clear = _clear(topology, "candidate_moments", "signs")

    @inlined
    def draw(stream, c):
        clear(c)
        for i in range((first + int(c[units])) * pool):
            c[weights + i] = c[limit] * (2.0 * uniform(stream) - 1.0)
        for i in range(own, own + pool):
            c[weights + i] = c[limit] * (2.0 * uniform(stream) - 1.0)

    return draw


def _correlations(topology: CascadeTopology) -> Callable:
    """correlate(c) -> (best candidate, its score): leave the correlations in "products"."""
    layout, outputs, pool = topology.layout, topology.outputs, topology.pool
    names = ("products", "signs", "candidate_sums", "error_sums", "error_means")
    products, signs, candidate_sum, error_sum, mean = (layout.start(name) for name in names)
    total = layout.start("totals")

    @inlined
    def correlate(c):
        best, highest = 0, -1.0
        for k in range(outputs):
            c[mean + k] = c[error_sum + k] / c[total + STEPS]
        for p in range(pool):
            score = 0.0
            for k in range(outputs):
                at = k * pool + p
                product = c[products + at] - c[candidate_sum + p] * c[mean + k]
                product /= max(c[total + DENOMINATOR], SMALLEST)
                c[products + at] = product
                c[signs + at] = 1.0 if product > 0.0 else -1.0
                score += abs(product)
            if score > highest:
                best, highest = p, score
        return best, highest

    return correlate


def _installation(topology: CascadeTopology) -> Callable:
    """install(c, p): candidate p becomes the next hidden unit; the others are forgotten."""
    layout, first, pool = topology.layout, topology.first_unit, topology.pool
    most, sources, outputs = topology.units, topology.sources, topology.outputs
    weights, candidate = layout.start("weights"), layout.start("candidate_weights")
    into, between = weights + topology.into_units, weights + topology.between_units(0)
    own, products = weights + topology.to_self, layout.start("products")
    units = layout.start("progress") + UNITS
    clear = _clear(topology, "candidate_weights")

    @inlined
    def install(c, p):
        k = int(c[units])
        for i in range(first):
            c[into + i * most + k] = c[candidate + i * pool + p]
        for i in range(k):
            at = between + i * (most - 1) - i * (i - 1) // 2 + k - i - 1
            c[at] = c[candidate + (first + i) * pool + p]
        c[own + k] = c[candidate + sources * pool + p]
        for j in range(outputs):
            c[weights + (first + k) * outputs + j] = -c[products + j * pool + p]
        c[units] = k + 1.0
        clear(c)

    return install
