"""Running standardisation against NumPy."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag import InputError
from longlag.estimators.moments import COUNT, MEAN, PATIENCE, TAKEN
from longlag.estimators.scaling import EARLIER, GAIN, RunningScale, new_scale

scale_of = RunningScale.start


def columns(seed, n=60, missing=0.2):
    """Columns of different scales, some numbers missing; the last one is constant.

    The first two values are far apart, so that no other one is wild.
    """
    generator = np.random.default_rng(seed)
    rows = np.vstack([[[-2.0], [2.0]] * np.ones(3), generator.normal(size=(n - 2, 3))])
    rows = np.array([0, -5, 3]) + rows * [1, 1e-3, 1e4]
    rows = np.hstack([rows, np.full((n, 1), 7.0)])
    rows[2:][generator.random((n - 2, 4)) < missing] = np.nan
    return rows


def test_scaled_by_what_there_was_so_far():
    rows = columns(0)
    scaled = scale_of(4).standardise(rows, len(rows))
    for t in range(len(rows)):
        for i in range(3):
            seen = rows[: t + 1, i][~np.isnan(rows[: t + 1, i])]
            if np.isnan(rows[t, i]) or len(seen) == 1:
                assert scaled[t, i] == 0
            else:
                # Both round once per value, relative to the deviation; 1e-9 is far above that.
                expected = (rows[t, i] - seen.mean()) / seen.std()
                assert scaled[t, i] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert (scaled[:, 3] == 0).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 60), max_size=4))
def test_bits_do_not_depend_on_how_rows_are_given(seed, cuts):
    rows = columns(seed)
    whole, pieces = scale_of(4), scale_of(4)
    expected = whole.standardise(rows, len(rows))
    parts = [pieces.standardise(part, len(part)) for part in np.split(rows, sorted(cuts))]
    assert np.array_equal(np.vstack(parts), expected)
    assert np.array_equal(pieces.table, whole.table)


def test_a_large_offset_does_not_cancel():
    generator = np.random.default_rng(1)
    rows = 1e9 + generator.normal(size=(5000, 1))
    scale = scale_of(1)
    scale.standardise(rows, len(rows))
    _, mean, deviation = scale.standardise_targets(np.array([[np.nan]]))
    # Numbers near 1e9 are 1.2e-7 apart, so mean and deviation cannot be known better than that.
    assert mean[0] == pytest.approx(rows.mean(), abs=1e-6)
    assert deviation[0] == pytest.approx(rows.std(), abs=1e-6)


def test_no_value_is_far_out():
    """After n values, none is more than the root of n deviations away; after zeros none is wild."""
    scaled = scale_of(1).standardise(np.array([*[[0.0]] * 99, [1e99]]), 100)
    assert scaled[-1, 0] == pytest.approx(np.sqrt(99))


@pytest.mark.parametrize("counted", [0, 1, 59, 60])
def test_rows_that_do_not_count_are_scaled_as_the_next_ones(counted):
    rows = columns(3)
    expected = scale_of(4).standardise(rows, 60)
    scale, part = scale_of(4), scale_of(4)
    np.testing.assert_array_equal(scale.standardise(rows, counted), expected)
    part.standardise(rows[:counted], counted)
    np.testing.assert_array_equal(scale.table, part.table)
    for t in range(counted, 60):  # one at a time
        np.testing.assert_array_equal(scale.standardise(rows[t : t + 1], 0)[0], expected[t])
        np.testing.assert_array_equal(scale.standardise(rows[t : t + 1], 1)[0], expected[t])


def test_targets_are_scaled_back_by_what_came_before_them():
    rows = columns(2)
    scaled, mean, deviation = scale_of(4).standardise_targets(rows)
    one_by_one, inputs = scale_of(4), scale_of(4)
    for t in range(len(rows)):
        row = rows[t : t + 1]
        for i in range(4):
            seen = rows[:t, i][~np.isnan(rows[:t, i])]
            # As above: both round once per value.
            assert mean[t, i] == pytest.approx(seen.mean() if len(seen) else 0, rel=1e-9)
            assert deviation[t, i] == pytest.approx(seen.std() if len(seen) else 0, rel=1e-9)
        found = one_by_one.standardise_targets(row)
        np.testing.assert_array_equal(np.vstack(found), [scaled[t], mean[t], deviation[t]])
        expected = np.where(np.isnan(row), np.nan, inputs.standardise(row, 1))
        np.testing.assert_array_equal(scaled[t : t + 1], expected)


def test_added_columns_and_copies():
    scale = scale_of(1)
    scale.standardise(np.array([[1.0], [3.0]]), 2)
    other = copy.deepcopy(scale)
    scale.add_columns(1)
    assert scale.standardise(np.array([[2.0, 5.0], [2.0, 7.0]]), 2)[:, 1].tolist() == [0.0, 1.0]
    assert other.table[:2].tolist() == [[2.0], [2.0]]
    for each in (scale, pickle.loads(pickle.dumps(scale))):
        assert each.standardise(np.array([[2.0, 9.0]]), 1).tolist() == [[0.0, np.sqrt(1.5)]]


# Wild values.


def moments(scale):
    """Mean and deviation of the first column."""
    _, mean, spread = scale.standardise_targets(np.full((1, scale.table.shape[1]), np.nan))
    return float(mean[0, 0]), float(spread[0, 0])


def noise(n, seed=0):
    """Around 10, deviation 1."""
    return np.random.default_rng(seed).normal(10, 1, (n, 1))


@pytest.mark.parametrize("wild", [[99_999.0], [1e9], [-1e99], [99_999.0] * 5, [1e9, -1e6, 5e5]])
def test_wild_values_change_the_moments_a_little_and_are_scaled_as_they_counted(wild):
    scale = scale_of(1)
    scale.standardise(noise(100), 100)
    mean, spread = moments(scale)
    scaled = scale.standardise(np.array(wild)[:, None], len(wild))
    np.testing.assert_array_equal(scaled[:, 0], np.sign(wild) * TAKEN)
    # Each of at most five values counts as one that is three deviations away, so the variance grows
    # by less than a factor of 1 + 9 / 100 each time, and the mean moves by less than 3 / 100 of it.
    assert abs(moments(scale)[0] - mean) < 5 * 0.03 * 1.09**2.5 * spread
    assert spread < moments(scale)[1] < 1.09**2.5 * spread


@pytest.mark.parametrize("to", [1_000.0, -1e6, 11.0])
def test_a_level_that_changes_for_good_is_learned_anew(to):
    scale = scale_of(1)
    scale.standardise(noise(1000), 1000)
    later = noise(1000, seed=1) - 10 + to
    # So many rows of patience; they weigh as much as the former level then, and after as many again
    # the later values alone are left.
    scaled = scale.standardise(later, 1000)[3 * int(PATIENCE) :]
    if to != 11.0:
        mean, spread = moments(scale)
        assert (mean, spread) == pytest.approx((later.mean(), later.std()), rel=0.05)
        # Noise of one deviation, scaled by a deviation that was found from 8 values at first.
        assert 0.8 < scaled.std() < 1.3


def test_rare_values_of_some_size_are_believed():
    rows = np.random.default_rng(0).normal(0, 0.01, (5000, 1))
    rows[::100] = np.random.default_rng(1).uniform(1, 3, (50, 1))
    scale = scale_of(1)
    scaled = scale.standardise(rows, 5000)
    late = slice(2000, None, 100)
    # The deviation is that of all values, so the rare ones are scaled in proportion.
    assert np.corrcoef(scaled[late, 0], rows[late, 0])[0, 1] > 0.95
    assert moments(scale)[1] == pytest.approx(rows.std(), rel=0.2)


@pytest.mark.parametrize("place", [0, 1, 2, 5])
def test_a_wild_value_at_the_beginning_is_forgotten(place):
    rows = noise(64)
    rows[place] = 1e9
    scale = scale_of(1)
    scale.standardise(rows, 64)
    mean, spread = moments(scale)
    assert abs(mean - 10) < 1
    assert 0.5 < spread < 2


def test_zeros_are_not_taken_for_the_deviation():
    rows = np.zeros((2000, 1))
    rows[[10, 500]] = 1.0
    scale = scale_of(1)
    scale.standardise(rows, 2000)
    # The half of the values that has no deviation does not take the place of the others.
    assert moments(scale)[1] > 0.01


def test_many_columns_have_a_smaller_gain():
    rows = np.random.default_rng(0).normal(size=(50, 64))
    few, many = scale_of(16), scale_of(64)
    together = many.standardise(rows, 50)
    np.testing.assert_array_equal(together[:, :16], few.standardise(rows[:, :16], 50) * 0.25**0.75)
    few.add_columns(48)  # those that were there keep their gain
    np.testing.assert_array_equal(few.table[GAIN], [1.0] * 16 + [0.25**0.75] * 48)


def test_the_table_of_an_earlier_version():
    scale = scale_of(20)
    scale.standardise(np.random.default_rng(0).normal(size=(50, 20)), 50)
    found = RunningScale.from_tensors("any", {"any": scale.table[:EARLIER].copy()}, 20)
    np.testing.assert_array_equal(found.table[[COUNT, MEAN]], scale.table[[COUNT, MEAN]])
    assert (found.table[GAIN] == 1).all()
    assert (found.table[EARLIER:GAIN] == 0).all()


@pytest.mark.parametrize(("row", "value"), [(0, -1), (3, -1), (4, np.nan), (GAIN, 0), (GAIN, 2)])
def test_a_table_that_is_none(row, value):
    table = scale_of(2).table
    table[row, 1] = value
    with pytest.raises(InputError, match="any must be finite"):
        RunningScale.from_tensors("any", {"any": table}, 2)


def test_no_scale_is_the_numbers_themselves():
    rows = columns(1)
    none = new_scale(False, 4)
    np.testing.assert_array_equal(none.standardise(rows, 60), np.nan_to_num(rows))
    scaled, centre, spread = none.standardise_targets(rows)
    np.testing.assert_array_equal(centre + spread * scaled, rows)
    assert none.tensors("any") == {}


def test_numbers_whose_squares_underflow_are_scaled_to_finite_ones():
    decaying = 0.5 ** np.arange(1060.0)
    for column in (decaying, np.tile([0.0, 1.2e-162, 2e-162, 3e-162], 50)):
        scaled = RunningScale.start(1).standardise(column[:, None].copy(), len(column))
        assert np.isfinite(scaled).all()
