"""Which numbers of a series a forecast starts from."""

import numpy as np
import pytest

from longlag.estimators.moments import PATIENCE, ROWS
from longlag.forecasting.believing import believe_next
from longlag.forecasting.history import History, NumbersSoFar


def walk(n, seed=0):
    """A random walk."""
    return np.cumsum(np.random.default_rng(seed).normal(size=n))


def believed(numbers):
    table, ends = np.zeros((ROWS, 1)), np.full(2, np.nan)
    found = np.array([believe_next(table, ends, number) for number in numbers])
    assert ends.tolist() == [found[-1], numbers[-1]]
    return found


@pytest.mark.parametrize("wild", [[1e9], [-1e9, 1e6, 5e5], [99_999.0] * int(PATIENCE)])
def test_wild_readings_are_held_back(wild):
    numbers = walk(100)
    numbers[50 : 50 + len(wild)] = wild
    expected = numbers.copy()
    expected[50 : 50 + len(wild)] = numbers[49]
    # The first changes tell too little: one of them may be taken as wild.
    np.testing.assert_array_equal(believed(numbers)[10:], expected[10:])


@pytest.mark.parametrize("wild", [1e9, -1e6])
def test_a_wild_reading_within_a_ramp_is_held_back(wild):
    """Changes that are all the same have no deviation to judge another one by."""
    numbers = np.arange(1.0, 12.0)
    numbers[7] = wild
    expected = numbers.copy()
    expected[7] = numbers[6]
    np.testing.assert_array_equal(believed(numbers), expected)


def test_a_jump_after_a_ramp_is_believed_as_soon_as_the_next_number_confirms_it():
    numbers = np.append(np.arange(1.0, 8.0), 1e9 + np.arange(5.0))
    expected = numbers.copy()
    expected[7] = numbers[6]
    np.testing.assert_array_equal(believed(numbers), expected)


def test_a_change_of_level_is_believed_as_soon_as_the_next_number_confirms_it():
    numbers = walk(100)
    numbers[50:] += 1e4
    expected = numbers.copy()
    expected[50] = numbers[49]
    np.testing.assert_array_equal(believed(numbers)[10:], expected[10:])


def test_a_number_that_comes_again_and_again_is_believed_at_last():
    numbers = walk(100)
    numbers[50:] = 1e4
    found = believed(numbers)
    patience = 50 + int(PATIENCE)
    assert (found[50:patience] == numbers[49]).all()
    assert (found[patience:] == 1e4).all()


@pytest.mark.parametrize("changes", [[0.0], [-1.0] + [0.0] * (ROWS - 1), [np.nan] * ROWS])
def test_moments_that_are_none(changes):
    with pytest.raises(ValueError, match="the moments of changes are"):
        History((1,), NumbersSoFar(changes=changes))
