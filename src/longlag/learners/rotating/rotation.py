"""Cosine and sine of a vector of phases, the same bits in every lane and on every machine."""

import math

from longlag.simd.vectors import floor, fma
from longlag.simd.words import by_precision

#: Terms of the Taylor series around 0, up to |r| = pi / 2: the first omitted term is below half a
#: unit in the last place of 1. A network has only one phase for each cell, so a shorter polynomial
#: would save little.
_TERMS = (7, 12)  # here and below: of float32, of float64

_PI = (3.1415927410125732, math.pi)  # rounded to the type
_PI_TAIL = (-8.742278012618954e-08, 1.2246467991473532e-16)  # the rounding error


@by_precision
def cosine_and_sine(double):
    """cos(x) and sin(x) of a vector, within 2 units in the last place of 1 where |x| < 10.

    For larger |x| the error grows with |x|.
    """
    terms = range(_TERMS[double])
    cosine = tuple((-1.0) ** k / math.factorial(2 * k) for k in reversed(terms))
    sine = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in reversed(terms))
    pi, tail = _PI[double], _PI_TAIL[double]

    def evaluate(x):
        n = floor(fma(x, 1.0 / math.pi, 0.5))  # x = n pi + r, |r| <= pi / 2
        r = fma(n, -tail, fma(n, -pi, x))
        sign = fma(fma(floor(n * 0.5), -2.0, n), -2.0, 1.0)  # -1 for odd n
        square = r * r
        c, s = fma(square, cosine[0], cosine[1]), fma(square, sine[0], sine[1])
        for k in range(2, len(cosine)):
            c, s = fma(square, c, cosine[k]), fma(square, s, sine[k])
        return sign * c, sign * (r * s)

    return evaluate
