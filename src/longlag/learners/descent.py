"""Groups of weights as compiled code: sums weighted by them, and their descent along a gradient.

A `Group` (see `longlag.learners.groups`) says where its weights lie. Here `row` counts from
the first weight of the network, z is the bank of the rows that feed the units, and `symbol` the
current input symbol of every lane, which stands for a one-hot vector of inputs.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from longlag.compiled.compiling import inner
from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules import Rule
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.products import add_outer, add_product, gather, scatter, scatter_add
from longlag.simd.vectors import fma, select, sqrt


class Trained(Protocol):
    """What a descent must know of a topology."""

    @property
    def inputs(self) -> int:
        """Input units, or number of symbols."""
        ...

    @property
    def symbols(self) -> bool:
        """Whether an input is the index of one symbol."""
        ...

    @property
    def rule(self) -> type[Rule]:
        """The update rule."""
        ...


class Descent(NamedTuple):
    """What becomes of the gradient of the weights.

    Gradients point downhill: they are the sum of error * partial derivative of an output.
    """

    begin: Callable  #: begin(S, mask): a gradient is about to be settled
    so_far: Callable  #: so_far(S, row) -> what the gradient of this step is added to
    settle: Callable  #: settle(S, row, gradient, mask): take the sum
    settle_symbols: Callable  #: settle_symbols(S, row, units, symbol, e, mask): the weights from
    #: all symbols begin at `row`; the gradient of the current one's is e, that of the others 0
    apply: Callable  #: apply(S, mask): change the weights by what was settled, if not done already


def weighted_sums(group: Group) -> Callable:
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


def send_errors_back(group: Group, first: int) -> Callable:
    """send(E, w, e): add to E what the errors e of a group's nets send to what feeds them."""
    units = group.units
    (start_0, end_0, row_0), (start_1, end_1, row_1) = (
        (max(at, first), at + count, group.start + row - at * units)
        for (at, count), row in zip(group.spans, group.span_rows, strict=True)
    )

    @inner
    def send_run(E, w, e, start, end, row):
        for m in range(start, end):
            total = E[m - first]
            for u in range(units):
                total = fma(w[row + m * units + u], e[u], total)
            E[m - first] = total

    @inner
    def send(E, w, e):
        send_run(E, w, e, start_0, end_0, row_0)
        send_run(E, w, e, start_1, end_1, row_1)

    return send


def descend(group: Group, descent: Descent) -> Callable:
    """settle(S, z, symbol, e, mask): gradients e * z of a group's weights, e one row per unit."""
    units, symbols, start = group.units, group.symbols, group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (start + row for row in group.span_rows)
    _, so_far, settle, settle_symbols, _ = descent

    @inner
    def span(S, row, z, first, count, e, mask):
        for l in range(count):
            for u in range(units):
                at = row + l * units + u
                settle(S, at, fma(z[first + l], e[u], so_far(S, at)), mask)

    @inner
    def settle_group(S, z, symbol, e, mask):
        if symbols:
            settle_symbols(S, start, units, symbol, e, mask)
        span(S, row_0, z, first_0, count_0, e, mask)
        span(S, row_1, z, first_1, count_1, e, mask)

    return settle_group


def sum_gradients(group: Group, layout: Layout) -> Callable:
    """add(S, z, symbol, e): gradients e * z of a group's weights, into the rows "gradient"."""
    units, symbols = group.units, group.symbols
    first = layout.start("gradient") + group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (first + row for row in group.span_rows)

    @inner
    def add(S, z, symbol, e):
        if symbols:
            for u in range(units):
                scatter_add(S, first + u, symbol, units, e[u])
        add_outer(S, row_0, z, first_0, count_0, e, 0, units)
        add_outer(S, row_1, z, first_1, count_1, e, 0, units)

    return add


def _change_weight(layout: Layout, rule: type[Rule], symbols: int) -> Callable:
    """change_weight(S, row, gradient, mask): by the update rule.

    Moments of the weights of symbols that are not shown fade, and are 0 in the end.
    """
    w_row, h_row = layout.start("weights"), layout.start("numbers")
    u_row, v_row = layout.start("first_moments"), layout.start("second_moments")
    _, change = rule.kernel()
    first, second = symbols > 0 and rule.moments > 0, symbols > 0 and rule.moments > 1

    @inner
    def change_weight(S, row, gradient, mask):
        w, h = rows_from(S, w_row), rows_from(S, h_row)
        u, v = rows_from(S, u_row), rows_from(S, v_row)
        w[row] = select(mask, w[row] + change(h, u, v, row, gradient, mask), w[row])
        if first:
            u[row] = flushed(u[row])
        if second:
            v[row] = flushed(v[row])

    return change_weight


def compile_descent(topology: Trained, layout: Layout) -> Descent:
    """The descent of a network with rows "gradient", or without: then weights change at once."""
    symbols = topology.inputs if topology.symbols else 0
    kind = _summed if layout.size("gradient") else _at_once
    return kind(layout, topology.rule, symbols)


def _at_once(layout: Layout, rule: type[Rule], symbols: int) -> Descent:
    """Each weight changes as soon as its gradient is known, so no rows hold gradients."""
    w_row, h_row = layout.start("weights"), layout.start("numbers")
    change_weight = _change_weight(layout, rule, symbols)
    advance, change = rule.kernel()

    @inner
    def begin(S, mask):
        advance(rows_from(S, h_row), mask)

    @inner
    def so_far(S, row):
        return 0.0

    @inner
    def settle_all_symbols(S, row, units, symbol, e, mask):
        for i in range(symbols):
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

    @inner
    def apply(S, mask):
        pass

    # Moments decay where the gradient is 0 too; without them nothing happens there.
    settle_symbols = settle_all_symbols if rule.moments else settle_one_symbol
    return Descent(begin, so_far, change_weight, settle_symbols, apply)


def _summed(layout: Layout, rule: type[Rule], symbols: int) -> Descent:
    """Gradients are summed in the rows "gradient" until `apply`; where masked they are 0.

    `apply` clips: a sum whose norm is above the number in row "clip" is scaled down to it.
    """
    weights, clips = layout.size("weights"), layout.size("clip") > 0
    gradient_row, clip_row = layout.start("gradient"), layout.start("clip")
    h_row, change_weight = layout.start("numbers"), _change_weight(layout, rule, symbols)
    advance, _ = rule.kernel()

    @inner
    def begin(S, mask):
        pass

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

    @inner
    def scale_down(S, mask):
        square = S[gradient_row] * 0.0
        for i in range(weights):
            square = fma(S[gradient_row + i], S[gradient_row + i], square)
        norm, clip = sqrt(square), S[clip_row]
        scale = select(norm > clip, clip / norm, 1.0)
        for i in range(weights):
            gradient = S[gradient_row + i]
            S[gradient_row + i] = select(mask, gradient * scale, gradient)

    @inner
    def apply(S, mask):
        advance(rows_from(S, h_row), mask)
        if clips:
            scale_down(S, mask)
        for i in range(weights):
            gradient = S[gradient_row + i]
            change_weight(S, i, gradient, mask)
            S[gradient_row + i] = select(mask, 0.0, gradient)

    return Descent(begin, so_far, settle, settle_symbols, apply)
