"""The compiled functions of LSTM; the equations are in `longlag.learners.lstm`."""

from functools import lru_cache

from longlag.kernels.activations import logistic, tanh_half
from longlag.kernels.banks import over_rows, rows_from
from longlag.kernels.compiling import inner
from longlag.kernels.products import add_outer, add_product, gather, scatter_add
from longlag.kernels.simd import fma, select
from longlag.learners.base import OnlineKernel
from longlag.learners.lstm_topology import Group, Topology

logistic_rows = over_rows(logistic)
tanh_half_rows = over_rows(tanh_half)


def _weighted_sums(group: Group):
    """net(out, at, w, z, symbol): the nets of a group's units, from the rows of its weights."""
    units, symbols, start = group.units, group.symbols, group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (start + row for row in group.span_rows)

    @inner
    def net(out, at, w, z, symbol):
        for u in range(units):
            out[at + u] = gather(w, start + u, symbol, units) if symbols else 0.0
        add_product(out, at, w, row_0, z, first_0, count_0, units)
        add_product(out, at, w, row_1, z, first_1, count_1, units)

    return net


def _traces(group: Group, cells: int):
    """grow(d, z, symbol, slopes, first): the stored partials of a group's weights grow."""
    symbols = group.symbols
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0 = symbols * cells
    row_1 = row_0 + count_0 * cells

    @inner
    def grow(d, z, symbol, slopes, first):
        if symbols:
            for c in range(cells):
                scatter_add(d, c, symbol, cells, slopes[first + c])
        add_outer(d, row_0, z, first_0, count_0, slopes, first, cells)
        add_outer(d, row_1, z, first_1, count_1, slopes, first, cells)

    return grow


def _gradient(group: Group):
    """add(gradient, z, symbol, errors): each weight's gradient += error of its unit * source."""
    units, symbols, start = group.units, group.symbols, group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (start + row for row in group.span_rows)

    @inner
    def add(gradient, z, symbol, errors):
        if symbols:
            for u in range(units):
                scatter_add(gradient, start + u, symbol, units, errors[u])
        add_outer(gradient, row_0, z, first_0, count_0, errors, 0, units)
        add_outer(gradient, row_1, z, first_1, count_1, errors, 0, units)

    return add


@lru_cache(maxsize=64)
def compile_lstm(topology: Topology, lanes: int) -> OnlineKernel:
    """The kernel of every network of this topology, for `lanes` of them in lockstep."""
    layout = topology.layout
    cell, input_gate, output_gate, hidden_unit, output = topology.groups
    cells, blocks, size = topology.cells, topology.blocks, topology.block_size
    hidden, outputs = topology.hidden, topology.outputs
    gates, units = topology.gates, topology.units
    output_gates, real_inputs = topology.output_gates, topology.real_inputs
    scale, offset = topology.g
    h_identity, per_sequence = topology.h_identity, topology.per_sequence
    weights = layout.size("weights")
    cell_start, cell_sources = cell.start, cell.fan_in
    gate_start, gate_sources = input_gate.start, input_gate.fan_in

    # Rows within "sources" and "activations".
    HIDDEN, CELL, IN, OUT = (
        topology.places[name].start for name in ("hidden", "cells", "input_gates", "output_gates")
    )

    w_row, h_row = layout.start("weights"), layout.start("numbers")
    u_row, v_row = layout.start("first_moments"), layout.start("second_moments")
    gradient_row = layout.start("gradient")
    d_c_row, d_in_row = layout.start("cell_traces"), layout.start("gate_traces")
    s_row, hs_row = layout.start("states"), layout.start("squashed_states")
    z_row, y_row = layout.start("sources"), layout.start("activations")
    f_row, m_row = layout.start("cell_inputs"), layout.start("slopes")
    out_row, e_row = layout.start("outputs"), layout.start("output_errors")
    form_row, slope_row = layout.start("output_form"), layout.start("output_slopes")
    es_row, eo_row = layout.start("state_errors"), layout.start("output_gate_errors")
    ei_row, symbol_row = layout.start("hidden_errors"), layout.start("symbol")
    # Weights from the first cell, and from the first hidden unit; cells always feed the outputs.
    v_cells, v_hidden = output.row(CELL) or 0, output.row(HIDDEN) if hidden else None
    hidden_feeds_outputs, v_hidden = v_hidden is not None, v_hidden or 0

    cell_net, in_net = _weighted_sums(cell), _weighted_sums(input_gate)
    out_net, hidden_net = _weighted_sums(output_gate), _weighted_sums(hidden_unit)
    output_net = _weighted_sums(output)
    grow_cell, grow_in = _traces(cell, cells), _traces(input_gate, cells)
    add_out, add_hidden = _gradient(output_gate), _gradient(hidden_unit)
    add_output = _gradient(output)
    advance_rule, change = topology.rule.kernel()

    @inner
    def reset(S, mask):
        for i in range(d_c_row, y_row):  # stored partials and states
            S[i] = select(mask, 0.0, S[i])
        for i in range(y_row + HIDDEN, y_row + HIDDEN + units):
            S[i] = select(mask, 0.0, S[i])

    @inner
    def step(S, X, at):
        w = rows_from(S, w_row)
        z, y = rows_from(S, z_row), rows_from(S, y_row)
        s, hs = rows_from(S, s_row), rows_from(S, hs_row)
        f, m = rows_from(S, f_row), rows_from(S, m_row)
        symbol = X[at]
        rows_from(S, symbol_row)[0] = symbol

        for i in range(real_inputs):
            y[1 + i] = X[at + i]
        for i in range(1 + real_inputs + units):
            z[i] = y[i]

        cell_net(f, 0, w, z, symbol)
        in_net(y, IN, w, z, symbol)
        out_net(y, OUT, w, z, symbol)
        hidden_net(y, HIDDEN, w, z, symbol)
        logistic_rows(f, 0, cells)
        logistic_rows(y, HIDDEN, hidden)
        logistic_rows(y, IN, gates)

        for c in range(cells):
            y_in = y[IN + c // size]
            g = f[c] * scale + offset
            m[c] = scale * f[c] * (1.0 - f[c]) * y_in
            m[cells + c] = g * y_in * (1.0 - y_in)
            s[c] = s[c] + y_in * g
            hs[c] = s[c]
        # The partials need no result of tanh: while it waits for its own, they keep the core busy.
        grow_cell(rows_from(S, d_c_row), z, symbol, m, 0)
        if not h_identity:
            tanh_half_rows(hs, 0, cells)
        grow_in(rows_from(S, d_in_row), z, symbol, m, cells)
        for c in range(cells):
            y[CELL + c] = hs[c] * y[OUT + c // size] if output_gates else hs[c]

    @inner
    def answer(S):
        w, y, out = rows_from(S, w_row), rows_from(S, y_row), rows_from(S, out_row)
        output_net(out, 0, w, y, rows_from(S, symbol_row)[0])
        # The form of the outputs is a number, so that all forms share a kernel and a population.
        form, slope = rows_from(S, form_row), rows_from(S, slope_row)
        linear, low, span = form[0] > 0.5, form[1], form[2]
        for k in range(outputs):
            f = logistic(out[k])
            slope[k] = select(linear, 1.0, span * f * (1.0 - f))
            out[k] = select(linear, out[k], fma(span, f, low))

    @inner
    def backward(S, Y, at, mask):
        """Eqs 18-22: errors of outputs, hidden units, output gates and states; 0 where masked."""
        w = rows_from(S, w_row)
        y, hs, out = rows_from(S, y_row), rows_from(S, hs_row), rows_from(S, out_row)
        e, e_s, slope = rows_from(S, e_row), rows_from(S, es_row), rows_from(S, slope_row)
        e_out, e_i = rows_from(S, eo_row), rows_from(S, ei_row)
        for k in range(outputs):
            e[k] = select(mask, slope[k] * (Y[at + k] - out[k]), 0.0)
        for i in range(hidden):
            total = e[0] * 0.0
            if hidden_feeds_outputs:
                for k in range(outputs):
                    total = fma(w[v_hidden + i * outputs + k], e[k], total)
            e_i[i] = total * y[HIDDEN + i] * (1.0 - y[HIDDEN + i])
        for c in range(cells):
            total = e[0] * 0.0
            for k in range(outputs):
                total = fma(w[v_cells + c * outputs + k], e[k], total)
            e_s[c] = total
        if output_gates:
            for j in range(blocks):
                total = e[0] * 0.0
                for c in range(j * size, j * size + size):
                    total = fma(hs[c], e_s[c], total)
                e_out[j] = total * y[OUT + j] * (1.0 - y[OUT + j])
            for c in range(cells):
                e_s[c] = e_s[c] * y[OUT + c // size]
        if not h_identity:
            for c in range(cells):
                e_s[c] = e_s[c] * 0.5 * (1.0 - hs[c] * hs[c])

    @inner
    def update(S, mask):
        """Change the weights of the lanes in the mask by the rule, from the rows "gradient"."""
        w, gradient, h = rows_from(S, w_row), rows_from(S, gradient_row), rows_from(S, h_row)
        u, v = rows_from(S, u_row), rows_from(S, v_row)
        advance_rule(h, mask)
        for i in range(weights):
            changed = w[i] + change(h, u, v, i, gradient[i], mask)
            w[i] = select(mask, changed, w[i])

    @inner
    def clear(S, mask):
        gradient = rows_from(S, gradient_row)
        for i in range(weights):
            gradient[i] = select(mask, 0.0, gradient[i])

    @inner
    def learn(S, Y, at, mask):
        gradient, symbol = rows_from(S, gradient_row), rows_from(S, symbol_row)[0]
        z, y = rows_from(S, z_row), rows_from(S, y_row)
        d_c, d_in = rows_from(S, d_c_row), rows_from(S, d_in_row)
        e_s = rows_from(S, es_row)
        backward(S, Y, at, mask)
        if not per_sequence:
            clear(S, mask)
        add_output(gradient, y, symbol, rows_from(S, e_row))
        add_out(gradient, z, symbol, rows_from(S, eo_row))
        add_hidden(gradient, z, symbol, rows_from(S, ei_row))
        for l in range(cell_sources):
            for c in range(cells):
                i = cell_start + l * cells + c
                gradient[i] = fma(e_s[c], d_c[l * cells + c], gradient[i])
        for l in range(gate_sources):
            for c in range(cells):
                i = gate_start + l * blocks + c // size
                gradient[i] = fma(e_s[c], d_in[l * cells + c], gradient[i])
        if not per_sequence:
            update(S, mask)

    @inner
    def finish(S, mask):
        if per_sequence:
            update(S, mask)
            clear(S, mask)

    return OnlineKernel(reset, step, answer, learn, finish)
