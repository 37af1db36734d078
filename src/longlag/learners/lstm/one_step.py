"""LSTM with one-step credit: no stored partials, so an error reaches only its own step.

With the symbols of `longlag.learners.lstm.learner`, the errors of the nets of cells, input gates
and forget gates are, in place of eqs 24 to 28,

    e_c_jv  = e_s_jv g'(net_c_jv) y(in_j)
    e_in_j  = sum_v e_s_jv g(net_c_jv) f'(net_in_j)
    e_phi_j = sum_v e_s_jv s_jv(t-1) f'(net_phi_j)
    dw(l,m) = alpha e_l y(m,t-1)                 l any cell, gate or hidden unit

A weight therefore learns to store something only if storing it helps at once, as in the nets of
Elman (1990). One-step credit is a control: it shows the benefit of the partials that LSTM stores.

Cost per step: that of the forward pass; at a target O(1) per weight. Memory: none for learning.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.descent import compile_descent, descend
from longlag.learners.lstm.net_errors import Errors, compile_net_errors
from longlag.learners.lstm.peepholes import descend_peepholes
from longlag.learners.lstm.topology import Topology
from longlag.simd.banks import rows_from


def compile_one_step(topology: Topology, errors: Errors) -> Callable:
    """learn(S, Y, at, mask): see `LaneKernel`."""
    layout = topology.layout
    symbol_row, e_row = layout.start("symbol"), layout.start("output_errors")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    before_row, s_row = layout.start("states_before"), layout.start("states")
    e_c_row, e_in_row, e_forget_row, e_out_row, e_i_row = (
        layout.start(f"{kind}_errors")
        for kind in ("cell", "input_gate", "forget_gate", "output_gate", "hidden")
    )
    find_errors, find_hidden_errors, find_state_errors = errors
    find_net_errors = compile_net_errors(topology)
    descent = compile_descent(topology, layout)
    begin, after_target = descent.begin, descent.after_target
    descend_cell, descend_in, descend_forget, descend_out, descend_hidden, descend_output = (
        descend(group, descent) for group in topology.groups
    )
    descend_in_peepholes, descend_forget_peepholes, descend_out_peepholes = (
        descend_peepholes(group, descent) for group in topology.peephole_groups
    )

    @inner
    def learn(S, Y, at, mask):
        symbol, z, y = S[symbol_row], rows_from(S, z_row), rows_from(S, y_row)
        e_in, e_forget = rows_from(S, e_in_row), rows_from(S, e_forget_row)
        e_out, before = rows_from(S, e_out_row), rows_from(S, before_row)
        find_errors(S, Y, at, mask)
        find_hidden_errors(S, y)
        find_state_errors(S, y)
        find_net_errors(S)
        begin(S, mask)
        descend_output(S, y, symbol, rows_from(S, e_row), mask)
        descend_cell(S, z, symbol, rows_from(S, e_c_row), mask)
        descend_in(S, z, symbol, e_in, mask)
        descend_forget(S, z, symbol, e_forget, mask)
        descend_out(S, z, symbol, e_out, mask)
        descend_hidden(S, z, symbol, rows_from(S, e_i_row), mask)
        descend_in_peepholes(S, before, e_in, mask)
        descend_forget_peepholes(S, before, e_forget, mask)
        descend_out_peepholes(S, rows_from(S, s_row), e_out, mask)
        after_target(S, mask)

    return learn
