"""The compiled functions of transition hierarchies; see the module `learner`."""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.transition_hierarchy.topology import HierarchyTopology
from longlag.simd.banks import rows_from
from longlag.simd.denormals import flushed
from longlag.simd.products import gather, scatter
from longlag.simd.vectors import any_lane, fma, select


@inner
def _ignore(S, mask):
    pass


@inner
def _nothing(S):
    pass


@inner
def _size(x):
    return select(x < 0.0, -x, x)


def compile_growth(topology: HierarchyTopology) -> Callable:
    """grow(S, mask): each weight that is pulled both ways gets a unit, while there is room."""
    layout, inputs, units = topology.layout, topology.inputs, topology.units
    number_row, count_row = layout.start("numbers"), layout.start("count")
    m_row, a_row = layout.start("means"), layout.start("sizes")
    by_row, changed_row = layout.start("changers"), layout.start("changed")
    order_row = layout.start("orders")

    @inner
    def store(S, row, at, value, mask):
        """Store each masked lane's number at row `row + at`."""
        at = select(mask, at, 0.0)
        scatter(S, row, at, 1, select(mask, value, gather(S, row, at, 1)))

    @inner
    def add_unit(S, i, weight, mask):
        """A unit for this weight, which is one into unit i, in the masked lanes."""
        new = S[count_row]
        store(S, changed_row, new, 0.0 * new + weight, mask)
        store(S, order_row, new, S[order_row + i] + 1.0, mask)
        S[by_row + weight] = select(mask, new, S[by_row + weight])
        S[count_row] = select(mask, new + 1.0, new)
        for other in range(i * inputs, (i + 1) * inputs):
            S[m_row + other] = select(mask, 1.0, S[m_row + other])
            S[a_row + other] = select(mask, 0.0, S[a_row + other])

    @inner
    def grow(S, mask):
        theta, epsilon = S[number_row + 2], S[number_row + 3]
        for i in range(units):
            for j in range(inputs):
                weight = i * inputs + j
                limit = theta * (epsilon + _size(S[m_row + weight]))
                pulled = mask & (S[a_row + weight] > limit) & (S[by_row + weight] < 0.5)
                pulled = pulled & (S[count_row] < units)
                if any_lane(pulled):
                    add_unit(S, i, weight, pulled)

    return grow


@lru_cache(maxsize=64)
def compile_hierarchy(topology: HierarchyTopology) -> LaneKernel:
    """The kernel of every network of this topology."""
    layout, inputs, outputs = topology.layout, topology.inputs, topology.outputs
    units, symbols, resets = topology.units, topology.symbols, topology.resets
    w_row, number_row, count_row = (layout.start(n) for n in ("weights", "numbers", "count"))
    m_row, a_row, by_row = (layout.start(n) for n in ("means", "sizes", "changers"))
    changed_row, order_row = layout.start("changed"), layout.start("orders")
    u_row, before_row = layout.start("activations"), layout.start("before")
    shown_row, shown = layout.start("shown"), layout.size("shown")
    out_row, c_row = layout.start("outputs"), layout.start("changes")
    grow = compile_growth(topology)

    @inner
    def reset(S, mask):
        if resets:
            for i in range(u_row, u_row + units):
                S[i] = select(mask, 0.0, S[i])
            for i in range(shown_row, shown_row + shown):
                S[i] = select(mask, 0.0, S[i])

    @inner
    def show(S, X, at):
        I = rows_from(S, shown_row)
        for i in range(shown - 1, inputs - 1, -1):
            I[i] = I[i - inputs]
        for j in range(inputs):
            I[j] = select(X[at] == j, 1.0, 0.0 * X[at]) if symbols else X[at + j]

    @inner
    def step(S, X, at):
        I, w, by = rows_from(S, shown_row), rows_from(S, w_row), rows_from(S, by_row)
        u = rows_from(S, u_row)
        show(S, X, at)
        for i in range(units):
            S[before_row + i] = u[i]
        for i in range(units):
            total = 0.0 * X[at]
            for j in range(inputs):
                weight = i * inputs + j
                more = gather(S, before_row, by[weight], 1)
                total = fma(I[j], w[weight] + select(by[weight] > 0.5, more, 0.0), total)
            u[i] = total
        for k in range(outputs):
            S[out_row + k] = u[k]

    @inner
    def follow(S, i, e, mask):
        """Change the weights into unit i, whose error is e."""
        alpha, sigma = S[number_row], S[number_row + 1]
        for j in range(inputs):
            weight = i * inputs + j
            then = gather(S, shown_row + j, S[order_row + i], inputs)
            c = then * e
            S[c_row + weight] = c
            w, m, a = S[w_row + weight], S[m_row + weight], S[a_row + weight]
            active = mask & ((then > 0.0) | (then < 0.0))
            learns = active & (S[by_row + weight] < 0.5)
            S[w_row + weight] = select(learns, fma(alpha, c, w), w)
            S[m_row + weight] = select(active, flushed(fma(sigma, c - m, m)), m)
            S[a_row + weight] = select(active, flushed(fma(sigma, _size(c) - a, a)), a)

    @inner
    def learn(S, Y, at, mask):
        for k in range(outputs):
            follow(S, k, select(mask, Y[at + k] - S[out_row + k], 0.0), mask)
        for i in range(outputs, units):
            e = gather(S, c_row, S[changed_row + i], 1)
            there = mask & (S[count_row] > i)
            follow(S, i, select(there, e, 0.0), there)
        grow(S, mask)

    return LaneKernel(reset, step, _nothing, learn, _ignore)
