"""Running standardisation against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longlag.estimators.scaling import RunningScale


def columns(seed, n=60, missing=0.2):
    """Columns of different scales, some numbers missing; the last one is constant."""
    generator = np.random.default_rng(seed)
    rows = generator.normal([0, -5, 3], [1, 1e-3, 1e4], (n, 3))
    rows = np.hstack([rows, np.full((n, 1), 7.0)])
    rows[generator.random(rows.shape) < missing] = np.nan
    return rows


def test_scaled_by_what_there_was_so_far():
    rows = columns(0)
    scaled = RunningScale(4).standardise(rows)
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
    whole, pieces = RunningScale(4), RunningScale(4)
    expected = whole.standardise(rows)
    parts = [pieces.standardise(part) for part in np.split(rows, sorted(cuts))]
    assert np.array_equal(np.vstack(parts), expected)
    assert np.array_equal(pieces.table, whole.table)


def test_a_large_offset_does_not_cancel():
    generator = np.random.default_rng(1)
    rows = 1e9 + generator.normal(size=(5000, 1))
    scale = RunningScale(1)
    scale.standardise(rows)
    mean, deviation = scale.now()
    # Numbers near 1e9 are 1.2e-7 apart, so mean and deviation cannot be known better than that.
    assert mean[0] == pytest.approx(rows.mean(), abs=1e-6)
    assert deviation[0] == pytest.approx(rows.std(), abs=1e-6)


def test_no_value_is_far_out():
    """After n values, none is more than the root of n deviations away."""
    scaled = RunningScale(1).standardise(np.array([*[[0.0]] * 99, [1e99]]))
    assert scaled[-1, 0] == pytest.approx(np.sqrt(99))


def test_targets_are_scaled_back_by_what_was_known_before_them():
    rows = columns(2)
    scaled, mean, deviation = RunningScale(4).standardise_targets(rows)
    other = RunningScale(4)
    for t, row in enumerate(rows):
        assert np.array_equal([mean[t], deviation[t]], other.now())
        after = other.standardise(row[None])[0]
        assert np.array_equal(scaled[t], np.where(np.isnan(row), np.nan, after), equal_nan=True)


def test_added_columns_and_copies():
    scale = RunningScale(1)
    scale.standardise(np.array([[1.0], [3.0]]))
    copy = scale.copy()
    scale.add_columns(1)
    assert scale.standardise(np.array([[2.0, 5.0], [2.0, 7.0]]))[:, 1].tolist() == [0.0, 1.0]
    assert copy.now()[0].tolist() == [2.0]
    assert copy.table[0].tolist() == [2.0]
