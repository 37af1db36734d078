"""Errors of an LSTM network at one step, in lanes."""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inner
from longlag.learners.lstm.cell import logistic_error, state_error
from longlag.learners.lstm.construction import note_errors
from longlag.learners.lstm.topology import Topology
from longlag.learners.outputs import feed_back, output_errors
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma


class Errors(NamedTuple):
    """Functions that find the errors of a step, in scratch rows; y are its activations."""

    at_target: Callable  #: at_target(S, Y, at, mask): of the outputs, y(i) and y(c)
    of_hidden: Callable  #: of_hidden(S, y): of the nets of hidden units, from the errors of y(i)
    of_states: Callable  #: of_states(S, y): of output gates and states, from the errors of y(c)


def compile_errors(topology: Topology) -> Errors:
    """The errors of every network of this topology, by the equations of 1997."""
    layout, blocks, size = topology.layout, topology.blocks, topology.block_size
    cells, hidden, h_identity = topology.cells, topology.hidden, topology.h_identity
    output_gates, sequential = topology.output_gates, topology.sequential
    HIDDEN, CELL, OUT = (
        topology.places[kind].start for kind in ("hidden", "cells", "output_gates")
    )
    # Weights from the first cell, and from the first hidden unit; cells always feed the outputs.
    output = topology.groups[-1]
    v_cells, v_hidden = output.row(CELL) or 0, output.row(HIDDEN) if hidden else None
    hidden_feeds_outputs, v_hidden = v_hidden is not None, v_hidden or 0

    w_row, hs_row = layout.start("weights"), layout.start("squashed_states")
    e_row, e_s_row = layout.start("output_errors"), layout.start("state_errors")
    e_out_row, e_i_row = layout.start("output_gate_errors"), layout.start("hidden_errors")
    find_output_errors, reach = output_errors(topology.outputs, layout), feed_back(topology.outputs)
    note = note_errors(topology)

    @inner
    def at_target(S, Y, at, mask):
        """Eqs 18, 20; 0 where masked."""
        find_output_errors(S, Y, at, mask)
        w, e, e_i = rows_from(S, w_row), rows_from(S, e_row), rows_from(S, e_i_row)
        if hidden_feeds_outputs:
            reach(e_i, hidden, w, v_hidden, e)
        else:
            for i in range(hidden):
                e_i[i] = 0.0 * e[0]
        reach(rows_from(S, e_s_row), cells, w, v_cells, e)
        if sequential:
            note(S, Y, at, mask)

    @inner
    def of_hidden(S, y):
        """Eq 19: e_i in place of the errors of y(i)."""
        e_i = rows_from(S, e_i_row)
        for i in range(hidden):
            e_i[i] = logistic_error(e_i[i], y[HIDDEN + i])

    @inner
    def of_states(S, y):
        """Eqs 21, 22: errors of output gates, and e_s in place of the errors of y(c)."""
        hs, e_s, e_out = rows_from(S, hs_row), rows_from(S, e_s_row), rows_from(S, e_out_row)
        if output_gates:
            for j in range(blocks):
                total = y[OUT + j] * 0.0
                for c in range(j * size, j * size + size):
                    total = fma(hs[c], e_s[c], total)
                e_out[j] = logistic_error(total, y[OUT + j])
        for c in range(cells):
            y_out = y[OUT + c // size] if output_gates else 1.0
            e_s[c] = state_error(e_s[c], hs[c], y_out, h_identity)

    return Errors(at_target, of_hidden, of_states)


def compile_net_errors(topology: Topology) -> Callable:
    """find(S): errors of the nets of cells, input gates and forget gates, from errors of states.

    For one-step and full credit, which have no stored partials.
    """
    layout, cells = topology.layout, topology.cells
    blocks, size, forget_gates = topology.blocks, topology.block_size, topology.forget_gates
    es_row, m_row = layout.start("state_errors"), layout.start("slopes")
    e_c_row, e_in_row = layout.start("cell_errors"), layout.start("input_gate_errors")
    e_forget_row = layout.start("forget_gate_errors")

    @inner
    def sum_blocks(e, e_s, m):
        for j in range(blocks):
            total = e_s[j * size] * m[j * size]
            for c in range(j * size + 1, j * size + size):
                total = fma(e_s[c], m[c], total)
            e[j] = total

    @inner
    def find(S):
        e_s, m, e_c = rows_from(S, es_row), rows_from(S, m_row), rows_from(S, e_c_row)
        for c in range(cells):
            e_c[c] = e_s[c] * m[c]
        sum_blocks(rows_from(S, e_in_row), e_s, rows_from(m, cells))
        if forget_gates:
            sum_blocks(rows_from(S, e_forget_row), e_s, rows_from(m, 2 * cells))

    return find
