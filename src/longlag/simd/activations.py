"""Squashing functions as plain arithmetic on SIMD vectors, with equal bits in every lane.

Both functions use exp(x) = 2**n (1 + r q(r)), where n is the whole number nearest to x / ln 2 and
r = x - n ln 2, so |r| <= ln(2) / 2. Both use a reciprocal by Newton's method, which takes fewer
cycles than a division of wide vectors. NaN gives NaN, and no result leaves [0, 1] or [-1, 1].

Each function has constants for both precisions.
"""

import math

from longlag.simd.bits import power_of_two, reciprocal_guess
from longlag.simd.vectors import fma, select
from longlag.simd.words import by_precision, phrase

_LOG2_E = 1 / math.log(2)
_LN_2 = math.log(2)
_LN_2_TAIL = 2.3190468138462996e-17  # ln 2 minus its float64

# Adding this number rounds x to a whole number, which the lowest bits of the sum then hold.
_SHIFT = (1.5 * 2**23, 1.5 * 2**52)  # here and below: for float32, for float64

# q(r) ~ (exp(r) - 1) / r, highest power first: minimax of the relative error by Remez exchange
# in 60 digits over |r| <= 1.001 ln(2) / 2. The two lowest coefficients are fixed. The others were
# rounded one by one from the lowest, with a new fit of the remaining ones after each. The relative
# error is at most 1.5e-8 in float32 and 8e-19 in float64, plus rounding errors of the evaluation.
_Q = (
    (
        0.001389960991218686,
        0.008366127498447895,
        0.04166683927178383,
        0.1666654795408249,
        0.5,
        1.0,
    ),
    (
        2.0893383894781196e-09,
        2.5107951341697055e-08,
        2.7557294846647526e-07,
        2.7557246577955877e-06,
        2.4801587348709838e-05,
        0.0001984126988466664,
        0.0013888888888858183,
        0.008333333333321823,
        0.041666666666666706,
        0.16666666666666677,
        0.5,
        1.0,
    ),
)

# Beyond these arguments the functions are constant. Up to 87 and 708 the reciprocal of 1 + exp(x)
# is a normal number, so nothing overflows or underflows. At 22 and 44 tanh_half differs from 1 by
# less than half an ulp, and the result is exactly 1.
_LOGISTIC_LIMIT = (87.0, 708.0)
_TANH_LIMIT = (22.0, 44.0)

# `reciprocal_guess` leaves a relative error e = 1 - x y of at most 0.051. A Newton step,
# y (2 - x y), squares the error, so the result is always too small. A first factor above 2 centres
# the error on 0, with at most 0.0013. A step of third order, y (1 + e + e**2), reduces it to
# 2.3e-9, and another Newton step to 5e-18.
_FIRST_FACTOR = 2.0013


@phrase
def clamp(x, limit):
    """x clamped to [-limit, limit]; NaN stays NaN, because no comparison with NaN is true."""
    x = select(x > limit, limit, x)
    return select(x < -limit, -limit, x)


@by_precision
def reciprocal(double):
    """1 / x of a vector in [1, 2**126] ([1, 2**1022]), within 1 ulp; exact for powers of two."""

    def newton(x):
        y = reciprocal_guess(x)
        y = y * fma(-x, y, _FIRST_FACTOR)
        e = fma(-x, y, 1.0)
        y = fma(y, fma(e, e, e), y)
        if double:
            y = fma(y, fma(-x, y, 1.0), y)
        return y

    return newton


def _exponential(sign, double):
    """exp(sign x): a negative sign flips the signs of the odd powers, at no cost at run time."""
    shift, q_ = _SHIFT[double], _Q[double]
    q_ = tuple(c * sign ** (len(q_) - 1 - k) for k, c in enumerate(q_))
    log2_e, ln_2, ln_2_tail = sign * _LOG2_E, sign * _LN_2, sign * _LN_2_TAIL

    def reduce(x):
        shifted = fma(x, log2_e, shift)
        n = shifted - shift
        r = fma(n, -ln_2, x)
        # float32 omits the tail: n times the tail is below 3e-7, which is 4 ulp near |x| = 87 and
        # less than 1 ulp below 20.
        if double:
            r = fma(n, -ln_2_tail, r)
        q = fma(r, q_[0], q_[1])
        for k in range(2, len(q_)):
            q = fma(q, r, q_[k])
        return q * (sign * r), power_of_two(shifted)

    return reduce


@by_precision
def exponential(double):
    """Vectors (m, s) with exp(x) = s + s m and s a power of two, for |x| <= 87 (708).

    The caller adds m s to its own constant by one `fma`, which saves a rounding.
    """
    return _exponential(1.0, double)


@by_precision
def exponential_of_minus(double):
    """`exponential` of -x, without the negation."""
    return _exponential(-1.0, double)


@phrase
def exponential_below(x):
    """exp(x) of a vector of numbers up to 0: what softmax sums, net inputs below the largest.

    Below -80 it is constant, so that no probability is 0: the logarithm of 0 is infinite.
    """
    m, s = exponential(clamp(x, 80.0))
    return fma(m, s, s)


@by_precision
def logistic(double):
    """f(x) = 1 / (1 + exp(-x)) of a vector, within 6 ulp (4 where x > -20); in float64 within 3.

    The error is relative, however small the value is. f is constant from 87 on, and below
    -87 (708 in float64).
    """
    limit = _LOGISTIC_LIMIT[double]

    def evaluate(x):
        m, s = exponential_of_minus(clamp(x, limit))
        return reciprocal(fma(m, s, s + 1.0))

    return evaluate


@by_precision
def tanh_half(double):
    """h(x) = 2 f(x) - 1 = tanh(x / 2) of a vector, within 4 ulp.

    Exactly 1 from x = 22 on, and -1 from -22 down (44 in float64).
    """
    limit = _TANH_LIMIT[double]

    def evaluate(x):
        m, s = exponential(clamp(x, limit))
        e = fma(m, s, s - 1.0)  # exp(x) - 1 without cancellation: near 0, s - 1 is exactly 0
        return e * reciprocal(e + 2.0)

    return evaluate
