"""The compiled functions of LSTM; the equations are in `longlag.learners.lstm`."""

from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import STRETCH, LaneKernel
from longlag.learners.descent import compile_descent, descend, weighted_sums
from longlag.learners.lstm.cell import emit, logistic_error, state_error, store
from longlag.learners.lstm.full import compile_full
from longlag.learners.lstm.net_errors import Errors
from longlag.learners.lstm.one_step import compile_one_step
from longlag.learners.lstm.peepholes import carry_peepholes, descend_peepholes, see_states
from longlag.learners.lstm.topology import CONSTRUCTION, Topology
from longlag.learners.outputs import feed_back, output_errors, squash_outputs
from longlag.learners.traces import carry_many, carry_traces, descend_traces, fade_traces
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.banks import over_rows, rows_from
from longlag.simd.vectors import fma, select

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


def _construction(topology: Topology):
    """note(S, squared_error, mask) at a target; add_block(S, mask) at the end of a sequence."""
    blocks, layout = topology.blocks, topology.layout
    first, enabled_row = layout.start("construction"), layout.start("enabled")
    WINDOW, RATIO, SEQUENCES, ERROR, ERROR_BEFORE, TARGETS, SQUARED = range(len(CONSTRUCTION))

    @inner
    def note(S, squared_error, mask):
        k = rows_from(S, first)
        k[TARGETS] = select(mask, k[TARGETS] + 1.0, k[TARGETS])
        k[SQUARED] = select(mask, k[SQUARED] + squared_error, k[SQUARED])

    @inner
    def add_block(S, mask):
        k, enabled = rows_from(S, first), rows_from(S, enabled_row)
        sequences = k[SEQUENCES] + 1.0
        error = k[ERROR] + k[SQUARED] / select(k[TARGETS] > 0.0, k[TARGETS], 1.0 + k[TARGETS])
        over = mask & (sequences >= k[WINDOW])
        mean = error / sequences
        stalled = over & (mean >= k[RATIO] * k[ERROR_BEFORE])
        for j in range(blocks - 1, 0, -1):
            enabled[j] = select(stalled, enabled[j - 1], enabled[j])
        enabled[0] = select(stalled, 1.0, enabled[0])
        k[ERROR_BEFORE] = select(over, mean, k[ERROR_BEFORE])
        k[SEQUENCES] = select(over, 0.0, select(mask, sequences, k[SEQUENCES]))
        k[ERROR] = select(over, 0.0, select(mask, error, k[ERROR]))
        k[TARGETS] = select(mask, 0.0, k[TARGETS])
        k[SQUARED] = select(mask, 0.0, k[SQUARED])

    return note, add_block


@lru_cache(maxsize=64)
def compile_lstm(topology: Topology, lanes: int) -> LaneKernel:
    """The kernel of every network of this topology, for `lanes` of them in lockstep."""
    layout = topology.layout
    cell, input_gate, forget_gate, output_gate, hidden_unit, output = topology.groups
    in_peephole, forget_peephole, out_peephole = topology.peephole_groups
    cells, blocks, size = topology.cells, topology.blocks, topology.block_size
    hidden, outputs = topology.hidden, topology.outputs
    gates, units = topology.gates, topology.units
    output_gates, forget_gates = topology.output_gates, topology.forget_gates
    peepholes, real_inputs = topology.peepholes, topology.real_inputs
    # Output gates come last, because with peepholes they see the new states.
    early = gates - blocks if peepholes and output_gates else gates
    scale, offset = topology.g
    h_identity, sequential, traces = topology.h_identity, topology.sequential, topology.traces

    places, slopes = 1 + real_inputs + units, (2 + forget_gates) * cells

    # Rows within "sources" and "activations".
    HIDDEN, CELL, IN, FORGET, OUT = (
        topology.places[name].start
        for name in ("hidden", "cells", "input_gates", "forget_gates", "output_gates")
    )

    w_row, enabled_row = layout.start("weights"), layout.start("enabled")
    d_c_row, d_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    d_forget_row = layout.start("forget_traces")
    p_in_row = layout.start("gate_peephole_traces")
    p_forget_row = layout.start("forget_peephole_traces")
    before_row = layout.start("states_before")
    s_row, hs_row = layout.start("states"), layout.start("squashed_states")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    f_row, m_row = layout.start("cell_inputs"), layout.start("slopes")
    out_row, e_row = layout.start("outputs"), layout.start("output_errors")
    slope_row = layout.start("output_slopes")
    es_row, eo_row = layout.start("state_errors"), layout.start("output_gate_errors")
    ei_row, symbol_row = layout.start("hidden_errors"), layout.start("symbol")
    # Weights from the first cell, and from the first hidden unit; cells always feed the outputs.
    v_cells, v_hidden = output.row(CELL) or 0, output.row(HIDDEN) if hidden else None
    hidden_feeds_outputs, v_hidden = v_hidden is not None, v_hidden or 0

    cell_net, in_net = weighted_sums(cell), weighted_sums(input_gate)
    forget_net, out_net = weighted_sums(forget_gate), weighted_sums(output_gate)
    hidden_net, output_net = weighted_sums(hidden_unit), weighted_sums(output)
    kept_together = size * forget_gates  # all cells of a block share their forget gate
    carry_cell, carry_in, carry_forget = (
        carry_traces(group, cells, fade_traces(group.fan_in, cells, kept_together))
        for group in (cell, input_gate, forget_gate)
    )
    carry_cell_sums, carry_in_sums = (
        carry_many(group, cells, STRETCH) for group in (cell, input_gate)
    )
    carry_in_peepholes, carry_forget_peepholes = (
        carry_peepholes(group, cells, fade_traces(group.fan_in, cells, kept_together))
        for group in (in_peephole, forget_peephole)
    )
    in_sees, forget_sees, out_sees = map(see_states, topology.peephole_groups)
    descent = compile_descent(topology, layout)
    descend_cell = descend_traces(cell, descent, cells)
    descend_in = descend_traces(input_gate, descent, cells)
    descend_forget = descend_traces(forget_gate, descent, cells)
    descend_in_peepholes = descend_traces(in_peephole, descent, cells)
    descend_forget_peepholes = descend_traces(forget_peephole, descent, cells)
    descend_out_peepholes = descend_peepholes(out_peephole, descent)
    descend_out = descend(output_gate, descent)
    descend_hidden = descend(hidden_unit, descent)
    descend_output = descend(output, descent)
    begin_descent, after_target = descent.begin, descent.after_target
    after_sequence = descent.after_sequence
    squash, find_output_errors = squash_outputs(outputs, layout), output_errors(outputs, layout)
    reach = feed_back(outputs)
    note_error, add_block = _construction(topology)

    @inner
    def reset(S, mask):
        # `select`, because a diverged network holds NaN, and 0 * NaN is NaN.
        for i in range(d_c_row, y_row):  # stored partials and states
            S[i] = select(mask, 0.0, S[i])
        for i in range(y_row + HIDDEN, y_row + HIDDEN + units):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def squash_gates(S, y, first, end):
        logistic_rows(y, IN + first, end - first)
        if sequential:
            enabled = rows_from(S, enabled_row)
            for i in range(first, end):
                y[IN + i] = y[IN + i] * enabled[i % blocks]

    def compile_step(carry: bool):
        """advance(S, X, at, j): one time step, with the rows j of sources and slopes.

        The stored partials grow by it if `carry`.
        """

        @inner
        def advance(S, X, at, j):
            w, y = rows_from(S, w_row), rows_from(S, y_row)
            z, m = rows_from(S, z_row + j * places), rows_from(S, m_row + j * slopes)
            s, hs, f = rows_from(S, s_row), rows_from(S, hs_row), rows_from(S, f_row)
            symbol = X[at]
            rows_from(S, symbol_row)[0] = symbol

            for i in range(real_inputs):
                y[1 + i] = X[at + i]
            for i in range(places):
                z[i] = y[i]

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
            logistic_rows(f, 0, cells)
            logistic_rows(y, HIDDEN, hidden)
            squash_gates(S, y, 0, early)

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
            keep = rows_from(y, FORGET)
            # The partials do not depend on tanh. Placed around it, they fill its latency with work.
            if carry:
                carry_cell(rows_from(S, d_c_row), keep, z, symbol, m, 0)
            if not h_identity:
                tanh_half_rows(hs, 0, cells)
            if carry:
                carry_in(rows_from(S, d_in_row), keep, z, symbol, m, cells)
                if forget_gates:
                    carry_forget(rows_from(S, d_forget_row), keep, z, symbol, m, 2 * cells)
                if peepholes:
                    before = rows_from(S, before_row)
                    carry_in_peepholes(rows_from(S, p_in_row), keep, before, m, cells)
                    if forget_gates:
                        d_forget = rows_from(S, p_forget_row)
                        carry_forget_peepholes(d_forget, keep, before, m, 2 * cells)
            if peepholes and output_gates:
                out_sees(y, OUT, w, s)
                squash_gates(S, y, early, gates)
            for c in range(cells):
                y[CELL + c] = emit(hs[c], y[OUT + c // size]) if output_gates else hs[c]

        return advance

    advance, advance_alone = compile_step(carry=traces), compile_step(carry=False)

    @inner
    def step(S, X, at):
        advance(S, X, at, 0)

    @inner
    def stretch(S, X, at, apart):
        for j in range(STRETCH):
            advance_alone(S, X, at + j * apart, j)
        z, m = rows_from(S, z_row), rows_from(S, m_row)
        carry_cell_sums(rows_from(S, d_c_row), z, places, X, at, m, 0, slopes)
        carry_in_sums(rows_from(S, d_in_row), z, places, X, at, m, cells, slopes)

    @inner
    def answer(S):
        w, y, out = rows_from(S, w_row), rows_from(S, y_row), rows_from(S, out_row)
        output_net(out, 0, w, y, rows_from(S, symbol_row)[0])
        squash(S, out, rows_from(S, slope_row))

    @inner
    def note_squared_error(S, Y, at, mask):
        out = rows_from(S, out_row)
        total = out[0] * 0.0
        for k in range(outputs):
            total = fma(Y[at + k] - out[k], Y[at + k] - out[k], total)
        note_error(S, total, mask)

    @inner
    def find_errors(S, Y, at, mask):
        """Eqs 18, 20: errors of outputs, and the errors of y(i) and y(c); 0 where masked."""
        find_output_errors(S, Y, at, mask)
        w, e, e_i = rows_from(S, w_row), rows_from(S, e_row), rows_from(S, ei_row)
        if hidden_feeds_outputs:
            reach(e_i, hidden, w, v_hidden, e)
        else:
            for i in range(hidden):
                e_i[i] = 0.0 * e[0]
        reach(rows_from(S, es_row), cells, w, v_cells, e)
        if sequential:
            note_squared_error(S, Y, at, mask)

    @inner
    def find_state_errors(S, y):
        """Eqs 21, 22: errors of output gates, and e_s in place of the errors of y(c)."""
        hs, e_s, e_out = rows_from(S, hs_row), rows_from(S, es_row), rows_from(S, eo_row)
        if output_gates:
            for j in range(blocks):
                total = y[OUT + j] * 0.0
                for c in range(j * size, j * size + size):
                    total = fma(hs[c], e_s[c], total)
                e_out[j] = logistic_error(total, y[OUT + j])
        for c in range(cells):
            y_out = y[OUT + c // size] if output_gates else 1.0
            e_s[c] = state_error(e_s[c], hs[c], y_out, h_identity)

    @inner
    def find_hidden_errors(S, y):
        """Eq 19: e_i in place of the errors of y(i)."""
        e_i = rows_from(S, ei_row)
        for i in range(hidden):
            e_i[i] = logistic_error(e_i[i], y[HIDDEN + i])

    @inner
    def learn(S, Y, at, mask):
        symbol, e_s = rows_from(S, symbol_row)[0], rows_from(S, es_row)
        z, y = rows_from(S, z_row), rows_from(S, y_row)
        find_errors(S, Y, at, mask)
        find_hidden_errors(S, y)
        find_state_errors(S, y)
        begin_descent(S, mask)
        descend_output(S, y, symbol, rows_from(S, e_row), mask)
        descend_out(S, z, symbol, rows_from(S, eo_row), mask)
        descend_hidden(S, z, symbol, rows_from(S, ei_row), mask)
        descend_cell(S, rows_from(S, d_c_row), e_s, mask)
        descend_in(S, rows_from(S, d_in_row), e_s, mask)
        if forget_gates:
            descend_forget(S, rows_from(S, d_forget_row), e_s, mask)
        if peepholes:
            descend_in_peepholes(S, rows_from(S, p_in_row), e_s, mask)
            if forget_gates:
                descend_forget_peepholes(S, rows_from(S, p_forget_row), e_s, mask)
            if output_gates:
                descend_out_peepholes(S, rows_from(S, s_row), rows_from(S, eo_row), mask)
        after_target(S, mask)

    @inner
    def finish(S, mask):
        after_sequence(S, mask)
        if sequential:
            add_block(S, mask)

    kernel = LaneKernel(reset, step, answer, learn, finish)
    errors = Errors(find_errors, find_hidden_errors, find_state_errors)
    if topology.together > 1:
        kernel = kernel._replace(stretch=stretch)
    if topology.credit == "one-step":
        return kernel._replace(learn=compile_one_step(topology, errors))
    if topology.credit == "full":
        return compile_full(topology, lanes, kernel, errors)
    return kernel
