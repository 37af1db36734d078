"""The compiled functions of LSTM; the equations are in `longlag.learners.lstm`."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from longlag.errors import InputError
from longlag.kernels.activations import logistic, tanh_half
from longlag.kernels.banks import over_rows, rows_from
from longlag.kernels.compiling import inner
from longlag.kernels.products import add_outer, add_product, gather, scatter, scatter_add
from longlag.kernels.simd import fma, select
from longlag.learners.base import OnlineKernel
from longlag.learners.lstm_topology import CONSTRUCTION, Group, Topology

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


class Descent(NamedTuple):
    """What becomes of the gradient of weights; `row` counts from the first weight."""

    so_far: Callable  #: so_far(S, row) -> what the gradient of this step is added to
    settle: Callable  #: settle(S, row, gradient, mask): take the sum
    settle_symbols: Callable  #: settle_symbols(S, row, units, symbol, e, mask): the weights from
    #: all symbols begin at `row`; the gradient of the current one's is e, that of the others 0


def _changes(topology: Topology):
    """change_weight(S, row, gradient, mask): by the update rule."""
    layout = topology.layout
    w_row, h_row = layout.start("weights"), layout.start("numbers")
    u_row, v_row = layout.start("first_moments"), layout.start("second_moments")
    _, change = topology.rule.kernel()

    @inner
    def change_weight(S, row, gradient, mask):
        w, h = rows_from(S, w_row), rows_from(S, h_row)
        u, v = rows_from(S, u_row), rows_from(S, v_row)
        w[row] = select(mask, w[row] + change(h, u, v, row, gradient, mask), w[row])

    return change_weight


def _at_once(topology: Topology) -> Descent:
    """Each weight changes as soon as its gradient is known, so no rows hold gradients."""
    w_row, h_row = topology.layout.start("weights"), topology.layout.start("numbers")
    inputs, change_weight = topology.inputs, _changes(topology)
    _, change = topology.rule.kernel()

    @inner
    def so_far(S, row):
        return 0.0

    @inner
    def settle_all_symbols(S, row, units, symbol, e, mask):
        for i in range(inputs):
            for u in range(units):
                gradient = select(symbol == i, e[u], 0.0)
                change_weight(S, row + i * units + u, gradient, mask)

    @inner
    def settle_one_symbol(S, row, units, symbol, e, mask):
        w, h = rows_from(S, w_row), rows_from(S, h_row)
        for u in range(units):
            old = gather(w, row + u, symbol, units)
            new = old + change(h, h, h, 0, e[u], mask)  # no moments, so the row does not matter
            scatter(w, row + u, symbol, units, select(mask, new, old))

    # Moments decay where the gradient is 0 too; without them nothing happens there.
    settle_symbols = settle_all_symbols if topology.rule.moments else settle_one_symbol
    return Descent(so_far, change_weight, settle_symbols)


def _summed(topology: Topology) -> Descent:
    """Gradients are summed for an update at the end of the sequence; where masked they are 0."""
    gradient_row = topology.layout.start("gradient")

    @inner
    def so_far(S, row):
        return S[gradient_row + row]

    @inner
    def settle(S, row, gradient, mask):
        S[gradient_row + row] = gradient

    @inner
    def settle_symbols(S, row, units, symbol, e, mask):
        for u in range(units):
            scatter_add(S, gradient_row + row + u, symbol, units, e[u])

    return Descent(so_far, settle, settle_symbols)


def _descend(group: Group, descent: Descent):
    """descend(S, z, symbol, e, mask): along error of the unit * source, for a group's weights."""
    units, symbols, start = group.units, group.symbols, group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (start + row for row in group.span_rows)
    so_far, settle, settle_symbols = descent

    @inner
    def span(S, row, z, first, count, e, mask):
        for l in range(count):
            for u in range(units):
                at = row + l * units + u
                settle(S, at, fma(z[first + l], e[u], so_far(S, at)), mask)

    @inner
    def descend(S, z, symbol, e, mask):
        if symbols:
            settle_symbols(S, start, units, symbol, e, mask)
        span(S, row_0, z, first_0, count_0, e, mask)
        span(S, row_1, z, first_1, count_1, e, mask)

    return descend


def _descend_traces(group: Group, descent: Descent, cells: int):
    """descend(S, d, e_s, mask): along error of the state * stored partial, for a group's weights.

    The gradient of a unit's weight is the sum over its cells: one for cells, a block's for gates.
    """
    units, sources, start = group.units, group.fan_in, group.start
    size = cells // units
    so_far, settle, _ = descent

    @inner
    def descend(S, d, e_s, mask):
        for l in range(sources):
            for u in range(units):
                at, c = start + l * units + u, u * size
                gradient = fma(e_s[c], d[l * cells + c], so_far(S, at))
                for v in range(c + 1, c + size):
                    gradient = fma(e_s[v], d[l * cells + v], gradient)
                settle(S, at, gradient, mask)

    return descend


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
def compile_lstm(topology: Topology, lanes: int) -> OnlineKernel:
    """The kernel of every network of this topology, for `lanes` of them in lockstep."""
    if topology.forget_gates or topology.peepholes:
        raise InputError("the lane kernel of lstm has no forget gates and no peepholes, got both")
    layout = topology.layout
    cell, input_gate, _, output_gate, hidden_unit, output = topology.groups
    cells, blocks, size = topology.cells, topology.blocks, topology.block_size
    hidden, outputs = topology.hidden, topology.outputs
    gates, units = topology.gates, topology.units
    output_gates, real_inputs = topology.output_gates, topology.real_inputs
    scale, offset = topology.g
    h_identity, sequential = topology.h_identity, topology.sequential
    per_sequence, weights = topology.per_sequence, layout.size("weights")

    # Rows within "sources" and "activations".
    HIDDEN, CELL, IN, OUT = (
        topology.places[name].start for name in ("hidden", "cells", "input_gates", "output_gates")
    )

    w_row, h_row = layout.start("weights"), layout.start("numbers")
    enabled_row = layout.start("enabled")
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
    descent = _summed(topology) if per_sequence else _at_once(topology)
    descend_cell = _descend_traces(cell, descent, cells)
    descend_in = _descend_traces(input_gate, descent, cells)
    descend_out, descend_hidden = _descend(output_gate, descent), _descend(hidden_unit, descent)
    descend_output = _descend(output, descent)
    advance_rule, _ = topology.rule.kernel()
    change_weight = _changes(topology)
    gradient_row = layout.start("gradient") if per_sequence else 0
    note_error, add_block = _construction(topology)

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
        if sequential:
            enabled = rows_from(S, enabled_row)
            for i in range(gates):
                y[IN + i] = y[IN + i] * enabled[i % blocks]

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
    def learn(S, Y, at, mask):
        symbol, e_s = rows_from(S, symbol_row)[0], rows_from(S, es_row)
        z, y = rows_from(S, z_row), rows_from(S, y_row)
        backward(S, Y, at, mask)
        if sequential:
            note_squared_error(S, Y, at, mask)
        if not per_sequence:
            advance_rule(rows_from(S, h_row), mask)
        descend_output(S, y, symbol, rows_from(S, e_row), mask)
        descend_out(S, z, symbol, rows_from(S, eo_row), mask)
        descend_hidden(S, z, symbol, rows_from(S, ei_row), mask)
        descend_cell(S, rows_from(S, d_c_row), e_s, mask)
        descend_in(S, rows_from(S, d_in_row), e_s, mask)

    @inner
    def note_squared_error(S, Y, at, mask):
        out = rows_from(S, out_row)
        total = out[0] * 0.0
        for k in range(outputs):
            total = fma(Y[at + k] - out[k], Y[at + k] - out[k], total)
        note_error(S, total, mask)

    @inner
    def finish(S, mask):
        if per_sequence:
            advance_rule(rows_from(S, h_row), mask)
            gradient = rows_from(S, gradient_row)
            for i in range(weights):
                change_weight(S, i, gradient[i], mask)
                gradient[i] = select(mask, 0.0, gradient[i])
        if sequential:
            add_block(S, mask)

    return OnlineKernel(reset, step, answer, learn, finish)
