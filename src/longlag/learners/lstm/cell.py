"""The equations of the memory cell after squashing, shared by the lane kernel and the units kernel.

An argument is a vector of any kind: one cell of many networks, or many cells of one network. The
squashing stays in the kernels, because each kernel overlaps it with other work in its own way. The
symbols and equation numbers are those of `longlag.learners.lstm.learner`.
"""

from longlag.compiled.compiling import inlined
from longlag.simd.vectors import fma


@inlined
def store(s, f, y_in, y_forget, scale, offset):
    """Eq 9: the new state, and its derivatives by net_c, net_in and net_phi at fixed s(t-1).

    f is f(net_c), so g(net_c) = scale * f + offset. Without a forget gate y_forget is 1.
    """
    g = f * scale + offset
    cell_slope = scale * f * (1.0 - f) * y_in  # eqs 14, 25
    gate_slope = g * y_in * (1.0 - y_in)  # eq 27
    forget_slope = s * y_forget * (1.0 - y_forget)
    return fma(y_forget, s, y_in * g), cell_slope, gate_slope, forget_slope


@inlined
def emit(h, y_out):
    """Eq 9: the output of the cell, where h is h(s)."""
    return h * y_out


@inlined
def state_error(back, h, y_out, identity):
    """Eq 22, where `back` is the sum over k of w(k,c) e_k; `identity` means that h(s) is s."""
    error = back * y_out
    if not identity:
        error = error * 0.5 * (1.0 - h * h)
    return error


@inlined
def logistic_error(back, y):
    """Eqs 19, 21: the error of the net of a logistic unit, from that of its activation y."""
    return back * y * (1.0 - y)
