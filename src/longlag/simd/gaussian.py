"""Gaussian numbers by the method of Box & Muller (1958), as plain arithmetic on SIMD vectors.

Logarithm and cosine are series whose bounds can be checked by hand. They do not use the platform's
library, so a number has the same bits on every machine, alone or among other lanes. For the same
reason the constants come from exact arithmetic.
"""

import math
from fractions import Fraction

from longlag.simd.bits import exponent, mantissa
from longlag.simd.vectors import fma, select, sqrt
from longlag.simd.words import phrase

# log(x) = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (x - 1) / (x + 1). Where sqrt(1/2) <= x <=
# sqrt(2), s^2 <= 0.0295: the terms after s^11 / 11 are below 5.2e-11 of the sum.
_LOG = tuple(1 / k for k in (11, 9, 7, 5, 3, 1))

_LN_2 = 0.6931471805599453

# sin(2 pi w) = 2 pi w - (2 pi w)^3 / 3! + ... Where |w| <= 1/4, the terms after the power 15 are
# below 6.1e-12.
_SINE = tuple(
    float((-1) ** (k // 2) * Fraction(2 * math.pi) ** k / math.factorial(k))
    for k in (15, 13, 11, 9, 7, 5, 3, 1)
)


@phrase
def gaussian(u, v):
    """sqrt(-2 log(1 - u)) cos(2 pi v) of float64 vectors of multiples of 2**-53 in [0, 1).

    The result is Gaussian with mean 0 and variance 1 if u and v are uniform and independent. It is
    within 1e-10 of the exact value, which is at most 8.6.
    """
    return sqrt(-2.0 * _log(1.0 - u)) * _cosine(v)


@phrase
def _log(x):
    """The natural logarithm of x in [2**-53, 1], to a relative 6e-11."""
    m, n = mantissa(x), exponent(x)
    above = m > math.sqrt(2)  # every platform rounds `sqrt` correctly, so the bits are the same
    m, n = select(above, 0.5 * m, m), select(above, n + 1.0, n)
    s = (m - 1.0) / (m + 1.0)
    return fma(n, _LN_2, 2.0 * s * _polynomial(s * s, _LOG))


@phrase
def _cosine(v):
    """cos(2 pi v) for v in [0, 1), to 1e-11, as sin(2 pi w) with w = |v - 1/2| - 1/4."""
    w = v - 0.5
    w = select(w < 0.0, -w, w) - 0.25
    return w * _polynomial(w * w, _SINE)


@phrase
def _polynomial(x, coefficients):
    """The polynomial in x with these coefficients, highest power first."""
    y = fma(x, coefficients[0], coefficients[1])
    for k in range(2, len(coefficients)):
        y = fma(y, x, coefficients[k])
    return y
