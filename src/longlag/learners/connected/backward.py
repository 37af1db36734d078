"""The compiled functions of connected nets that learn from the stored steps of a sequence.

A pass goes back from the last step to the first. Every unit has one number of credit at each step,
and every weight adds up credit times what it sees. The methods differ in what credit is, and in
what a weight makes of it: see `longlag.learners.connected.credit`.
"""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.connected.credit import adding, changing, derivatives, wishes
from longlag.learners.connected.stored import StoredWiring
from longlag.learners.guessing.lanes import compile_guessing
from longlag.learners.history import Passes, Span, compile_history, with_history
from longlag.simd.denormals import flushed
from longlag.simd.vectors import select


@lru_cache(maxsize=64)
def compile_stored(wiring: StoredWiring, lanes: int) -> LaneKernel:
    """The kernel of every net of this wiring."""
    layout, outputs, units, inputs = wiring.layout, wiring.outputs, wiring.units, wiring.inputs
    forward = compile_guessing(wiring)
    step_forward = forward.step
    unit, out, error = (layout.start(name) for name in ("hidden", "outputs", "errors"))
    seen = layout.start("seen")
    before, now = seen + inputs, seen + inputs + units

    @inner
    def step(S, X, at):
        for i in range(inputs):
            S[seen + i] = X[at + i]
        for u in range(units):
            S[before + u] = S[unit + u]
        step_forward(S, X, at)
        for u in range(units):
            S[now + u] = S[unit + u]

    stored, errors = (Span(seen, inputs + 2 * units),), Span(error, outputs + 1)
    passes = Passes(_beginning(wiring), _going_back(wiring), changing(wiring))
    history = compile_history(layout, wiring.depth, lanes, stored, errors, passes)
    add_errors = history.add_errors

    @inner
    def learn(S, Y, at, mask):
        for k in range(outputs):
            S[error + k] = select(mask, Y[at + k] - S[out + k], 0.0)
        S[error + outputs] = select(mask, 1.0, 0.0 * S[out])
        add_errors(S, error, 0, outputs + 1, mask)

    return with_history(history, forward._replace(step=step, learn=learn))


def _beginning(wiring: StoredWiring) -> Callable:
    """begin(S): no credit comes from beyond the last step."""
    credit, bend = (wiring.layout.start(name) for name in ("credit", "bend"))
    units = wiring.units

    @inner
    def begin(S):
        for u in range(units):
            S[credit + u] = 0.0
            S[bend + u] = 0.0

    return begin


def _going_back(wiring: StoredWiring) -> Callable:
    """back(S, fresh, mask): the credit of a step, and what every weight adds up."""
    names = ("credit", "credit_after", "bend", "bend_after")
    d, d_after, c, c_after = (wiring.layout.start(name) for name in names)
    units = wiring.units
    assign = wishes(wiring) if wiring.credit == "wishes" else derivatives(wiring)
    add = adding(wiring)

    @inner
    def back(S, fresh, mask):
        for u in range(units):
            S[d_after + u] = S[d + u]
            S[c_after + u] = S[c + u]
        assign(S, fresh)
        for u in range(units):
            S[d + u] = select(mask, flushed(S[d + u]), 0.0)
            S[c + u] = select(mask, flushed(S[c + u]), 0.0)
        add(S)

    return back
