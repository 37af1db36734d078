"""What becomes of the gradients of LSTM: weights change at once, or at the end of a sequence."""

from collections.abc import Callable
from typing import NamedTuple

from longlag.kernels.banks import rows_from
from longlag.kernels.compiling import inner
from longlag.kernels.products import gather, scatter, scatter_add
from longlag.kernels.simd import fma, select
from longlag.learners.lstm_topology import Group, Topology


class Descent(NamedTuple):
    """What becomes of the gradient of weights; `row` counts from the first weight."""

    so_far: Callable  #: so_far(S, row) -> what the gradient of this step is added to
    settle: Callable  #: settle(S, row, gradient, mask): take the sum
    settle_symbols: Callable  #: settle_symbols(S, row, units, symbol, e, mask): the weights from
    #: all symbols begin at `row`; the gradient of the current one's is e, that of the others 0


def changes(topology: Topology):
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


def at_once(topology: Topology) -> Descent:
    """Each weight changes as soon as its gradient is known, so no rows hold gradients."""
    w_row, h_row = topology.layout.start("weights"), topology.layout.start("numbers")
    inputs, change_weight = topology.inputs, changes(topology)
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


def summed(topology: Topology) -> Descent:
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


def descend_sources(group: Group, descent: Descent):
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


def descend_traces(group: Group, descent: Descent, cells: int):
    """descend(S, d, e_s, mask): along error of the state * stored partial, for a group's weights.

    The gradient of a unit's weight is the sum over its cells: one for cells, a block's for gates.
    """
    units, sources, start = group.units, group.fan_in, group.start
    size = cells // max(units, 1)
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


def descend_peepholes(group: Group, descent: Descent):
    """descend(S, s, e, mask): along error of the gate * state of each cell of its block."""
    gates, size, start = group.units, group.fan_in, group.start
    so_far, settle, _ = descent

    @inner
    def descend(S, s, e, mask):
        for v in range(size):
            for j in range(gates):
                at = start + v * gates + j
                settle(S, at, fma(s[j * size + v], e[j], so_far(S, at)), mask)

    return descend
