"""Units of one network side by side: a tile is a row of 16 numbers, one per unit.

A tile is a vector of `longlag.simd.vectors`, so the arithmetic of a unit is the same in every place
of every tile. Only a sum over units depends on an order, which this module fixes.
"""

import numpy as np
from llvmlite import ir

from longlag.compiled.compiling import inner
from longlag.simd.banks import get_lane
from longlag.simd.llvm import I32, VecType, indices, vector
from longlag.simd.vectors import fma
from longlag.simd.words import compiles

TILE = 16  #: units per tile: in float32 one cache line


def tiles(units: int) -> int:
    """The number of tiles for a number of units."""
    return -(-units // TILE)


def zeros(rows) -> np.ndarray:
    """A tile of zeros, in the precision of the bank `rows`."""
    return np.zeros_like(rows[0])


@compiles(zeros)
def _zeros(typing, rows):

    def generate(context, builder, signature, args):
        return ir.Constant(vector(rows), [0.0] * rows.lanes)

    return VecType(rows.dtype, rows.lanes)(rows), generate


def sum_of_tile(x) -> float:
    """The sum over a tile: its halves are added until one number is left."""
    while len(x) > 1:
        x = x[: len(x) // 2] + x[len(x) // 2 :]
    return x[0]


@compiles(sum_of_tile)
def _sum_of_tile(typing, x):

    def generate(context, builder, signature, args):
        value = args[0]
        while value.type.count > 1:
            half = value.type.count // 2
            low = builder.shuffle_vector(value, value, indices(range(half)))
            high = builder.shuffle_vector(value, value, indices(range(half, 2 * half)))
            value = builder.fadd(low, high)
        return builder.extract_element(value, I32(0))

    return x.dtype(x), generate


@inner
def weighted_sum(w, row, z, first, count):
    """The sum over l < count of the tile w[row + l] times number first + l of z.

    Each of four sums takes every fourth source. The four do not wait for each other, which hides
    the latency of `fma`.
    """
    a = b = c = d = zeros(w)
    whole = count - count % 4
    for l in range(0, whole, 4):
        a = fma(w[row + l], get_lane(z, 0, first + l), a)
        b = fma(w[row + l + 1], get_lane(z, 0, first + l + 1), b)
        c = fma(w[row + l + 2], get_lane(z, 0, first + l + 2), c)
        d = fma(w[row + l + 3], get_lane(z, 0, first + l + 3), d)
    for l in range(whole, count):
        a = fma(w[row + l], get_lane(z, 0, first + l), a)
    return (a + b) + (c + d)
