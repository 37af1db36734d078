"""Squashing functions as plain arithmetic on SIMD vectors (see `simd`), the same in every lane."""

import math

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from longlag.kernels.simd import Vec, fma, power_of_two, reciprocal_guess, select


def reciprocal(x):
    """1 / x for positive normal x; see `_reciprocal` (vectors only)."""


def logistic(x): ...
def tanh_half(x): ...


_LOG2_E = 1 / math.log(2)
_LN_2 = math.log(2)
_LIMIT = {32: 80.0, 64: 700.0}
_NEWTON = {32: 3, 64: 4}
_SHIFT = {32: 1.5 * 2**23, 64: 1.5 * 2**52}
_Q = {
    32: (0.001406478381, 0.008384946510, 0.04166398941, 0.1666607205, 0.5000000197, 1.0),
    64: tuple(1 / math.factorial(k) for k in range(13, 0, -1)),
}


@overload(reciprocal)
def _reciprocal(x):
    if not isinstance(x, Vec):
        return None
    rounds = _NEWTON[x.dtype.bitwidth]

    def newton(x):
        y = reciprocal_guess(x)
        for _ in range(rounds):
            y = fma(y, fma(-x, y, 1.0), y)
        return y

    return newton


def parts(x): ...


@overload(parts)
def _parts(x):
    bits = x.dtype.bitwidth
    limit, shift, q_ = _LIMIT[bits], _SHIFT[bits], _Q[bits]
    terms = len(q_)

    def impl(x):
        x = select(x > limit, limit, x)
        x = select(x < -limit, -limit, x)
        t = fma(x, _LOG2_E, shift)
        n = t - shift
        r = fma(n, -_LN_2, x)
        q = fma(r, q_[0], q_[1])
        for k in range(2, terms):
            q = fma(q, r, q_[k])
        return q * r, power_of_two(t)

    return impl


@register_jitable
def logistic(x):
    """f(x) = 1 / (1 + exp(-x))."""
    rq, scale = parts(-x)
    return reciprocal(fma(rq, scale, scale + 1.0))


@register_jitable
def tanh_half(x):
    """h(x) = 2 / (1 + exp(-x)) - 1 = tanh(x / 2)."""
    rq, scale = parts(x)
    m = fma(rq, scale, scale - 1.0)
    return m * reciprocal(m + 2.0)
