"""Every word of the language means in Python what it compiles to, to the bit."""

import inspect

import numpy as np
import pytest
from support.both import both

from longlag.simd import (
    activations,
    banks,
    bits,
    denormals,
    gaussian,
    lookup,
    pointers,
    products,
    random,
    tiles,
    vectors,
)
from longlag.simd.activations import (
    clamp,
    exponential,
    exponential_of_minus,
    logistic,
    reciprocal,
    tanh_half,
)
from longlag.simd.banks import (
    aligned_zeros,
    bank,
    get_lane,
    lane_mask,
    load_rows,
    mark,
    over_rows,
    rows_apart,
    rows_from,
    set_lane,
    store_rows,
)
from longlag.simd.bits import exponent, mantissa, power_of_two, reciprocal_guess
from longlag.simd.denormals import flush_denormals, flushed, restore_denormals
from longlag.simd.gaussian import gaussian as gaussian_number
from longlag.simd.pointers import numbers, part
from longlag.simd.products import (
    add_outer,
    add_outers,
    add_product,
    gather,
    scatter,
    scatter_add,
)
from longlag.simd.random import (
    Purpose,
    below,
    close_stream,
    lane_streams,
    next_word,
    normal,
    open_stream,
    reseed_stream,
    stream_state,
    uniform,
)
from longlag.simd.tiles import TILE, sum_of_tile, weighted_sum, zeros
from longlag.simd.vectors import any_lane, floor, fma, only_lane, over, select, sqrt

LANES = 4
MODULES = (activations, banks, bits, denormals, gaussian, lookup, pointers, products, random, tiles)
#: What only Python calls: it makes arrays, and functions of rows.
TOOLS = {"aligned_zeros", "numpy_stream", "over_rows", "stream_state", "tiles"}

look_up = lookup.lookup
logistic_rows = over_rows(logistic)


def arithmetic(A, flags):
    """Vectors, masks and plain numbers."""
    a, one = bank(A, LANES), bank(A, 1)
    low = a[0] < a[1]
    a[2] = select(low & (a[1] > 0.0), fma(a[0], a[1], 0.5), -a[0] / a[1])
    a[3] = select(low | (a[1] <= 0.0), 1.0, 2.0)
    a[4] = sqrt(a[0] * a[0]) + floor(3.0 * a[1])
    a[5] = select(any_lane(low), a[0] - 1.0, a[1])
    flags[0, 0] = any_lane(low)
    flags[0, 1] = any_lane(a[0] >= 1e9)
    flags[0, 2] = any_lane(a[0] == a[0])
    a[7], a[8] = over(a[0], 3.0), over(a[1], a[0])
    A[6, 0] = select(flags[0, 0] > 0, 0.25, 0.75) * only_lane(one[1])


def number_bits(A, flags):
    a = bank(A, LANES)
    x = a[0] * a[0] + 1e-3
    a[1], a[2], a[3] = exponent(x), mantissa(x), reciprocal_guess(x)
    a[4] = power_of_two(exponent(x) + 1.5 * 2.0**52)


def squashing(A, flags):
    a = bank(A, LANES)
    a[2], a[3] = logistic(9.0 * a[0]), tanh_half(9.0 * a[1])
    a[4] = reciprocal(a[0] * a[0] + 1.0)
    a[5], a[6] = exponential(clamp(99.0 * a[0], 7.0))
    a[7], a[8] = exponential_of_minus(a[1])
    logistic_rows(a, 0, 6)


def rows(A, flags):
    a = rows_from(bank(A, LANES), 1)
    store_rows(a, 0, load_rows(a, 4, 4))
    b = rows_from(a, 2)
    set_lane(b, 0, 1, get_lane(b, 1, 2))
    set_lane(b, 1, 6, get_lane(b, 0, 5))  # of the rows that follow
    a[7] = select(lane_mask(flags, 1, LANES, 2), a[0], 0.0)
    mark(flags, 0, a[0] > a[1], 4)
    x, y, z = rows_apart(a, 0, 2, 3)
    p, q = rows_apart(A[9], 0, 2, 2)
    a[8] = (x - y) * p + z * q


def sums(A, flags):
    a = bank(A, LANES)
    index = floor(a[0] * a[0]) - 3.0 * floor(a[0] * a[0] / 3.0)
    a[1] = gather(a, 4, index, 2)
    scatter(a, 3, index, 2, a[0])
    scatter_add(a, 2, index, 3, a[1])
    add_product(a, 10, a, 4, a, 2, 2, 3)
    add_outer(a, 4, a, 2, 2, a, 10, 3)
    add_outers(a, 4, a, 2, 1, 1, a, 10, 3, 3, 2)


def views(A, flags):
    a, column = bank(A, LANES), numbers(A, 1)
    last = part(column, 8, 3)
    last[0] = column[2] + len(last) + len(column)
    column[1] = look_up(last, 1.0)
    a[3] = look_up(a, floor(a[0] * 0.0) + 2.0)


def streams(A, flags, states):
    stream, a = open_stream(states, 1), bank(A, LANES)
    A[0, 0], A[0, 1], A[0, 2] = uniform(stream), below(stream, 9.0), normal(stream)
    A[0, 3] = next_word(stream) >> 40
    close_stream(stream, states, 1)
    reseed_stream(states, 2)
    together = lane_streams(states, LANES)
    a[1], a[2], a[3] = uniform(together), below(together, 9), normal(together)
    a[4] = gaussian_number(a[1], uniform(together))


def tile(A, flags, wide):
    w = bank(wide, TILE)
    w[3] = weighted_sum(w, 0, rows_from(w, 1), 1, 6) + zeros(w)
    A[0, 0] = sum_of_tile(w[0])


def fading(A, flags):
    setting = flush_denormals()
    a = bank(A, LANES)
    a[1] = flushed(a[0] * 1e-29)
    restore_denormals(setting)


SENTENCES = (arithmetic, number_bits, squashing, rows, sums, views, streams, tile, fading)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_python_and_compiled_code_leave_the_same_bits(sentence):
    generator = np.random.default_rng(1)
    A, wide = aligned_zeros((16, LANES), np.float64), aligned_zeros((7, TILE), np.float64)
    A[:], wide[:] = generator.normal(0, 2, A.shape), generator.normal(size=wide.shape)
    flags = generator.integers(0, 8, (2, LANES), dtype=np.uint8)
    states = np.array([stream_state(1, k, Purpose.TRAINING) for k in range(LANES)]).T.copy()
    more = {"streams": [states], "tile": [wide]}
    before = A.copy()
    both(sentence)(A, flags, *more.get(sentence.__name__, []))
    assert not np.array_equal(A, before)


def test_every_word_occurs_in_a_sentence():
    said = {
        value
        for sentence in SENTENCES
        for name, value in inspect.getclosurevars(sentence).globals.items()
    }
    words = {
        (module.__name__, name)
        for module in (*MODULES, vectors)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_") and name not in TOOLS and value not in said
    }
    assert not words


def test_a_row_or_number_that_does_not_exist_is_named():
    """Compiled code would read and write whatever lies there."""
    rows = rows_from(bank(np.zeros((3, LANES)), LANES), 1)
    with pytest.raises(IndexError, match="begins at row 1 of 3 has no rows from 2 to 2"):
        rows[2]
    with pytest.raises(IndexError, match="has no rows from -2 to -2"):
        rows[-2] = 0.0
    with pytest.raises(IndexError, match="has no rows from 5 to 5"):
        gather(rows, 1, np.full(LANES, 2.0), 2)
    with pytest.raises(IndexError, match="number 3 of 3 in a view"):
        numbers(np.zeros((3, LANES)), 0)[3]
