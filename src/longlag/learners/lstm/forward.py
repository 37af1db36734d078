"""The forward pass of LSTM in lanes, eqs 3 to 9, and the partials that it carries, eqs 14 to 27.

The equations are in `longlag.learners.lstm.learner`.
"""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inlined, inner
from longlag.contract import STRETCH
from longlag.learners.descent import weighted_sums
from longlag.learners.lstm.cell import emit, store
from longlag.learners.lstm.peepholes import carry_peepholes, see_states
from longlag.learners.lstm.topology import Topology
from longlag.learners.outputs import squash_outputs
from longlag.learners.traces import carry_many, carry_traces, fade_traces
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.vectors import select

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


class Forward(NamedTuple):
    """The functions that all kinds of credit share: see `LaneKernel`."""

    reset: Callable
    step: Callable
    stretch: Callable | None  #: None where steps are not taken together
    answer: Callable


class Partials(NamedTuple):
    """Functions that carry the stored partials over a step, in two parts.

    z are the sources of the step, m its slopes, and keep the factors by which partials fade.
    """

    of_cells: Callable  #: of_cells(S, keep, z, symbol, m)
    of_gates: Callable  #: of_gates(S, keep, z, symbol, m)


def compile_forward(topology: Topology) -> Forward:
    """The forward pass of every network of this topology."""
    partials = _carried(topology) if topology.traces else Partials(_nothing, _nothing)
    stretch = _stretch(topology) if topology.together > 1 else None
    return Forward(_reset(topology), _step(topology, partials), stretch, _answer(topology))


def _reset(topology: Topology) -> Callable:
    layout, units = topology.layout, topology.units
    first_trace, y_row = layout.start("cell_traces"), layout.start("activations")
    first_unit = y_row + topology.places["hidden"].start

    @inner
    def reset(S, mask):
        # `select`, because a diverged network holds NaN, and 0 * NaN is NaN.
        for i in range(first_trace, y_row):  # stored partials and states
            S[i] = select(mask, 0.0, S[i])
        for i in range(first_unit, first_unit + units):
            S[i] = select(mask, 0.0, S[i])

    return reset


def _answer(topology: Topology) -> Callable:
    layout, output_net = topology.layout, weighted_sums(topology.groups[-1])
    squash = squash_outputs(topology.outputs, layout)
    w_row, y_row = layout.start("weights"), layout.start("activations")
    out_row, slope_row = layout.start("outputs"), layout.start("output_slopes")
    symbol_row = layout.start("symbol")

    @inner
    def answer(S):
        out = rows_from(S, out_row)
        output_net(out, 0, rows_from(S, w_row), rows_from(S, y_row), S[symbol_row])
        squash(S, out, rows_from(S, slope_row))

    return answer


@inlined
def _nothing(S, keep, z, symbol, m):
    pass


def _carried(topology: Topology) -> Partials:
    """The partials of a single step."""
    layout, cells, peepholes = topology.layout, topology.cells, topology.peepholes
    forget_gates = topology.forget_gates
    kept_together = topology.block_size * forget_gates  # a block shares its forget gate
    d_c_row, d_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    d_forget_row, before_row = layout.start("forget_traces"), layout.start("states_before")
    p_in_row = layout.start("gate_peephole_traces")
    p_forget_row = layout.start("forget_peephole_traces")
    carry_cell, carry_in, carry_forget = (
        carry_traces(group, cells, fade_traces(group.fan_in, cells, kept_together))
        for group in topology.groups[:3]
    )
    carry_in_peepholes, carry_forget_peepholes = (
        carry_peepholes(group, cells, fade_traces(group.fan_in, cells, kept_together))
        for group in topology.peephole_groups[:2]
    )

    @inlined
    def of_cells(S, keep, z, symbol, m):
        carry_cell(rows_from(S, d_c_row), keep, z, symbol, m, 0)

    @inlined
    def of_gates(S, keep, z, symbol, m):
        carry_in(rows_from(S, d_in_row), keep, z, symbol, m, cells)
        if forget_gates:
            carry_forget(rows_from(S, d_forget_row), keep, z, symbol, m, 2 * cells)
        if peepholes:
            before = rows_from(S, before_row)
            carry_in_peepholes(rows_from(S, p_in_row), keep, before, m, cells)
            if forget_gates:
                d_forget = rows_from(S, p_forget_row)
                carry_forget_peepholes(d_forget, keep, before, m, 2 * cells)

    return Partials(of_cells, of_gates)


def _step(topology: Topology, partials: Partials) -> Callable:
    advance = _advance(topology, partials)

    @inner
    def step(S, X, at):
        advance(S, X, at, 0)

    return step


def _stretch(topology: Topology) -> Callable:
    """Steps that leave the partials alone, which then grow by all of them at once."""
    layout, cells = topology.layout, topology.cells
    places, slopes = layout.shapes["sources"][1], layout.shapes["slopes"][1]
    z_row, m_row = layout.start("sources"), layout.start("slopes")
    d_c_row, d_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    advance = _advance(topology, Partials(_nothing, _nothing))
    carry_cell, carry_in = (carry_many(group, cells, STRETCH) for group in topology.groups[:2])

    @inner
    def stretch(S, X, at, apart):
        for j in range(STRETCH):
            advance(S, X, at + j * apart, j)
        z, m = rows_from(S, z_row), rows_from(S, m_row)
        carry_cell(rows_from(S, d_c_row), z, places, X, at, m, 0, slopes)
        carry_in(rows_from(S, d_in_row), z, places, X, at, m, cells, slopes)

    return stretch


def _advance(topology: Topology, partials: Partials) -> Callable:
    """advance(S, X, at, j): one time step, with the rows j of sources and slopes."""
    layout = topology.layout
    cells, blocks, size = topology.cells, topology.blocks, topology.block_size
    hidden, real_inputs = topology.hidden, topology.real_inputs
    gates, output_gates, forget_gates = topology.gates, topology.output_gates, topology.forget_gates
    peepholes, sequential, h_identity = topology.peepholes, topology.sequential, topology.h_identity
    # Output gates come last, because with peepholes they see the new states.
    early = gates - blocks if peepholes and output_gates else gates
    scale, offset = topology.g
    places, slopes = layout.shapes["sources"][1], layout.shapes["slopes"][1]
    HIDDEN, CELL, IN, FORGET, OUT = (
        topology.places[name].start
        for name in ("hidden", "cells", "input_gates", "forget_gates", "output_gates")
    )

    w_row, enabled_row = layout.start("weights"), layout.start("enabled")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    s_row, before_row = layout.start("states"), layout.start("states_before")
    f_row, hs_row = layout.start("cell_inputs"), layout.start("squashed_states")
    m_row, symbol_row = layout.start("slopes"), layout.start("symbol")
    cell_net, in_net, forget_net, out_net, hidden_net, _ = map(weighted_sums, topology.groups)
    in_sees, forget_sees, out_sees = map(see_states, topology.peephole_groups)
    carry_cells, carry_gates = partials

    # The parts of a step are inlined: as functions of their own they cost a tenth of its time.
    @inlined
    def squash_gates(S, y, first, end):
        logistic_rows(y, IN + first, end - first)
        if sequential:
            enabled = rows_from(S, enabled_row)
            for i in range(first, end):
                y[IN + i] = y[IN + i] * enabled[i % blocks]

    @inlined
    def find_nets(S, f, y, z, symbol):
        """Eqs 6, 7: the nets of cells in f, and those of hidden units and gates in y."""
        w, s = rows_from(S, w_row), rows_from(S, s_row)
        cell_net(f, 0, w, z, symbol)
        in_net(y, IN, w, z, symbol)
        out_net(y, OUT, w, z, symbol)
        hidden_net(y, HIDDEN, w, z, symbol)
        if forget_gates:
            forget_net(y, FORGET, w, z, symbol)
        if peepholes:
            before = rows_from(S, before_row)
            for c in range(cells):
                before[c] = s[c]
            in_sees(y, IN, w, before)
            if forget_gates:
                forget_sees(y, FORGET, w, before)

    @inlined
    def store_all(S, f, y, m):
        """Eq 9: the new states, also in the rows "squashed_states", and their slopes in m."""
        s, hs = rows_from(S, s_row), rows_from(S, hs_row)
        for c in range(cells):
            y_forget = y[FORGET + c // size] if forget_gates else 1.0
            new, cell_slope, gate_slope, forget_slope = store(
                s[c], f[c], y[IN + c // size], y_forget, scale, offset
            )
            m[c] = cell_slope
            m[cells + c] = gate_slope
            if forget_gates:
                m[2 * cells + c] = forget_slope
            s[c] = new
            hs[c] = new

    @inner
    def advance(S, X, at, j):
        y, f, hs = rows_from(S, y_row), rows_from(S, f_row), rows_from(S, hs_row)
        z, m = rows_from(S, z_row + j * places), rows_from(S, m_row + j * slopes)
        symbol, keep = X[at], rows_from(y, FORGET)
        S[symbol_row] = symbol
        for i in range(real_inputs):
            y[1 + i] = X[at + i]
        for i in range(places):
            z[i] = y[i]

        find_nets(S, f, y, z, symbol)
        logistic_rows(f, 0, cells)
        logistic_rows(y, HIDDEN, hidden)
        squash_gates(S, y, 0, early)
        store_all(S, f, y, m)
        # The partials do not depend on tanh. Placed around it, they fill its latency with work.
        carry_cells(S, keep, z, symbol, m)
        if not h_identity:
            tanh_half_rows(hs, 0, cells)
        carry_gates(S, keep, z, symbol, m)
        if peepholes and output_gates:
            out_sees(y, OUT, rows_from(S, w_row), rows_from(S, s_row))
            squash_gates(S, y, early, gates)
        for c in range(cells):
            y[CELL + c] = emit(hs[c], y[OUT + c // size]) if output_gates else hs[c]

    return advance
