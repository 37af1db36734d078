"""Statistical tests; each gives a false alarm with probability below 1e-6."""

import math

import numpy as np


def chi_square_limit(cells):
    """What the chi-square statistic of `cells` cells exceeds with probability below 1e-6.

    Wilson and Hilferty's normal approximation of the cube root; at 1e-6 it is off by less than 2%,
    so the 4.8 standard deviations of 1e-6 are rounded up to 5.
    """
    freedom = cells - 1
    return freedom * (1 - 2 / (9 * freedom) + 5 * math.sqrt(2 / (9 * freedom))) ** 3


def assert_uniform(draws, low, cells):
    """Whole numbers are uniform in [low, low + cells)."""
    counts = np.bincount(np.asarray(draws) - low, minlength=cells)
    assert len(counts) == cells
    expected = len(draws) / cells
    assert np.sum((counts - expected) ** 2) / expected < chi_square_limit(cells)


def assert_share(count, n, share):
    """`count` of n independent cases is a binomial draw of probability `share`.

    Five standard deviations are left with probability 6e-7, where both outcomes are frequent.
    """
    assert abs(count - n * share) < 5 * math.sqrt(n * share * (1 - share))


def assert_gaussian(numbers, variance):
    """Kolmogorov and Smirnov's test of mean 0 and this variance.

    sqrt(n) times the largest distance of the two distribution functions exceeds 2.7 with
    probability 2 exp(-2 2.7**2) = 9e-7.
    """
    numbers = np.sort(np.ravel(numbers))
    n = len(numbers)
    law = np.array([0.5 * math.erfc(-x / math.sqrt(2 * variance)) for x in numbers])
    steps = np.arange(n + 1) / n
    distance = max(np.max(steps[1:] - law), np.max(law - steps[:-1]))
    assert math.sqrt(n) * distance < 2.7
