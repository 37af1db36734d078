"""Compiled code for groups of weights: weighted sums, gradients and updates.

A `Group` (see `longlag.learners.groups`) says where its weights lie. In this file `row` counts from
the first weight of the network, z is the bank of the rows that feed the units, and `symbol` is the
current input symbol of every lane, which stands for a one-hot vector of inputs.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from longlag.compiled.compiling import inner
from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule, WholeRuleKernel
from longlag.rules.clip import Clip
from longlag.rules.rows import descend as descend_row
from longlag.simd.banks import rows_apart, rows_from
from longlag.simd.denormals import flushed
from longlag.simd.products import add_outer, add_product, gather, scatter, scatter_add
from longlag.simd.vectors import fma, select


class Trained(Protocol):
    """The part of a topology that a descent reads."""

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

    @property
    def transform(self) -> type[Clip] | None:
        """The transform of a gradient before the update rule, or None."""
        ...

    @property
    def per_sequence(self) -> bool:
        """Whether weights change at the end of a sequence, not at each target."""
        ...


class Descent(NamedTuple):
    """Functions that take a gradient and change the weights.

    Gradients point downhill: a gradient is the sum of error * partial derivative of an output.
    """

    begin: Callable  #: begin(S, mask): call this before the first `settle` of a step
    so_far: Callable  #: so_far(S, row) -> the sum to which this step's gradient must be added
    settle: Callable  #: settle(S, row, gradient, mask): take that sum
    settle_symbols: Callable  #: settle_symbols(S, row, units, symbol, e, mask): the weights from
    #: all symbols begin at `row`; the gradient is e for the current symbol and 0 for all others
    after_target: Callable  #: after_target(S, mask): call this after the last `settle` of a target
    after_sequence: Callable  #: after_sequence(S, mask): call this at the end of a sequence


def weighted_sums(group: Group) -> Callable:
    """net(out, at, w, z, symbol): the net inputs of a group's units."""
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
    """send(E, w, e): propagate the net errors e of a group's units back to their sources, in E."""
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
    """settle(S, z, symbol, e, mask): settle the gradients e * z; e has one row per unit."""
    units, symbols, start = group.units, group.symbols, group.start
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0, row_1 = (start + row for row in group.span_rows)
    so_far, settle, settle_symbols = descent.so_far, descent.settle, descent.settle_symbols

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
    """add(S, z, symbol, e): add the gradients e * z to the rows "gradient"."""
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


def compile_descent(topology: Trained, layout: Layout) -> Descent:
    """A descent that sums gradients if the layout has rows "gradient", else changes at once."""
    symbols = topology.inputs if topology.symbols else 0
    if layout.size("gradient"):
        return _summed(layout, topology, symbols)
    return _at_once(layout, topology.rule, symbols)


@inner
def _change_nothing(S, mask):
    pass


def _coefficients(layout: Layout, rule: type[Rule]) -> tuple[Callable, Callable]:
    """read(S) -> the rule's kernel with the networks' coefficients; advance(S, mask)."""
    kernel, count, first = rule.kernel, len(rule.kernel._fields), layout.start("coefficients")
    following = kernel.advance

    @inner
    def read(S):
        return kernel(*rows_apart(S, first, 1, count))

    @inner
    def advance(S, mask):
        before = read(S)
        after = following(before)
        for i in range(count):
            S[first + i] = select(mask, after[i], before[i])

    return read, advance


def _change_weight(layout: Layout, rule: type[Rule], symbols: int) -> Callable:
    """change_weight(S, kernel, row, gradient, mask): change a weight by the update rule.

    Moments of weights from absent symbols fade. They are flushed to 0 before they become denormal,
    because arithmetic on denormal numbers is slow.
    """
    moments, weights = rule.kernel.moments, layout.size("weights")
    w_row, m_row = layout.start("weights"), layout.start(moments[0]) if moments else 0
    fading = len(moments) * (symbols > 0)

    @inner
    def change_weight(S, kernel, row, gradient, mask):
        w, m = rows_from(S, w_row), rows_from(S, m_row)
        descend_row(kernel, w, m, row, weights, gradient, mask)
        for i in range(fading):
            m[row + i * weights] = flushed(m[row + i * weights])

    return change_weight


def _at_once(layout: Layout, rule: type[Rule], symbols: int) -> Descent:
    """Each weight changes as soon as its gradient is known, so gradients need no rows."""
    w_row, change, moments = layout.start("weights"), rule.kernel.change, rule.kernel.moments
    read, advance = _coefficients(layout, rule)
    change_weight = _change_weight(layout, rule, symbols)

    @inner
    def so_far(S, row):
        return 0.0

    @inner
    def settle(S, row, gradient, mask):
        change_weight(S, read(S), row, gradient, mask)

    @inner
    def settle_all_symbols(S, row, units, symbol, e, mask):
        for i in range(symbols):
            for u in range(units):
                gradient = select(symbol == i, e[u], 0.0)
                settle(S, row + i * units + u, gradient, mask)

    @inner
    def settle_one_symbol(S, row, units, symbol, e, mask):
        w, kernel = rows_from(S, w_row), read(S)
        for u in range(units):
            old = gather(w, row + u, symbol, units)
            changed, _ = change(kernel, (), e[u])
            scatter(w, row + u, symbol, units, select(mask, old + changed, old))

    # A gradient of 0 still decays moments. Without moments it changes nothing and can be skipped.
    settle_symbols = settle_all_symbols if moments else settle_one_symbol
    return Descent(advance, so_far, settle, settle_symbols, _change_nothing, _change_nothing)


def _summed(layout: Layout, topology: Trained, symbols: int) -> Descent:
    """Gradients are summed in the rows "gradient" until an update; masked lanes contribute 0."""
    rule, transform = topology.rule, topology.transform
    weights, gradient_row = layout.size("weights"), layout.start("gradient")
    change_weight = _change_weight(layout, rule, symbols)
    read, advance = _coefficients(layout, rule)
    prepare = _transform(layout, transform) if transform else None
    sized = _sized(layout, rule.kernel, read) if rule.whole else read

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
    def apply(S, mask):
        advance(S, mask)
        if prepare is not None:
            prepare(S, mask)
        kernel = sized(S)
        for i in range(weights):
            gradient = S[gradient_row + i]
            change_weight(S, kernel, i, gradient, mask)
            S[gradient_row + i] = select(mask, 0.0, gradient)

    after = (_change_nothing, apply) if topology.per_sequence else (apply, _change_nothing)
    return Descent(_change_nothing, so_far, settle, settle_symbols, *after)


def _size(layout: Layout, measure: Callable) -> Callable:
    """size(S, kernel): the size of the summed gradient, as `measure` defines it."""
    weights, gradient_row = layout.size("weights"), layout.start("gradient")

    @inner
    def size(S, kernel):
        total = S[gradient_row] * 0.0
        for i in range(weights):
            total = measure(kernel, total, S[gradient_row + i])
        return total

    return size


def _sized(layout: Layout, kernel: type[WholeRuleKernel], read: Callable) -> Callable:
    """sized(S) -> the rule's kernel, with coefficients for the size of the whole gradient."""
    size, sized = _size(layout, kernel.measure), kernel.sized

    @inner
    def read_sized(S):
        return sized(read(S), size(S, read(S)))

    return read_sized


def _transform(layout: Layout, transform: type[Clip]) -> Callable:
    """prepare(S, mask): scale the summed gradient."""
    weights, gradient_row = layout.size("weights"), layout.start("gradient")
    kernel, first, count = transform.kernel, layout.start("transform"), layout.size("transform")
    size, scale = _size(layout, kernel.measure), kernel.scale

    @inner
    def prepare(S, mask):
        clip = kernel(*rows_apart(S, first, 1, count))
        factor = scale(clip, size(S, clip))
        for i in range(weights):
            gradient = S[gradient_row + i]
            S[gradient_row + i] = select(mask, gradient * factor, gradient)

    return prepare
