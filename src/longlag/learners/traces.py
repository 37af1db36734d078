"""Traces: the partial derivatives of a state, carried forward in time.

If no state feeds another state, the derivative of a state s with respect to a weight w(l,m) needs
no history. Let `keep` be ds(t) / ds(t-1), and let `slope` be the derivative of s(t) with respect to
the net input of unit l at fixed s(t-1). Then each step computes

    D(m)   = keep D(m) + slope y(m)            D(m) = ds / dw(l,m)
    dw(m)  = sum of e_s D(m)                   over the states that unit l reaches

This is real-time recurrent learning (Robinson & Fallside 1987; Williams & Zipser 1989) of a
diagonal recurrence, for which the traces are exact. The stored partials of LSTM are such traces:
keep is 1 in eqs 24 to 28 of 1997, and the forget gate in Gers et al. (2000). They are exact except
for the terms that the truncation omits.

The traces of a group of weights have rows (sources, states). A state belongs to one unit of the
group, and the states of a unit are adjacent.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inlined, inner
from longlag.learners.descent import Descent
from longlag.learners.groups import Group
from longlag.simd.denormals import flushed
from longlag.simd.products import add_outer, add_outers, scatter_add
from longlag.simd.vectors import fma


@inlined
def carried(trace, keep, slope, source):
    """The next value of a trace."""
    return fma(slope, source, keep * trace)


def carry_traces(group: Group, states: int, fade: Callable) -> Callable:
    """carry(d, keep, z, symbol, slopes, first): update the traces d of a group's weights, in lanes.

    The slopes of the states begin at row `first`. fade(d, keep) multiplies the traces by `keep`.
    """
    symbols = group.symbols
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0 = symbols * states
    row_1 = row_0 + count_0 * states

    @inner
    def carry(d, keep, z, symbol, slopes, first):
        # Two passes, unlike `carried`: add_outer packs the rows of few lanes into full registers.
        fade(d, keep)
        if symbols:
            for c in range(states):
                scatter_add(d, c, symbol, states, slopes[first + c])
        add_outer(d, row_0, z, first_0, count_0, slopes, first, states)
        add_outer(d, row_1, z, first_1, count_1, slopes, first, states)

    return carry


def carry_many(group: Group, states: int, steps: int) -> Callable:
    """carry(d, z, z_apart, X, at, slopes, first, apart): `carry_traces` of `steps` steps at once.

    For traces that do not fade. Step t has its sources from row t * z_apart of z, the slopes of its
    states from row first + t * apart, and its symbol in row at + t of X.
    """
    symbols = group.symbols
    (first_0, count_0), (first_1, count_1) = group.spans
    row_0 = symbols * states
    row_1 = row_0 + count_0 * states

    @inner
    def carry(d, z, z_apart, X, at, slopes, first, apart):
        if symbols:
            for t in range(steps):
                symbol = X[at + t]
                for c in range(states):
                    scatter_add(d, c, symbol, states, slopes[first + t * apart + c])
        add_outers(d, row_0, z, first_0, z_apart, count_0, slopes, first, apart, states, steps)
        add_outers(d, row_1, z, first_1, z_apart, count_1, slopes, first, apart, states, steps)

    return carry


def fade_traces(sources: int, states: int, kept_together: int) -> Callable:
    """fade(d, keep): multiply all traces by `keep`, and flush the smallest to 0.

    Each row of `keep` serves `kept_together` states. If `kept_together` is 0, keep is 1 throughout.
    """

    @inner
    def fade(d, keep):
        if kept_together:
            for row in range(0, sources * states, states):
                for c in range(states):
                    d[row + c] = flushed(d[row + c] * keep[c // kept_together])

    return fade


def descend_traces(group: Group, descent: Descent, states: int) -> Callable:
    """descend(S, d, e_s, mask): settle the gradients of a group's weights, in lanes.

    e_s has one row for each state. All units of the group have the same number of states.
    """
    units, sources, start = group.units, group.fan_in, group.start
    size = states // max(units, 1)
    so_far, settle = descent.so_far, descent.settle

    @inner
    def descend(S, d, e_s, mask):
        for l in range(sources):
            for u in range(units):
                at, c = start + l * units + u, u * size
                gradient = fma(e_s[c], d[l * states + c], so_far(S, at))
                for v in range(c + 1, c + size):
                    gradient = fma(e_s[v], d[l * states + v], gradient)
                settle(S, at, gradient, mask)

    return descend
