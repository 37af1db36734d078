"""LSTM with one-step credit: no stored partials, an error changes what this step did, and no more.

With the symbols of `longlag.learners.lstm.learner`, the errors of the nets of cells, input gates
and forget gates are, in the place of eqs 24 to 28,

    e_c_jv  = e_s_jv g'(net_c_jv) y(in_j)
    e_in_j  = sum_v e_s_jv g(net_c_jv) f'(net_in_j)
    e_phi_j = sum_v e_s_jv s_jv(t-1) f'(net_phi_j)
    dw(l,m) = alpha e_l y(m,t-1)                 l any cell, gate, hidden unit

so that a weight learns what to store only where it is wanted at once, as in the net of Elman
(1990). It is a control: what is lost without the partials that LSTM carries along.

Cost per step: that of the forward pass; at a target O(1) per weight. Memory: none for learning.
"""

from collections.abc import Callable
from typing import NamedTuple

from longlag.compiled.compiling import inner
from longlag.learners.descent import Descent, compile_descent, descend
from longlag.learners.lstm.peepholes import descend_peepholes
from longlag.learners.lstm.topology import Topology
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma


class Errors(NamedTuple):
    """Errors of a step, in the scratch rows of the layout; y are the activations of that step."""

    at_target: Callable  #: at_target(S, Y, at, mask): of the outputs, and what reaches y(i), y(c)
    of_hidden: Callable  #: of_hidden(S, y): of hidden units, from what reaches them
    of_states: Callable  #: of_states(S, y): of output gates and states, from what reaches the cells


def compile_net_errors(topology: Topology) -> Callable:
    """find(S): errors of the nets of cells, input gates, forget gates, from those of states."""
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


def compile_net_descent(topology: Topology, descent: Descent) -> Callable:
    """settle(S, z, symbol, before, now, mask): gradients from the errors of all nets but outputs'.

    z are the sources, `before` and `now` the states that peepholes see: s(t-1) and s(t).
    """
    layout = topology.layout
    cell, input_gate, forget_gate, output_gate, hidden_unit, _ = topology.groups
    in_peephole, forget_peephole, out_peephole = topology.peephole_groups
    forget_gates, output_gates = topology.forget_gates, topology.output_gates
    peepholes = topology.peepholes
    e_c_row, e_in_row = layout.start("cell_errors"), layout.start("input_gate_errors")
    e_forget_row, e_out_row = (
        layout.start("forget_gate_errors"),
        layout.start("output_gate_errors"),
    )
    e_i_row = layout.start("hidden_errors")
    descend_cell, descend_in = descend(cell, descent), descend(input_gate, descent)
    descend_forget, descend_out = descend(forget_gate, descent), descend(output_gate, descent)
    descend_hidden = descend(hidden_unit, descent)
    descend_in_peepholes = descend_peepholes(in_peephole, descent)
    descend_forget_peepholes = descend_peepholes(forget_peephole, descent)
    descend_out_peepholes = descend_peepholes(out_peephole, descent)

    @inner
    def settle(S, z, symbol, before, now, mask):
        e_in, e_forget = rows_from(S, e_in_row), rows_from(S, e_forget_row)
        e_out = rows_from(S, e_out_row)
        descend_cell(S, z, symbol, rows_from(S, e_c_row), mask)
        descend_in(S, z, symbol, e_in, mask)
        descend_forget(S, z, symbol, e_forget, mask)
        descend_out(S, z, symbol, e_out, mask)
        descend_hidden(S, z, symbol, rows_from(S, e_i_row), mask)
        if peepholes:
            descend_in_peepholes(S, before, e_in, mask)
            if forget_gates:
                descend_forget_peepholes(S, before, e_forget, mask)
            if output_gates:
                descend_out_peepholes(S, now, e_out, mask)

    return settle


def compile_one_step(topology: Topology, errors: Errors) -> Callable:
    """learn(S, Y, at, mask): see `LaneKernel`."""
    layout, output = topology.layout, topology.groups[-1]
    symbol_row, e_row = layout.start("symbol"), layout.start("output_errors")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    before_row, s_row = layout.start("states_before"), layout.start("states")
    find_errors, find_hidden_errors, find_state_errors = errors
    descent = compile_descent(topology, layout)
    begin, descend_output = descent.begin, descend(output, descent)
    find_net_errors, descend_nets = (
        compile_net_errors(topology),
        compile_net_descent(topology, descent),
    )

    @inner
    def learn(S, Y, at, mask):
        symbol, z, y = S[symbol_row], rows_from(S, z_row), rows_from(S, y_row)
        find_errors(S, Y, at, mask)
        find_hidden_errors(S, y)
        find_state_errors(S, y)
        find_net_errors(S)
        begin(S, mask)
        descend_output(S, y, symbol, rows_from(S, e_row), mask)
        descend_nets(S, z, symbol, rows_from(S, before_row), rows_from(S, s_row), mask)

    return learn
