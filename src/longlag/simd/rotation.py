"""Cosine and sine of a vector, the same bits in every lane and on every machine."""

import math
from typing import Any

from numba import types
from numba.extending import overload

from longlag.simd.vectors import Vec, floor, fma

_PI = math.pi

#: Terms of the Taylor series around 0, up to |r| = pi / 2: the first one left out is below half a
#: unit in the last place of 1. A network has as many phases as cells, so the shortest polynomial
#: would save little.
_TERMS = {types.float32: 7, types.float64: 12}


def cosine_and_sine(x) -> Any:
    """cos(x) and sin(x) of a vector, within 2 units in the last place of 1 where |x| < 10."""


@overload(cosine_and_sine)
def _cosine_and_sine(x):
    if not isinstance(x, Vec):
        return None
    terms = _TERMS[x.dtype]
    cosine = tuple((-1.0) ** k / math.factorial(2 * k) for k in reversed(range(terms)))
    sine = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in reversed(range(terms)))

    def evaluate(x):
        n = floor(fma(x, 1.0 / _PI, 0.5))  # x = n pi + r, |r| <= pi / 2
        r = fma(n, -_PI, x)
        sign = fma(fma(floor(n * 0.5), -2.0, n), -2.0, 1.0)  # -1 for odd n
        square = r * r
        c, s = fma(square, cosine[0], cosine[1]), fma(square, sine[0], sine[1])
        for k in range(2, terms):
            c, s = fma(square, c, cosine[k]), fma(square, s, sine[k])
        return sign * c, sign * (r * s)

    return evaluate
