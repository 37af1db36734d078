"""The compiled functions of unfolded nets; see `longlag.learners.unfolded.learner`."""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent, weighted_sums
from longlag.learners.history import Passes, Span, compile_history, with_history
from longlag.learners.outputs import squash_outputs
from longlag.learners.unfolded.back import compile_back
from longlag.learners.unfolded.states import (
    compile_keeping,
    compile_products,
    compile_sources,
    compile_stages,
)
from longlag.learners.unfolded.topology import UnfoldedTopology
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.vectors import fma, select

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


@inner
def _nothing(S):
    pass


def compile_forward(topology: UnfoldedTopology) -> tuple[Callable, Callable]:
    """reset(S, mask): a new sequence begins; step(S, X, at): advance by one time step."""
    layout, units, outputs = topology.layout, topology.units, topology.output_units
    multiplies, one_on = bool(topology.pairs), topology.terms == "products"
    readout, tanh = topology.readout, topology.tanh
    w_row, z_row = layout.start("weights"), layout.start("sources")
    fed_row = layout.start("products" if multiplies else "sources")
    slope_row, h_row, read_row = (layout.start(n) for n in ("slopes", "activations", "read"))
    out_row, out_slope_row = layout.start("outputs"), layout.start("output_slopes")
    cleared = layout.start("phases")  # and all rows up to the activations, which follow
    first_tap = layout.start("traces") - topology.taps * topology.fed_back

    look, delay = (compile_stages if topology.gamma else compile_sources)(topology)
    multiply = compile_products(topology)[0] if multiplies else _nothing
    move = compile_keeping(topology)
    net, output_net = weighted_sums(topology.recurrent), weighted_sums(topology.output_group)
    squash = squash_outputs(outputs, layout)

    @inner
    def reset(S, mask):
        for i in range(cleared, h_row + units):
            S[i] = select(mask, 0.0, S[i])
        if one_on:  # s(0) = (1, 0, ...), or all products would stay 0
            S[h_row] = select(mask, 1.0, S[h_row])
            S[first_tap] = select(mask, 1.0, S[first_tap])

    @inner
    def answer(S):
        h, out, read = rows_from(S, h_row), rows_from(S, out_row), rows_from(S, read_row)
        if readout:
            read[0] = S[z_row]  # the bias unit
            for i in range(units):
                read[1 + i] = h[i]
            output_net(out, 0, rows_from(S, w_row), read, read[0])
            squash(S, out, rows_from(S, out_slope_row))
        else:
            for k in range(outputs):
                out[k] = h[k]

    @inner
    def step(S, X, at):
        slope, read = rows_from(S, slope_row), rows_from(S, read_row)
        u = rows_from(read, 1)
        look(S, X, at)
        multiply(S)
        net(u, 0, rows_from(S, w_row), rows_from(S, fed_row), X[at])
        if tanh:
            for i in range(units):
                u[i] = u[i] * 2.0
            tanh_half_rows(u, 0, units)
            for i in range(units):
                slope[i] = fma(-u[i], u[i], 1.0)
        else:
            logistic_rows(u, 0, units)
            for i in range(units):
                slope[i] = u[i] * (1.0 - u[i])
        move(S, u)
        answer(S)  # at every step, because outputs may be fed back
        delay(S)

    return reset, step


@lru_cache(maxsize=64)
def compile_unfolded(topology: UnfoldedTopology, lanes: int) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, outputs = topology.layout, topology.outputs
    out_row, error_row = layout.start("outputs"), layout.start("target_errors")
    reset, step = compile_forward(topology)
    descent = compile_descent(topology, layout)
    passes = Passes(*compile_back(topology), descent.after_target)
    spans, errors = topology.spans(layout), Span(error_row, outputs)
    history = compile_history(layout, topology.depth, lanes, spans, errors, passes)
    add_errors = history.add_errors

    @inner
    def learn(S, Y, at, mask):
        out, error = rows_from(S, out_row), rows_from(S, error_row)
        for k in range(outputs):
            error[k] = select(mask, Y[at + k] - out[k], 0.0)
        add_errors(S, error_row, 0, outputs, mask)

    kernel = LaneKernel(reset, step, _nothing, learn, descent.after_sequence)
    return with_history(history, kernel)
