"""The compiled passes of Recurrent Cascade-Correlation; see `longlag.learners.cascade.learner`.

Lanes are at different phases, so every lane takes the steps of both phases. Units that are not
there have weights of 0 and the activation 0.
"""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.cascade.topology import (
    CANDIDATES,
    DENOMINATOR,
    GAIN,
    OFFSET,
    OUTPUTS,
    PHASE,
    SQUARED,
    STEPS,
    UNITS,
    CascadeTopology,
)
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.products import add_outer, add_product
from longlag.simd.vectors import any_lane, fma, select


@lru_cache(maxsize=64)
def compile_cascade(topology: CascadeTopology) -> LaneKernel:
    """The compiled functions, for every number of lanes."""
    layout, sources = topology.layout, topology.sources
    z, trace = layout.start("activations"), layout.start("traces")
    hidden, units, pool = z + topology.first_unit, topology.units, topology.pool
    v, outputs, out = layout.start("candidates"), topology.outputs, layout.start("outputs")
    weights, gain = layout.start("weights"), layout.start("numbers") + GAIN
    step_units, step_candidates = _units(topology), _candidates(topology)
    inputs, symbols = topology.inputs, topology.symbols
    learn_outputs, learn_candidates = _learn_outputs(topology), _learn_candidates(topology)

    @inner
    def reset(S, mask):
        for i in range(units):
            S[hidden + i] = select(mask, 0.0, S[hidden + i])
        for p in range(pool):
            S[v + p] = select(mask, 0.0, S[v + p])
        for i in range((sources + 1) * pool):
            S[trace + i] = select(mask, 0.0, S[trace + i])

    @inner
    def step(S, X, at):
        for i in range(inputs):
            S[z + 1 + i] = select(X[at] == i, 1.0, 0.0 * X[at]) if symbols else X[at + i]
        step_units(S)
        step_candidates(S)

    @inner
    def answer(S):
        for k in range(outputs):
            S[out + k] = 0.0
        add_product(S, out, S, weights, S, z, sources, outputs)
        for k in range(outputs):
            S[out + k] = logistic(S[gain] * S[out + k])

    @inner
    def learn(S, Y, at, mask):
        learn_outputs(S, Y, at, mask)
        learn_candidates(S, mask)

    @inner
    def finish(S, mask):
        pass

    return LaneKernel(reset, step, answer, learn, finish)


def _sources(topology: CascadeTopology) -> Callable:
    """count(S): the sources that there are in any lane; the rows of all later ones stay 0."""
    row = topology.layout.start("progress") + UNITS
    first, most = topology.first_unit, topology.units

    @inner
    def count(S):
        units = 0
        while units < most and any_lane(S[row] > float(units)):
            units += 1
        return first + units

    return count


def _units(topology: CascadeTopology) -> Callable:
    """step(S): the hidden units, one after another, from inputs that are there already."""
    layout, units = topology.layout, topology.units
    z, net = layout.start("activations"), layout.start("unit_nets")
    hidden, first, weights = z + topology.first_unit, topology.first_unit, layout.start("weights")
    from_inputs, to_self = weights + topology.into_units, weights + topology.to_self
    between = weights + topology.between_units(0)
    gain, count = layout.start("numbers") + GAIN, _sources(topology)

    @inner
    def step(S):
        for k in range(units):
            S[net + k] = S[to_self + k] * S[hidden + k]
        add_product(S, net, S, from_inputs, S, z, first, units)
        row = between
        for k in range(count(S) - first):
            y = 0.5 * S[gain] * tanh_half(S[gain] * S[net + k])
            S[hidden + k] = y
            for later in range(k + 1, units):
                S[net + later] = fma(S[row], y, S[net + later])
                row += 1

    return step


def _candidates(topology: CascadeTopology) -> Callable:
    """step(S): the candidates, and the derivatives of each by its weights."""
    layout, sources, pool = topology.layout, topology.sources, topology.pool
    z, v, net = (layout.start(name) for name in ("activations", "candidates", "candidate_nets"))
    weights, trace = layout.start("candidate_weights"), layout.start("traces")
    own, own_trace = weights + sources * pool, trace + sources * pool
    gain, count = layout.start("numbers") + GAIN, _sources(topology)

    @inner
    def step(S):
        there = count(S)
        for p in range(pool):
            S[net + p] = S[own + p] * S[v + p]
        add_product(S, net, S, weights, S, z, sources, pool)
        for p in range(pool):
            before, s, half = S[v + p], S[own + p], 0.5 * S[gain]
            y = half * tanh_half(S[gain] * S[net + p])
            slope = fma(-y, y, half * half)
            S[v + p] = y
            S[own_trace + p] = slope * fma(s, S[own_trace + p], before)
            at = trace + p
            for i in range(there):
                S[at] = slope * fma(s, S[at], S[z + i])
                at += pool

    return step


def _learn_outputs(topology: CascadeTopology) -> Callable:
    """learn(S, Y, at, mask): the errors of the outputs, and the gradient of their weights."""
    layout, sources, outputs = topology.layout, topology.sources, topology.outputs
    names = ("activations", "outputs", "errors", "centred")
    z, out, e, downhill = (layout.start(name) for name in names)
    total, gradient = layout.start("totals"), layout.start("gradient")
    gain, offset = (layout.start("numbers") + row for row in (GAIN, OFFSET))
    phase = layout.start("progress") + PHASE

    @inner
    def learn(S, Y, at, mask):
        training = mask & (S[phase] == OUTPUTS)
        squared = 0.0 * S[gain]
        for k in range(outputs):
            y = S[out + k]
            # Units and errors are those of outputs in [-gain / 2, gain / 2].
            error = select(mask, S[gain] * (y - Y[at + k]), 0.0)
            slope = S[gain] * S[gain] * (y * (1.0 - y))
            squared = fma(error, error, squared)
            S[e + k] = error * (slope + S[offset])
        S[total + STEPS] = S[total + STEPS] + select(mask, 1.0, squared * 0.0)
        S[total + SQUARED] = S[total + SQUARED] + squared
        for k in range(outputs):
            S[downhill + k] = select(training, -S[e + k], 0.0)
        add_outer(S, gradient, S, z, sources, S, downhill, outputs)

    return learn


def _learn_candidates(topology: CascadeTopology) -> Callable:
    """learn(S, mask): the sums of the correlations, and the gradient of the scores."""
    layout, sources = topology.layout, topology.sources
    outputs, pool = topology.outputs, topology.pool
    names = ("candidates", "errors", "centred", "pull", "signs", "products", "traces")
    v, e, centred, pull, signs, products, trace = (layout.start(name) for name in names)
    candidate_sum, error_sum = layout.start("candidate_sums"), layout.start("error_sums")
    mean, gradient = layout.start("error_means"), layout.start("candidate_gradient")
    denominator = layout.start("totals") + DENOMINATOR
    phase = layout.start("progress") + PHASE

    count = _sources(topology)

    @inner
    def rise(S, at):
        for p in range(pool):
            S[gradient + at + p] = fma(S[pull + p], S[trace + at + p], S[gradient + at + p])

    @inner
    def learn(S, mask):
        measured, rising = mask & (S[phase] > OUTPUTS), mask & (S[phase] == CANDIDATES)
        for k in range(outputs):
            error = select(measured, S[e + k], 0.0)
            S[error_sum + k] = S[error_sum + k] + error
            S[denominator] = fma(error, error, S[denominator])
            S[centred + k] = select(rising, error - S[mean + k], 0.0)
            S[e + k] = error
        add_outer(S, products, S, e, outputs, S, v, pool)
        for p in range(pool):
            S[candidate_sum + p] = S[candidate_sum + p] + select(measured, S[v + p], 0.0)
            S[pull + p] = 0.0
        add_product(S, pull, S, signs, S, centred, outputs, pool)
        for at in range(0, count(S) * pool, pool):
            rise(S, at)
        rise(S, sources * pool)

    return learn
