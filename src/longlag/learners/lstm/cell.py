"""The memory cell on squashed values: one account of its equations, for lanes and for tiles.

An argument is a vector of any kind: one cell of many networks, or many cells of one network. The
kernels squash the nets themselves, since each has its own way to keep the processor busy meanwhile.
The symbols and numbers are those of `longlag.learners.lstm.learner`.
"""

from longlag.compiled.compiling import inlined
from longlag.simd.vectors import fma


@inlined
def store(s, f, y_in, y_forget, scale, offset):
    """Eq 9: the new state; then its slopes in net_c, net_in and net_phi at a given s(t-1).

    f is f(net_c), so that g(net_c) = scale * f + offset. Without a forget gate y_forget is 1.
    """
    g = f * scale + offset
    cell_slope = scale * f * (1.0 - f) * y_in  # eqs 14, 25
    gate_slope = g * y_in * (1.0 - y_in)  # eq 27
    forget_slope = s * y_forget * (1.0 - y_forget)
    return fma(y_forget, s, y_in * g), cell_slope, gate_slope, forget_slope


@inlined
def emit(h, y_out):
    """Eq 9: the output of the cell, of h = h(s)."""
    return h * y_out


@inlined
def state_error(back, h, y_out, identity):
    """Eq 22, where `back` is the sum over k of w(k,c) e_k, and `identity` says that h(s) is s."""
    error = back * y_out
    if not identity:
        error = error * 0.5 * (1.0 - h * h)
    return error


@inlined
def logistic_error(back, y):
    """Eqs 19, 21: the error of the net of a logistic unit, from that of its activation y."""
    return back * y * (1.0 - y)
