"""x * y + z with one rounding, in Python: the processor's instruction, number by number.

A floating-point number is a fraction of whole numbers, so the sum is exact, and Python rounds the
quotient of two whole numbers correctly. A float32 must not be rounded twice, first to float64 and
then to float32. A value that float64 cannot hold is therefore rounded to the neighbour with an odd
last bit, which never lies halfway between two float32 numbers (Boldo & Melquiond 2008).
"""

import math

import numpy as np

from longlag.simd.words import Number


def fused(x: Number, y: Number, z: Number, dtype: np.dtype) -> Number:
    """x * y + z of numbers and arrays that broadcast, as a number or array of type `dtype`."""
    single = dtype == np.float32
    every = np.broadcast(*(np.asarray(operand, dtype) for operand in (x, y, z)))
    numbers = [_fused(a.item(), b.item(), c.item(), single) for a, b, c in every]
    sums = np.array(numbers, np.float64).reshape(every.shape)
    if single:
        with np.errstate(over="ignore"):
            sums = sums.astype(dtype)
    return sums[()]


def _fused(x: float, y: float, z: float, single: bool) -> float:
    if not (math.isfinite(x) and math.isfinite(y)):
        return x * y + z
    if not math.isfinite(z):
        return z  # the exact product is finite, even if it is too large for float64
    (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    above, below = a * c * f + e * b * d, b * d * f
    if not above:
        return x * y + z  # the sum is exactly zero here, and this zero has the correct sign
    try:
        near = above / below
    except OverflowError:
        return math.inf if above > 0 else -math.inf
    return _odd(near, above, below) if single else near


def _odd(near: float, above: int, below: int) -> float:
    """The neighbour of above / below whose last bit is 1, or the quotient itself."""
    p, q = near.as_integer_ratio()
    rest = above * q - p * below
    if rest and not np.float64(near).view(np.int64) & 1:
        return math.nextafter(near, math.copysign(math.inf, rest))
    return near
