"""The SIMD number type against NumPy and rational arithmetic, for all numbers of lanes."""

from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError
from numba.extending import register_jitable
from support.both import both

from longlag.simd.banks import (
    CACHE_LINE,
    aligned_zeros,
    bank,
    get_lane,
    lane_mask,
    load_rows,
    mark,
    over_rows,
    rows_from,
    set_lane,
    store_rows,
)
from longlag.simd.bits import power_of_two, reciprocal_guess
from longlag.simd.products import (
    UNROLL,
    add_outer,
    add_outers,
    add_product,
    gather,
    scatter_add,
)
from longlag.simd.vectors import (
    any_lane,
    floor,
    fma,
    select,
    sqrt,
)

LANES = (1, 4, 8, 16, 32)
DTYPES = (np.float32, np.float64)
every_lane = pytest.mark.parametrize("lanes", LANES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def filled(shape, dtype, seed=0):
    """An aligned array of numbers of many magnitudes and both signs."""
    rng = np.random.default_rng(seed)
    array = aligned_zeros(shape, dtype)
    array[:] = rng.normal(size=shape) * 2.0 ** rng.integers(-12, 12, shape)
    return array


def nearest(exact, dtype):
    """The number of the precision that is nearest to a fraction, ties to the even one."""
    guess = dtype(float(exact))
    near = [np.nextafter(guess, dtype(-np.inf)), guess, np.nextafter(guess, dtype(np.inf))]
    word = np.int32 if dtype == np.float32 else np.int64
    return min(near, key=lambda c: (abs(Fraction(float(c)) - exact), int(c.view(word)) & 1))


def exact_fma(x, y, z):
    """x y + z of NumPy numbers with one rounding."""
    exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
    return nearest(exact, type(x))


@cache
def arithmetic(lanes):
    @both
    def apply(A, out):
        a, o = bank(A, lanes), bank(out, lanes)
        x, y, z, one = a[0], a[1], a[2], a[3]
        o[0] = x + y
        o[1] = x - y
        o[2] = x * y
        o[3] = x / y
        o[4] = -x
        o[5] = select(x < y, one, 0.0)
        o[6] = select(x <= y, one, 0.0)
        o[7] = select(x > y, one, 0.0)
        o[8] = select(x >= y, one, 0.0)
        o[9] = select(x < y, y, x)
        o[10] = fma(x, y, z)
        o[11] = sqrt(x)
        # scalars of every kind on either side
        o[12] = x + 1
        o[13] = 3 - x
        o[14] = np.float32(2.5) * x
        o[15] = 1.0 / x
        o[16] = fma(x, 0.1, 2)
        o[17] = 0.25

    return apply


def wanted_arithmetic(A):
    x, y, _, one = A
    with np.errstate(all="ignore"):
        return [
            x + y,
            x - y,
            x * y,
            x / y,
            -x,
            np.where(x < y, one, 0),
            np.where(x <= y, one, 0),
            np.where(x > y, one, 0),
            np.where(x >= y, one, 0),
            np.where(x < y, y, x),
            [exact_fma(*v) if np.isfinite(v).all() else v[0] * v[1] + v[2] for v in A[:3].T],
            np.sqrt(x),
            x + 1,
            3 - x,
            A.dtype.type(2.5) * x,
            1 / x,
            [exact_fma(v, type(v)(0.1), 2) if np.isfinite(v) else v for v in x],
            np.full_like(x, 0.25),
        ]


def check_arithmetic(numbers, dtype):
    """Compare all operations for three rows of numbers."""
    A = aligned_zeros((4, len(numbers[0])), dtype)
    A[:3], A[3] = numbers, 1
    out = aligned_zeros((18, A.shape[1]), A.dtype)
    arithmetic(A.shape[1])(A, out)
    for row, (ours, wanted) in enumerate(zip(out, wanted_arithmetic(A), strict=True)):
        assert np.array_equal(ours, np.array(wanted, dtype), equal_nan=True), f"operation {row}"


@every_dtype
@every_lane
def test_arithmetic_is_that_of_numpy(lanes, dtype):
    for seed in range(5):
        check_arithmetic(filled((3, lanes), dtype, seed), dtype)


@every_dtype
def test_special_values(dtype):
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0]
    pairs = np.array([(x, y, 1.0) for x in special for y in special]).T
    for first in range(0, pairs.shape[1], 4):
        check_arithmetic(pairs[:, first : first + 4], dtype)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=12, max_size=12), st.sampled_from(DTYPES))
def test_arithmetic_of_drawn_numbers(numbers, dtype):
    check_arithmetic(np.reshape(numbers, (3, 4)), dtype)


@example([0.0, 0.0, 0.0, 4.2e202, 0.0, 0.0, 0.0, 4.3e105, 0.0, 0.0, 0.0, -np.inf], np.float64)
@given(st.lists(st.floats(), min_size=12, max_size=12), st.sampled_from(DTYPES))
def test_fma_of_any_numbers(numbers, dtype):
    """Infinite and denormal ones, too; what is wanted are the bits of Python's own."""
    A, out = aligned_zeros((4, 4), dtype), aligned_zeros((18, 4), dtype)
    with np.errstate(over="ignore"):
        A[:3], A[3] = np.reshape(numbers, (3, 4)), 1
    arithmetic(4)(A, out)


@every_dtype
def test_fma_rounds_once(dtype):
    """(1 + u)(1 - u) - 1 is -u**2; with two roundings it would be 0."""
    u = np.finfo(dtype).eps
    A, out = aligned_zeros((4, 1), dtype), aligned_zeros((18, 1), dtype)
    A[:, 0] = 1 + u, 1 - u, -1, 1
    arithmetic(1)(A, out)
    assert out[10, 0] == -(u * u)


@every_dtype
@every_lane
def test_bits_to_numbers(lanes, dtype):
    """`power_of_two` is exact; `reciprocal_guess` is within 5.1% as it says."""
    shift = 1.5 * 2.0 ** (23 if dtype == np.float32 else 52)

    @both
    def apply(A):
        a = bank(A, lanes)
        a[0] = power_of_two(a[0] + shift)
        a[1] = reciprocal_guess(a[1])

    A = aligned_zeros((2, lanes), dtype)
    for exponent in (-126, -1, 0, 1, 126):
        A[0] = exponent
        A[1] = x = np.linspace(1, 4, lanes, dtype=dtype) * dtype(2.0) ** (exponent // 2)
        apply(A)
        assert np.all(A[0] == 2.0**exponent)
        assert np.all(np.abs(A[1] * x - 1) < 0.051)


@every_dtype
@every_lane
def test_rows_are_loaded_and_stored_where_they_lie(lanes, dtype):
    squares = over_rows(register_jitable(lambda x: x * x))

    @both
    def square(A, first, count):
        squares(rows_from(bank(A, lanes), 2), first, count)

    @both
    def reverse_blocks(A):
        a = bank(A, lanes)
        one, two, four = load_rows(a, 0, 1), load_rows(a, 1, 2), load_rows(a, 3, 4)
        store_rows(a, 0, four)
        store_rows(a, 4, two)
        store_rows(a, 6, one)

    A = filled((7, lanes), dtype)
    wanted = A[[3, 4, 5, 6, 1, 2, 0]]
    reverse_blocks(A)
    assert np.array_equal(A, wanted)
    for count in range(10):  # on both sides of the group of four rows
        A = filled((14, lanes), dtype)
        wanted = A.copy()
        wanted[3 : 3 + count] *= wanted[3 : 3 + count]
        square(A, 1, count)
        assert np.array_equal(A, wanted)


@every_dtype
@every_lane
def test_lanes_are_addressed_one_by_one(lanes, dtype):
    @both
    def apply(A, index, got, mask_bytes):
        a, i, g = bank(A, lanes), bank(index, lanes), bank(got, lanes)
        g[0] = gather(a, 1, i[0], 2)
        scatter_add(a, 2, i[0], 2, g[0])
        g[1] = select(lane_mask(mask_bytes, 1, lanes, 4), g[0], 0.0)
        last = lanes - 1
        set_lane(g, 2, last, get_lane(a, 0, last))

    rng = np.random.default_rng(5)
    A = filled((11, lanes), dtype)
    index, got = aligned_zeros((1, lanes), dtype), aligned_zeros((3, lanes), dtype)
    index[0] = rng.integers(0, 5, lanes)
    mask_bytes = rng.integers(0, 8, (2, lanes), dtype=np.uint8)
    wanted, lane = A.copy(), np.arange(lanes)
    gathered = wanted[1 + 2 * index[0].astype(int), lane]
    wanted[2 + 2 * index[0].astype(int), lane] += gathered
    apply(A, index, got, mask_bytes)
    assert np.array_equal(got[0], gathered)
    assert np.array_equal(A, wanted)
    assert np.array_equal(got[1], np.where(mask_bytes[1] & 4, gathered, 0))
    assert got[2, -1] == A[0, -1]
    assert not got[2, :-1].any()


# Straight-line code up to UNROLL multiply-adds, loops beyond; and nothing at all.
SHAPES = ((0, 3), (3, 0), (1, 1), (5, 4), (UNROLL // 8, 8), (UNROLL // 3 + 1, 3), (19, 7))


def wanted_products(w, x, y, count, units):
    """The sums, then the outer product with them: fused operations, sources in rising order."""
    sums, outer = y[1 : 1 + units].copy(), w[2 : 2 + count * units].copy()
    for lane in range(w.shape[1]):
        for u in range(units):
            for l in range(count):
                weight = w[2 + l * units + u, lane]
                sums[u, lane] = exact_fma(x[1 + l, lane], weight, sums[u, lane])
    for lane in range(w.shape[1]):
        for u in range(units):
            for l in range(count):
                at = l * units + u
                outer[at, lane] = exact_fma(x[1 + l, lane], sums[u, lane], outer[at, lane])
    return sums, outer


@pytest.mark.parametrize(
    ("lanes", "dtype"),
    [*((lanes, np.float32) for lanes in LANES), (4, np.float64), (8, np.float64)],
)
@pytest.mark.parametrize(("count", "units"), SHAPES)
def test_products_accumulate_in_rising_order(lanes, dtype, count, units):
    @both
    def products(W, X, Y):
        w, x, y = bank(W, lanes), bank(X, lanes), bank(Y, lanes)
        add_product(y, 1, w, 2, x, 1, count, units)
        add_outer(w, 2, x, 1, count, y, 1, units)

    w = filled((count * units + 4, lanes), dtype, 1)
    x, y = filled((count + 2, lanes), dtype, 2), filled((units + 2, lanes), dtype, 3)
    before_w, before_y = w.copy(), y.copy()
    sums, outer = wanted_products(w, x, y, count, units)
    products(w, x, y)
    assert np.array_equal(y[1 : 1 + units], sums)
    assert np.array_equal(w[2 : 2 + count * units], outer)
    # and nothing beside them
    assert np.array_equal(y[[0, -1]], before_y[[0, -1]])
    assert np.array_equal(w[[0, 1, -2, -1]], before_w[[0, 1, -2, -1]])


@pytest.mark.parametrize(("count", "units"), [(1, 1), (2, 9), (7, 5), (14, 12)])
def test_products_of_several_steps_are_those_of_one_step_after_the_other(count, units):
    steps, lanes = 3, 4

    @both
    def products(W, X, Y):
        w, x, y = bank(W, lanes), bank(X, lanes), bank(Y, lanes)
        add_outers(w, 2, x, 1, count + 1, count, y, 2, units + 2, units, steps)

    w = filled((count * units + 4, lanes), np.float32, 1)
    x = filled((steps * (count + 1) + 1, lanes), np.float32, 2)
    y = filled((steps * (units + 2) + 2, lanes), np.float32, 3)
    wanted = w.copy()
    for t in range(steps):
        for l, u, lane in product(range(count), range(units), range(lanes)):
            a, b = x[1 + t * (count + 1) + l, lane], y[2 + t * (units + 2) + u, lane]
            at = 2 + l * units + u
            wanted[at, lane] = exact_fma(a, b, wanted[at, lane])
    products(w, x, y)
    assert np.array_equal(w, wanted)


@every_dtype
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (0, 8), (92, 16), (5, 2, 3)])
def test_aligned_zeros(shape, dtype):
    arrays = [aligned_zeros(shape, dtype) for _ in range(5)]
    for array in arrays:
        assert array.shape == shape
        assert array.dtype == dtype
        assert array.size == 0 or array.ctypes.data % CACHE_LINE == 0
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert not array.any()


@pytest.mark.parametrize(
    "operation",
    [
        lambda x, y: x + y,
        lambda x, y: x < y,
        lambda x, y: fma(x, x, y),
        lambda x, y: select(x < 0.0, x, y),
    ],
)
def test_vectors_of_different_types_do_not_mix(operation):
    mixed = njit(operation)

    @njit
    def lanes(A, B):
        mixed(bank(A, 4)[0], bank(B, 8)[0])

    @njit
    def precisions(A, B):
        mixed(bank(A, 4)[0], bank(B, 4)[0])

    array = aligned_zeros((2, 8), np.float32)
    with pytest.raises(TypingError):
        lanes(array, array)
    with pytest.raises(TypingError):
        precisions(array, array.astype(np.float64))


@every_lane
def test_masks_combine_and_mark(lanes):
    """`&` and `|` of masks, `==`, `any_lane`, `mark`, and `select` between two plain numbers."""

    @both
    def combine(A, flags):
        a = bank(A, lanes)
        low, high = a[0] < 1.0, a[0] > 2.0
        mark(flags, 0, low | high, 4)
        mark(flags, 1, (a[0] >= 1.0) & (a[0] == 1.0), 2)
        a[1] = select(low, 1.0, -1.0)
        a[2] = floor(a[0])
        return any_lane(low), any_lane(a[0] > 99.0)

    A = aligned_zeros((3, lanes), np.float64)
    A[0] = np.arange(lanes) - 1.5
    A[0, -1] = 1.0
    flags = np.full((2, lanes), 1, np.uint8)
    assert combine(A, flags) == ((A[0] < 1).any(), False)
    assert np.array_equal(flags[0], np.where((A[0] < 1) | (A[0] > 2), 5, 1))
    assert np.array_equal(flags[1], np.where(A[0] == 1, 3, 1))
    assert np.array_equal(A[1], np.where(A[0] < 1, 1, -1))
    assert np.array_equal(A[2], np.floor(A[0]))


@every_lane
def test_a_store_rounds_to_the_precision_of_its_bank(lanes):
    @both
    def convert(A, B):
        bank(A, lanes)[0] = bank(B, lanes)[0] * 1.0
        bank(B, lanes)[1] = bank(A, lanes)[0]

    A, B = aligned_zeros((1, lanes), np.float32), filled((2, lanes), np.float64)
    convert(A, B)
    assert np.array_equal(A[0], B[0].astype(np.float32))
    assert np.array_equal(B[1], A[0].astype(np.float64))
