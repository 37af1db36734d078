"""Running standardisation against NumPy."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag.estimators.scaling import RunningScale, new_scale


def scale_of(columns):
    """Before the first value."""
    return RunningScale(np.zeros((3, columns)))


def columns(seed, n=60, missing=0.2):
    """Columns of different scales, some numbers missing; the last one is constant."""
    generator = np.random.default_rng(seed)
    rows = generator.normal([0, -5, 3], [1, 1e-3, 1e4], (n, 3))
    rows = np.hstack([rows, np.full((n, 1), 7.0)])
    rows[generator.random(rows.shape) < missing] = np.nan
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


@settings(deadline=None, max_examples=30)
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
    """After n values, none is more than the root of n deviations away."""
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


def test_no_scale_is_the_numbers_themselves():
    rows = columns(1)
    none = new_scale(False, 4)
    np.testing.assert_array_equal(none.standardise(rows, 60), np.nan_to_num(rows))
    scaled, centre, spread = none.standardise_targets(rows)
    np.testing.assert_array_equal(centre + spread * scaled, rows)
    assert none.tensors("any") == {}
