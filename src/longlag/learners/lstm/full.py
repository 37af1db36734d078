"""LSTM with full credit: errors flow back along all paths (Graves & Schmidhuber 2005).

The symbols are those of `longlag.learners.lstm.learner`. E(m,t) is the part of -dE/dy(m,t) that
comes from the outputs of step t, and e is -dE/dnet or -dE/ds. At the end of a sequence a pass
computes, for t from the last step to the first, with zeros in place of the step after the last,

    E_m(t)    = E(m,t) + sum_l w(l,m) e_l(t+1)                l any cell, gate or hidden unit
    e_i(t)    = f'(net_i) E_i(t)
    e_out_j   = f'(net_out_j) [sum_v h(s_jv) E_c_jv(t) + E_out_j(t)]
    e_s_jv(t) = y(out_j) h'(s_jv) E_c_jv(t) + p(out_j,v) e_out_j(t) + y(phi_j,t+1) e_s_jv(t+1)
                + p(in_j,v) e_in_j(t+1) + p(phi_j,v) e_phi_j(t+1)
    e_c_jv(t) = e_s_jv g'(net_c_jv) y(in_j)
    e_in_j(t) = sum_v e_s_jv g(net_c_jv) f'(net_in_j) + f'(net_in_j) E_in_j(t)
    e_phi_j(t) = sum_v e_s_jv s_jv(t-1) f'(net_phi_j) + f'(net_phi_j) E_phi_j(t)
    dw(l,m)   = alpha sum_t e_l(t) y(m,t-1),  dp(in_j,v) = alpha sum_t e_in_j(t) s_jv(t-1), ...

with y(phi) = 1 without forget gates. The truncated gradient omits the sums over l and the terms
with p. The weights change once a sequence, whether `update` is "step" or "sequence". A sequence
longer than `depth` is cut into stretches of `depth` steps, with a pass after each. An error flows
back through `depth` steps at most, and with "step" the weights change after each stretch.

Cost: O(depth) memory per unit; per step, three times the multiplications of a forward pass. A pass
serves a few lanes but takes the time of all lanes, because lanes are at different steps of their
sequences.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.descent import compile_descent, descend, send_errors_back, sum_gradients
from longlag.learners.history import History, Passes, Span, compile_history
from longlag.learners.lstm.cell import logistic_error
from longlag.learners.lstm.net_errors import Errors, compile_net_errors
from longlag.learners.lstm.peepholes import descend_peepholes, send_to_states
from longlag.learners.lstm.topology import Topology
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.vectors import select


def compile_full(topology: Topology, lanes: int, errors: Errors) -> tuple[Callable, History]:
    """learn(S, Y, at, mask), see `LaneKernel`, and the history that makes the passes back."""
    layout = topology.layout
    cells, hidden, units = topology.cells, topology.hidden, topology.units
    blocks, size = topology.blocks, topology.block_size
    real_inputs, symbols = topology.real_inputs, topology.symbols
    forget_gates, output_gates = topology.forget_gates, topology.output_gates
    peepholes = topology.peepholes

    # First places among the sources, and first rows of the errors of all units; hidden units lead.
    FIRST = topology.places["hidden"].start
    IN, FORGET, OUT = (
        topology.places[kind].start for kind in ("input_gates", "forget_gates", "output_gates")
    )
    TO_CELLS, TO_IN, TO_FORGET, TO_OUT = hidden, IN - FIRST, FORGET - FIRST, OUT - FIRST

    w_row, symbol_row = layout.start("weights"), layout.start("symbol")
    z_row, y_row, s_row = (layout.start(name) for name in ("sources", "activations", "states"))
    before_row, now_row = layout.start("states_before"), layout.start("states_after")
    later_row, unit_row = layout.start("later"), layout.start("unit_errors")
    carried_row, taught_row = layout.start("carried_errors"), layout.start("taught_errors")
    e_row, e_s_row, e_c_row, e_in_row, e_forget_row, e_out_row, e_i_row = (
        layout.start(f"{kind}_errors")
        for kind in (
            "output",
            "state",
            "cell",
            "input_gate",
            "forget_gate",
            "output_gate",
            "hidden",
        )
    )

    find_errors, find_hidden_errors, find_state_errors = errors
    find_errors_within = compile_net_errors(topology)
    descent = compile_descent(topology, layout)
    descend_output = descend(topology.groups[-1], descent)
    *recurrent, _ = topology.groups
    add_cell, add_in, add_forget, add_out, add_hidden = (
        sum_gradients(group, layout) for group in recurrent
    )
    add_in_peepholes, add_forget_peepholes, add_out_peepholes = (
        descend_peepholes(group, descent) for group in topology.peephole_groups
    )
    from_cells, from_in, from_forget, from_out, from_hidden = (
        send_errors_back(group, FIRST) for group in recurrent
    )
    in_sees, forget_sees, out_sees = map(send_to_states, topology.peephole_groups)

    @inner
    def begin_pass(S):
        z, y, later = rows_from(S, z_row), rows_from(S, y_row), rows_from(S, later_row)
        z[0] = y[0]  # the bias unit
        for k in range(units):
            later[k] = y[FIRST + k]
            S[unit_row + k] = 0.0
        for c in range(cells):
            S[carried_row + c] = 0.0
            if peepholes:
                S[now_row + c] = S[s_row + c]

    @inner
    def take_errors(S, fresh, mask):
        """Errors of the units and states of a step, from its outputs and from the next step."""
        E, taught = rows_from(S, unit_row), rows_from(S, taught_row)
        carried = rows_from(S, carried_row)
        for i in range(hidden + cells):
            E[i] = E[i] + select(fresh, taught[i], 0.0)
        for k in range(units):
            E[k] = select(mask, flushed(E[k]), 0.0)
        for c in range(cells):
            carried[c] = select(mask, flushed(carried[c]), 0.0)

    @inner
    def find_net_errors(S, y):
        """Errors of the nets of all hidden units, cells and gates, and of states."""
        w, E, carried = rows_from(S, w_row), rows_from(S, unit_row), rows_from(S, carried_row)
        e_i, e_s, e_out = rows_from(S, e_i_row), rows_from(S, e_s_row), rows_from(S, e_out_row)
        e_in, e_forget = rows_from(S, e_in_row), rows_from(S, e_forget_row)
        for i in range(hidden):
            e_i[i] = E[i]
        for c in range(cells):
            e_s[c] = E[TO_CELLS + c]
        find_hidden_errors(S, y)
        find_state_errors(S, y)
        if output_gates:
            add_feedback(e_out, E, TO_OUT, y, OUT)
            out_sees(e_s, w, e_out)
        for c in range(cells):
            e_s[c] = e_s[c] + carried[c]
        find_errors_within(S)
        add_feedback(e_in, E, TO_IN, y, IN)
        if forget_gates:
            add_feedback(e_forget, E, TO_FORGET, y, FORGET)

    @inner
    def add_feedback(e, E, to, y, at):
        for j in range(blocks):
            e[j] = e[j] + logistic_error(E[to + j], y[at + j])

    @inner
    def send_errors(S, y):
        """Send errors to the units and states of the step before."""
        w, E, carried = rows_from(S, w_row), rows_from(S, unit_row), rows_from(S, carried_row)
        e_s, e_in = rows_from(S, e_s_row), rows_from(S, e_in_row)
        e_forget = rows_from(S, e_forget_row)
        for k in range(units):
            E[k] = 0.0
        from_cells(E, w, rows_from(S, e_c_row))
        from_in(E, w, e_in)
        from_forget(E, w, e_forget)
        from_out(E, w, rows_from(S, e_out_row))
        from_hidden(E, w, rows_from(S, e_i_row))
        for c in range(cells):
            carried[c] = e_s[c] * y[FORGET + c // size] if forget_gates else e_s[c]
        in_sees(carried, w, e_in)
        forget_sees(carried, w, e_forget)

    @inner
    def add_gradients(S, z, before, now, mask):
        symbol, e_in = S[symbol_row], rows_from(S, e_in_row)
        e_forget, e_out = rows_from(S, e_forget_row), rows_from(S, e_out_row)
        add_cell(S, z, symbol, rows_from(S, e_c_row))
        add_in(S, z, symbol, e_in)
        add_forget(S, z, symbol, e_forget)
        add_out(S, z, symbol, e_out)
        add_hidden(S, z, symbol, rows_from(S, e_i_row))
        add_in_peepholes(S, before, e_in, mask)
        add_forget_peepholes(S, before, e_forget, mask)
        add_out_peepholes(S, now, e_out, mask)

    @inner
    def go_back(S, fresh, mask):
        z, later = rows_from(S, z_row), rows_from(S, later_row)
        y = rows_from(S, later_row - FIRST)
        take_errors(S, fresh, mask)
        find_net_errors(S, y)
        before, now = rows_from(S, before_row), rows_from(S, now_row)
        add_gradients(S, z, before, now, mask)
        send_errors(S, y)
        for k in range(units):
            later[k] = z[FIRST + k]
        if peepholes:
            for c in range(cells):
                now[c] = before[c]

    seen = (
        Span(symbol_row, 1) if symbols else Span(z_row + 1, real_inputs),
        Span(z_row + FIRST, units),  # y(t-1)
        Span(layout.start("slopes"), layout.size("slopes")),
        Span(layout.start("squashed_states"), cells),
        Span(before_row, layout.size("states_before")),
    )
    taught = Span(taught_row, hidden + cells)
    passes = Passes(begin_pass, go_back, descent.after_target)
    history = compile_history(layout, topology.depth, lanes, seen, taught, passes)
    add_errors = history.add_errors

    @inner
    def learn(S, Y, at, mask):
        find_errors(S, Y, at, mask)
        descend_output(S, rows_from(S, y_row), S[symbol_row], rows_from(S, e_row), mask)
        add_errors(S, e_i_row, 0, hidden, mask)
        add_errors(S, e_s_row, hidden, cells, mask)

    return learn, history
