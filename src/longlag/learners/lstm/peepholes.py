"""Peephole connections in lanes: gates see the states of the cells of their own block."""

from collections.abc import Callable

from longlag.compiled.compiling import inner
from longlag.learners.descent import Descent
from longlag.learners.groups import Group
from longlag.simd.vectors import fma


def see_states(group: Group) -> Callable:
    """see(out, at, w, s): add the peephole input from the states s to the nets of gates."""
    gates, size, start = group.units, group.fan_in, group.start

    @inner
    def see(out, at, w, s):
        for j in range(gates):
            for v in range(size):
                out[at + j] = fma(w[start + v * gates + j], s[j * size + v], out[at + j])

    return see


def carry_peepholes(group: Group, cells: int, fade: Callable) -> Callable:
    """carry(d, keep, s, slopes, first): the traces of the weights; see `carry_traces`.

    Each block has its own sources, so the products of slopes and sources are not an outer product.
    """
    size = group.fan_in

    @inner
    def carry(d, keep, s, slopes, first):
        fade(d, keep)
        for v in range(size):
            for c in range(cells):
                at = v * cells + c
                d[at] = fma(s[c - c % size + v], slopes[first + c], d[at])

    return carry


def send_to_states(group: Group) -> Callable:
    """send(e_s, w, e): propagate the errors e of gates back to their cells' states, in e_s."""
    gates, size, start = group.units, group.fan_in, group.start

    @inner
    def send(e_s, w, e):
        for j in range(gates):
            for v in range(size):
                c = j * size + v
                e_s[c] = fma(w[start + v * gates + j], e[j], e_s[c])

    return send


def descend_peepholes(group: Group, descent: Descent) -> Callable:
    """descend(S, s, e, mask): settle the gradients e * s, for each cell of a gate's block."""
    gates, size, start = group.units, group.fan_in, group.start
    so_far, settle = descent.so_far, descent.settle

    @inner
    def descend(S, s, e, mask):
        for v in range(size):
            for j in range(gates):
                at = start + v * gates + j
                settle(S, at, fma(s[j * size + v], e[j], so_far(S, at)), mask)

    return descend
