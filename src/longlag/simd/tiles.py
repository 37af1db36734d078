"""Units of one network side by side: a tile is a row of 16 numbers, one per unit.

A tile is a `Vec` of `longlag.simd.vectors`, so the arithmetic of a unit is the same in every place
of every tile. Only a sum over units needs more, and has its order here.
"""

from llvmlite import ir
from numba.extending import register_jitable

from longlag.simd.banks import get_lane
from longlag.simd.vectors import I32, Vec, fma, indices, intrinsic, vector

TILE = 16  #: units per tile: in float32 one cache line


def tiles(units: int) -> int:
    """How many tiles hold so many units."""
    return -(-units // TILE)


@intrinsic
def zeros(typing, rows):
    """A tile of zeros, of the precision of the bank `rows`."""

    def generate(context, builder, signature, args):
        return ir.Constant(vector(rows), [0.0] * rows.lanes)

    return Vec(rows.dtype, rows.lanes)(rows), generate


@intrinsic
def sum_of_tile(typing, x):
    """The sum over a tile: halves are added until one number is left."""

    def generate(context, builder, signature, args):
        value = args[0]
        while value.type.count > 1:
            half = value.type.count // 2
            low = builder.shuffle_vector(value, value, indices(range(half)))
            high = builder.shuffle_vector(value, value, indices(range(half, 2 * half)))
            value = builder.fadd(low, high)
        return builder.extract_element(value, I32(0))

    return x.dtype(x), generate


@register_jitable
def weighted_sum(w, row, z, first, count):
    """Sum over l < count of the tile w[row + l] times number first + l of z.

    Four sums of every fourth source each: the processor works on them at the same time.
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
