"""LSTM with truncated credit, in lanes: changes of weights by stored partials, eqs 18 to 28.

The equations are in `longlag.learners.lstm.learner`; the partials themselves are carried by
`longlag.learners.lstm.forward`.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.descent import compile_descent, descend
from longlag.learners.lstm.net_errors import Errors
from longlag.learners.lstm.peepholes import descend_peepholes
from longlag.learners.lstm.topology import Topology
from longlag.learners.traces import descend_traces
from longlag.simd.banks import rows_from


def compile_truncated(topology: Topology, errors: Errors) -> Callable:
    """learn(S, Y, at, mask): see `LaneKernel`."""
    layout, cells = topology.layout, topology.cells
    forget_gates, output_gates = topology.forget_gates, topology.output_gates
    peepholes = topology.peepholes
    cell, input_gate, forget_gate, output_gate, hidden_unit, output = topology.groups
    in_peephole, forget_peephole, out_peephole = topology.peephole_groups

    symbol_row, s_row = layout.start("symbol"), layout.start("states")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    d_c_row, d_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    d_forget_row = layout.start("forget_traces")
    p_in_row = layout.start("gate_peephole_traces")
    p_forget_row = layout.start("forget_peephole_traces")
    e_row, e_s_row = layout.start("output_errors"), layout.start("state_errors")
    e_out_row, e_i_row = layout.start("output_gate_errors"), layout.start("hidden_errors")

    find_errors, find_hidden_errors, find_state_errors = errors
    descent = compile_descent(topology, layout)
    begin, after_target = descent.begin, descent.after_target
    descend_cell, descend_in, descend_forget, descend_in_peepholes, descend_forget_peepholes = (
        descend_traces(group, descent, cells)
        for group in (cell, input_gate, forget_gate, in_peephole, forget_peephole)
    )
    descend_out, descend_hidden, descend_output = (
        descend(group, descent) for group in (output_gate, hidden_unit, output)
    )
    descend_out_peepholes = descend_peepholes(out_peephole, descent)

    @inner
    def learn(S, Y, at, mask):
        symbol, e_s = S[symbol_row], rows_from(S, e_s_row)
        z, y = rows_from(S, z_row), rows_from(S, y_row)
        find_errors(S, Y, at, mask)
        find_hidden_errors(S, y)
        find_state_errors(S, y)
        begin(S, mask)
        descend_output(S, y, symbol, rows_from(S, e_row), mask)
        descend_out(S, z, symbol, rows_from(S, e_out_row), mask)
        descend_hidden(S, z, symbol, rows_from(S, e_i_row), mask)
        descend_cell(S, rows_from(S, d_c_row), e_s, mask)
        descend_in(S, rows_from(S, d_in_row), e_s, mask)
        if forget_gates:
            descend_forget(S, rows_from(S, d_forget_row), e_s, mask)
        if peepholes:
            descend_in_peepholes(S, rows_from(S, p_in_row), e_s, mask)
            if forget_gates:
                descend_forget_peepholes(S, rows_from(S, p_forget_row), e_s, mask)
            if output_gates:
                descend_out_peepholes(S, rows_from(S, s_row), rows_from(S, e_out_row), mask)
        after_target(S, mask)

    return learn
