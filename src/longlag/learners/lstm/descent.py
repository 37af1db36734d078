"""Descent along gradients that LSTM alone has: from stored partials, and of peepholes."""

from longlag.compiled.compiling import inner
from longlag.learners.descent import Descent
from longlag.learners.groups import Group
from longlag.simd.vectors import fma


def descend_traces(group: Group, descent: Descent, cells: int):
    """descend(S, d, e_s, mask): along error of the state * stored partial, for a group's weights.

    The gradient of a unit's weight is the sum over its cells: one for cells, a block's for gates.
    """
    units, sources, start = group.units, group.fan_in, group.start
    size = cells // max(units, 1)
    so_far, settle = descent.so_far, descent.settle

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
    so_far, settle = descent.so_far, descent.settle

    @inner
    def descend(S, s, e, mask):
        for v in range(size):
            for j in range(gates):
                at = start + v * gates + j
                settle(S, at, fma(s[j * size + v], e[j], so_far(S, at)), mask)

    return descend
