"""Gaussian numbers: exact to their bound, the same bits in any lane, and Gaussian."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from support.laws import assert_gaussian

from longlag.simd.banks import aligned_zeros, bank
from longlag.simd.bits import exponent, mantissa
from longlag.simd.gaussian import gaussian
from longlag.simd.random import (
    Purpose,
    close_stream,
    lane_streams,
    normal,
    numpy_stream,
    open_stream,
    stream_state,
)

BOUND = 1e-10  # as stated by `gaussian`
ULP = 2.0**-53


@njit
def fill_normal(states, lane, out):
    stream = open_stream(states, lane)
    for i in range(len(out)):
        out[i] = normal(stream)
    close_stream(stream, states, lane)


@njit
def evaluate(A):
    a = bank(A, 8)
    a[2] = gaussian(a[0], a[1])


def box_and_muller(u, v):
    return np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)


def check_bound(u, v):
    A = aligned_zeros((3, 8), np.float64)
    for i in range(0, len(u), 8):
        A[0], A[1] = u[i : i + 8], v[i : i + 8]
        evaluate(A)
        # NumPy's own error, a few ulp of 8.6, is far below what the bound leaves.
        assert np.max(np.abs(A[2] - box_and_muller(A[0], A[1]))) < BOUND


# Both ends of [0, 1); where 1 - u crosses sqrt(1/2) and the powers of two, that is, where the
# reduction of the logarithm changes; and where the cosine turns or vanishes.
CORNERS = [0.0, ULP, 1 - ULP, *(1 - c * 2.0**-n for c in (1, math.sqrt(0.5)) for n in range(1, 50))]
CORNERS += [near * c for c in (0.25, 0.5, 0.75, 1 - math.sqrt(0.5)) for near in (1 - ULP, 1 + ULP)]
CORNERS = sorted({round(c / ULP) * ULP for c in CORNERS} - {1.0})


def test_corners_are_within_the_bound():
    u, v = (grid.ravel() for grid in np.meshgrid(CORNERS, CORNERS))
    u, v = (np.append(grid, np.zeros(-len(grid) % 8)) for grid in (u, v))
    check_bound(u, v)


def test_random_numbers_are_within_the_bound():
    rng = np.random.default_rng(1)
    v = rng.random(80_000)
    check_bound(rng.random(80_000), v)
    # of all magnitudes, near 0 and near 1
    small = np.round(2.0 ** (-53 * rng.random(40_000)) / ULP) * ULP
    small = np.minimum(small, 1 - ULP)
    check_bound(np.append(small, 1 - small), v)


@settings(max_examples=20)
@given(st.integers(0, 2**64))
def test_a_stream_gives_two_draws_to_each_number(seed):
    numbers = np.empty(10)
    fill_normal(stream_state(seed, 0, Purpose.TRAINING)[:, None], 0, numbers)
    u, v = numpy_stream(seed, 0, Purpose.TRAINING).random((10, 2)).T
    assert np.max(np.abs(numbers - box_and_muller(u, v))) < BOUND


@pytest.mark.parametrize("lanes", [4, 16])
def test_all_lanes_at_once_draw_the_bits_of_each_alone(lanes):
    @njit
    def draw(states, out):
        streams, rows = lane_streams(states, lanes), bank(out, lanes)
        for i in range(len(out)):
            rows[i] = normal(streams)

    states = np.array([stream_state(1, k, Purpose.TRAINING) for k in range(lanes)]).T.copy()
    alone, states_alone = np.empty(1000), states.copy()
    out = aligned_zeros((1000, lanes), np.float64)
    draw(states, out)
    for lane in range(lanes):
        fill_normal(states_alone, lane, alone)
        assert np.array_equal(out[:, lane], alone)
    assert np.array_equal(states, states_alone)


def test_the_bits_are_those_of_every_machine():
    numbers = np.empty(3)
    fill_normal(stream_state(0, 0, Purpose.TRAINING)[:, None], 0, numbers)
    wanted = ["-0x1.148c55360dd7fp-4", "0x1.6b9c83a8cba82p-1", "0x1.2cafcd1b17ec5p+0"]
    assert [number.hex() for number in numbers] == wanted


@pytest.fixture(scope="module")
def many():
    numbers = np.empty(1_000_000)
    fill_normal(stream_state(3, 0, Purpose.TRAINING)[:, None], 0, numbers)
    return numbers


# The seed is fixed, so these never fail by chance once they pass.


def test_moments_are_those_of_a_gaussian(many):
    # The mean of x^k has the standard deviation sqrt((E x^2k - (E x^k)^2) / n). Five of them are
    # left with probability 6e-7 each: over all seeds, false alarms below 2.4e-6.
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(many**power) - mean) <= 5 * math.sqrt(variance / len(many))


def test_the_distribution_is_gaussian(many):
    assert_gaussian(many[:200_000], variance=1.0)


def test_neighbours_are_uncorrelated(many):
    # The mean of n products of independent numbers has the standard deviation 1 / sqrt(n), also
    # for products of squares less 1, which have the variance 4. Five are left with 6e-7 each.
    x, y = many[:-1], many[1:]
    assert abs(np.mean(x * y)) <= 5 / math.sqrt(len(x))
    assert abs(np.mean((x**2 - 1) * (y**2 - 1))) <= 5 * 2 / math.sqrt(len(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponent_and_mantissa(dtype):
    @njit
    def split(A):
        a = bank(A, 8)
        a[1], a[2] = exponent(a[0]), mantissa(a[0])

    limits = np.finfo(dtype)
    A = aligned_zeros((3, 8), dtype)
    A[0] = [1, 2, 0.7, np.pi, 1e-3, 1e30, limits.tiny, limits.max]
    split(A)
    half, wanted = np.frexp(A[0])  # a mantissa in [1/2, 1)
    assert np.array_equal(A[1], wanted - 1)
    assert np.array_equal(A[2], 2 * half)
