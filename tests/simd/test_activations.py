"""Squashing functions: error against a more precise oracle, range, same bits in all lanes."""

from fractions import Fraction
from functools import cache
from math import factorial

import numpy as np
import pytest
from numba import njit

from longlag.simd import activations
from longlag.simd.banks import aligned_zeros, bank, over_rows

FUNCTIONS = {"logistic": activations.logistic, "tanh_half": activations.tanh_half}
LIMITS = {("logistic", 32): 87, ("logistic", 64): 708, ("tanh_half", 32): 24, ("tanh_half", 64): 46}


@cache
def compiled(name, lanes):
    rows = over_rows(FUNCTIONS[name])

    @njit
    def apply(array):
        rows(bank(array, lanes), 0, len(array))

    return apply


def evaluate(name, x, lanes=16):
    """The function of an array of numbers, `lanes` of them to a row."""
    array = aligned_zeros((-(-len(x) // lanes), lanes), x.dtype)
    array.reshape(-1)[: len(x)] = x
    compiled(name, lanes)(array)
    return array.reshape(-1)[: len(x)]


def exact(name, x):
    """In double precision for float32, extended for float64; accurate near 0 too."""
    x = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    if name == "logistic":
        return 1 / (1 + np.exp(-x))
    e = np.expm1(x)
    return e / (e + 2)


def ulps(name, x):
    """Largest error in units in the last place of the exact value."""
    wanted = exact(name, x)
    ulp = np.spacing(np.abs(wanted).astype(x.dtype))
    return float(np.max(np.abs(evaluate(name, x) - wanted) / ulp))


def arguments(name, dtype):
    """Evenly spaced, random and tiny arguments of both signs, and around each change of n."""
    limit = LIMITS[name, 8 * np.dtype(dtype).itemsize]
    rng = np.random.default_rng(1997)
    breaks = (np.arange(int(limit * 1.44)) + 0.5) * np.log(2)
    tiny = np.exp(rng.uniform(np.log(1e-30), 0, 100_000))
    x = np.concatenate(
        [np.linspace(0, limit, 200_001), rng.uniform(0, 5, 400_000), tiny, breaks]
    ).astype(dtype)
    x = np.concatenate([x, np.nextafter(x, np.inf, dtype=dtype)])
    x = x[x <= limit]
    return np.concatenate([x, -x])


# The stated bounds. Over every third float32 of 1e-6 to 87 the largest errors are 5.4 ulp (3.3
# where x > -20) for the logistic function and 3.8 for tanh_half; over 5 million float64 2.5, 3.4.
@pytest.mark.parametrize(
    ("name", "dtype", "bound"),
    [
        ("logistic", np.float32, 6),
        ("logistic", np.float64, 3),
        ("tanh_half", np.float32, 4),
        ("tanh_half", np.float64, 4),
    ],
)
def test_error_stays_within_the_stated_bound(name, dtype, bound):
    x = arguments(name, dtype)
    assert ulps(name, x) <= bound
    if (name, dtype) == ("logistic", np.float32):
        assert ulps(name, x[x > -20]) <= 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_range_and_special_values(name, dtype):
    low = 0 if name == "logistic" else -1
    y = evaluate(name, arguments(name, dtype))
    assert np.all((low <= y) & (y <= 1))
    x = np.array([np.nan, np.inf, 1e30, 750, 0.0, -0.0, -750, -1e30, -np.inf], dtype)
    y = evaluate(name, x)
    assert np.isnan(y[0])
    assert np.all(y[1:4] == 1)
    assert np.all(y[4:6] == (0.5 if name == "logistic" else 0))
    assert len(set(y[6:])) == 1
    if name == "logistic":  # closed gates stay open by a hair: constant beyond the limit, never 0
        assert 0 < y[6] <= (2e-38 if dtype == np.float32 else 4e-308)
    else:
        assert y[6] == -1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_monotone_on_a_grid(name, dtype):
    # At steps of 1/256 the functions grow by more than their error of 4 ulp wherever |x| < 8 for
    # float32: f' = 3.4e-4, so by 1.3e-6 or 22 ulp of 1. Float64 has more to spare.
    y = evaluate(name, np.arange(-8, 8, 1 / 256, dtype=dtype))
    assert np.all(np.diff(y) > 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tanh_half_is_odd_in_value_near_zero(dtype):
    # Below 1e-9 (1e-17) tanh(x / 2) is x / 2 to the last bit, subnormal arguments included.
    x = np.array([1e-9, 1e-20, 1e-37] if dtype == np.float32 else [1e-17, 1e-150, 1e-307], dtype)
    assert np.array_equal(evaluate("tanh_half", x), x / 2)
    assert np.array_equal(evaluate("tanh_half", -x), -x / 2)


@pytest.mark.parametrize("lanes", [1, 4, 8, 32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_bits_do_not_depend_on_the_lanes(name, lanes):
    # 37 is no multiple of the four rows that `over_rows` takes at once.
    for dtype in (np.float32, np.float64):
        x = np.random.default_rng(4).normal(0, 4, 37 * 32).astype(dtype)
        assert np.array_equal(evaluate(name, x, lanes), evaluate(name, x, 16))


@pytest.mark.parametrize(
    ("dtype", "bound"),
    # The bounds stated beside the coefficients.
    [(np.float32, 1.5e-8), (np.float64, 8e-19)],
)
def test_coefficients_are_as_good_as_stated(dtype, bound):
    """In rational arithmetic, against a Taylor series far beyond the precision."""
    coefficients = [Fraction(c) for c in activations._Q[dtype == np.float64]]
    assert all(float(dtype(float(c))) == c for c in coefficients)
    for i in range(-100, 101):
        r = Fraction(i, 100) * Fraction(0.3469)  # 1.001 ln(2) / 2
        wanted = sum(r**k / factorial(k + 1) for k in range(25))
        q = Fraction(0)
        for c in coefficients:
            q = q * r + c
        assert abs(q / wanted - 1) <= bound
