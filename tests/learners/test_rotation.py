"""Cosine and sine against NumPy, in every precision."""

import numpy as np
import pytest
from numba import njit

from longlag.learners.rotating.rotation import cosine_and_sine
from longlag.simd.banks import aligned_zeros, bank


@njit
def both(A, C, S):
    x, c, s = bank(A, 4), bank(C, 4), bank(S, 4)
    for row in range(len(A)):
        c[row], s[row] = cosine_and_sine(x[row])


def evaluated(x, dtype):
    arrays = [aligned_zeros((len(x) // 4, 4), dtype) for _ in range(3)]
    arrays[0][:] = x.reshape(-1, 4)
    both(*arrays)
    return [array.ravel() for array in arrays]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_within_two_units_of_the_last_place_of_one(dtype):
    dense = np.linspace(-10, 10, 40_000)
    special = np.pi * np.arange(-12, 12) / 4  # where signs and quadrants change
    x, cosine, sine = evaluated(np.concatenate([dense, special]), dtype)
    exact = x.astype(np.longdouble)
    epsilon = np.finfo(dtype).eps
    assert np.abs(cosine - np.cos(exact)).max() < 2 * epsilon
    assert np.abs(sine - np.sin(exact)).max() < 2 * epsilon


def test_exact_without_rotation_and_no_number_without_a_number():
    _, cosine, sine = evaluated(np.array([0.0, -0.0, np.nan, np.inf]), "float32")
    assert cosine[:2].tolist() == [1, 1]
    assert sine[:2].tolist() == [0, 0]
    assert np.isnan([cosine[2:], sine[2:]]).all()
