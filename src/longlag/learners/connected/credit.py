"""How credit goes back through a step of a connected net, and what the weights make of it.

Credit d_u(t) is the error that reaches the net input of a unit, or a wish. `pseudo_newton` and
`discrete` have the equations.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inlined, inner
from longlag.learners.connected.stored import DAMPING, RATE, StoredWiring, blocks_of
from longlag.learners.history import STEPS
from longlag.simd.vectors import fma, select


@inner
def _pull(S, total, row, at, units):
    """Add the credit of units, at row `at`, that comes back through weights at `row`."""
    for u in range(units):
        total = fma(S[row + u], S[at + u], total)
    return total


@inner
def _pull_bend(S, total, row, at, units):
    """The same of curvatures, through squared weights."""
    for u in range(units):
        total = fma(S[row + u] * S[row + u], S[at + u], total)
    return total


def _pulling(wiring: StoredWiring, pull: Callable, name: str) -> tuple[Callable, Callable]:
    """to_output(S, k, total) and to_hidden(S, j, total): add what comes back to a unit."""
    layout, n, outputs = wiring.layout, wiring.hidden, wiring.outputs
    now, after = layout.start(name), layout.start(f"{name}_after")
    weights, blocks = layout.start("weights"), blocks_of(wiring)
    out_to_hidden = weights + blocks.hidden_from_outputs.row
    out_to_outputs = weights + blocks.outputs_from_outputs.row
    hidden_to_hidden = weights + blocks.hidden_from_hidden.row
    hidden_to_outputs = weights + blocks.outputs_from_hidden.row

    @inner
    def to_output(S, k, total):
        total = pull(S, total, out_to_hidden + k * n, after, n)
        return pull(S, total, out_to_outputs + k * outputs, after + n, outputs)

    @inner
    def to_hidden(S, j, total):
        total = pull(S, total, hidden_to_hidden + j * n, after, n)
        return pull(S, total, hidden_to_outputs + j * outputs, now + n, outputs)

    return to_output, to_hidden


def derivatives(wiring: StoredWiring) -> Callable:
    """assign(S, fresh): the derivative -dE/dnet of every unit, and the curvature."""
    layout, n, outputs = wiring.layout, wiring.hidden, wiring.outputs
    d, c, errors = (layout.start(name) for name in ("credit", "bend", "errors"))
    y = layout.start("seen") + wiring.inputs + wiring.units
    tanh, curved = wiring.squashing == "tanh", wiring.credit != "derivatives"
    to_output, to_hidden = _pulling(wiring, _pull, "credit")
    bend_to_output, bend_to_hidden = _pulling(wiring, _pull_bend, "bend")

    @inlined
    def slope_at(y):
        return fma(-y, y, 1.0) if tanh else y * (1.0 - y)

    @inner
    def assign(S, fresh):
        taught = select(fresh, S[errors + outputs], 0.0)
        for k in range(outputs):
            slope = slope_at(S[y + n + k])
            S[d + n + k] = slope * to_output(S, k, select(fresh, S[errors + k], 0.0))
            if curved:
                S[c + n + k] = slope * slope * bend_to_output(S, k, taught)
        for j in range(n):
            slope = slope_at(S[y + j])
            S[d + j] = slope * to_hidden(S, j, 0.0 * taught)
            if curved:
                S[c + j] = slope * slope * bend_to_hidden(S, j, 0.0 * taught)

    return assign


def wishes(wiring: StoredWiring) -> Callable:
    """assign(S, fresh): what every unit should have been, 1 or -1; 0 where it was as wished."""
    layout, n, outputs = wiring.layout, wiring.hidden, wiring.outputs
    d, errors = layout.start("credit"), layout.start("errors")
    y = layout.start("seen") + wiring.inputs + wiring.units
    to_output, to_hidden = _pulling(wiring, _pull, "credit")

    @inlined
    def wish(votes, y):
        up = select((votes > 0.0) & (y < 0.0), 1.0, 0.0 * y)
        return select((votes < 0.0) & (y > 0.0), -1.0, up)

    @inner
    def assign(S, fresh):
        for k in range(outputs):
            voted = wish(to_output(S, k, 0.0 * S[y]), S[y + n + k])
            # A wrong answer is more than 1 away from a target of its own sign.
            error = select(fresh, S[errors + k], 0.0)
            S[d + n + k] = select(error > 1.0, 1.0, select(error < -1.0, -1.0, voted))
        for j in range(n):
            S[d + j] = wish(to_hidden(S, j, 0.0 * S[y]), S[y + j])

    return assign


def adding(wiring: StoredWiring) -> Callable:
    """add(S): add for every weight what this step contributes to its change."""
    layout, summed = wiring.layout, wiring.credit == "summed curvature"
    each_step = wiring.credit == "curvature of each step"
    d, c, damping = (layout.start(name) for name in ("credit", "bend", "numbers"))
    gradient, curvature = layout.start("gradient"), layout.start("curvature")
    damping += DAMPING
    blocks = tuple(block for block in blocks_of(wiring) if block.sources)

    @inner
    def add_source(S, z, row, first, units):
        for u in range(units):
            credit = S[d + first + u] * z
            bend = S[c + first + u] * (z * z)
            if each_step:
                credit = credit / (bend + S[damping])
            if summed:
                S[curvature + row + u] = S[curvature + row + u] + bend
            S[gradient + row + u] = S[gradient + row + u] + credit

    @inner
    def add(S):
        one = 0.0 * S[damping] + 1.0  # of all lanes
        for row, source, sources, first, units in blocks:
            for l in range(sources):
                z = S[source + l] if source >= 0 else one
                add_source(S, z, row + l * units, first, units)

    return add


def changing(wiring: StoredWiring) -> Callable:
    """change(S, mask): change the weights by what a pass has added."""
    layout, weights = wiring.layout, wiring.weights
    summed, wished = wiring.credit == "summed curvature", wiring.credit == "wishes"
    w, gradient = layout.start("weights"), layout.start("gradient")
    curvature, number = layout.start("curvature"), layout.start("numbers")
    steps = layout.start("clock") + STEPS

    @inner
    def change(S, mask):
        rate = S[number + RATE]
        if wished:
            rate = rate / S[steps]
        for i in range(weights):
            by = rate * S[gradient + i]
            if summed:
                by = by / (S[curvature + i] + S[number + DAMPING])
                S[curvature + i] = select(mask, 0.0, S[curvature + i])
            S[w + i] = select(mask, S[w + i] + by, S[w + i])
            S[gradient + i] = select(mask, 0.0, S[gradient + i])

    return change
