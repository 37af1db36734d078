"""Traces: the partial derivatives of a state, carried forward in time.

Where no state reaches another, what a state s owes to a weight w(l,m) needs no history. With `keep`
for ds(t) / ds(t-1), and `slope` for the derivative of s(t) in the net input of unit l at a given
s(t-1), each step does

    D(m)   = keep D(m) + slope y(m)            D(m) = ds / dw(l,m)
    dw(m)  = sum of e_s D(m)                   over the states that unit l reaches

This is real-time recurrent learning (Robinson & Fallside 1987; Williams & Zipser 1989) of a
diagonal recurrence, and exact there. The stored partials of LSTM (eqs 24 to 28 of 1997, where keep
is 1; Gers et al. 2000, where it is the forget gate) are the same, and exact but for what the
truncation leaves out.

The traces of a group of weights have rows (sources, states): a state belongs to one unit of the
group, and the states of a unit are neighbours.
"""

from collections.abc import Callable

from longlag.compiled.compiling import inlined, inner
from longlag.learners.descent import Descent
from longlag.learners.groups import Group
from longlag.simd.denormals import flushed
from longlag.simd.products import add_outer, scatter_add
from longlag.simd.vectors import fma


@inlined
def carried(trace, keep, slope, source):
    """One trace after a step."""
    return fma(slope, source, keep * trace)


def carry_traces(group: Group, states: int, fade: Callable) -> Callable:
    """carry(d, keep, z, symbol, slopes, first): the traces d of a group's weights, in lanes.

    The slopes of the states begin at row `first`. What the states keep is for fade(d, keep) to say.
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


def fade_traces(sources: int, states: int, kept_together: int) -> Callable:
    """fade(d, keep): all traces of a state fade as it does, in the end to 0.

    Each row of `keep` is that of as many states as `kept_together` says; 0: they keep everything.
    """

    @inner
    def fade(d, keep):
        if kept_together:
            for row in range(0, sources * states, states):
                for c in range(states):
                    d[row + c] = flushed(d[row + c] * keep[c // kept_together])

    return fade


def descend_traces(group: Group, descent: Descent, states: int) -> Callable:
    """descend(S, d, e_s, mask): the gradients of a group's weights, in lanes; e_s one row a state.

    A unit reaches one state, or as many as there are for each unit of the group.
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
