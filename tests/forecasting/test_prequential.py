"""Scores, naive predictions and the course of errors, against plain NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.forecasting.prequential import ClassScores, Course, Delay, NumberScores
from longlag.forecasting.target_history import KnownClasses, KnownNumbers

CUTS = st.lists(st.integers(0, 60), max_size=5).map(sorted)


def pieces(rows, cuts):
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True) if a < b]


def known_by_definition(numbers):
    """Last number, mean, last change and origin, from the numbers so far."""
    if not len(numbers):
        return [np.nan] * 4
    means = [math.fsum(numbers[:k]) / k for k in range(1, len(numbers) + 1)]
    changes = np.diff(numbers)
    by_last = math.fsum(abs(changes))
    by_mean = math.fsum(abs(x - mean) for x, mean in zip(numbers[1:], means[:-1], strict=True))
    change = changes[-1] if len(changes) else np.nan
    return [numbers[-1], means[-1], change, numbers[-1] if by_last <= by_mean else means[-1]]


@given(st.integers(0, 2**32), st.booleans(), CUTS)
def test_what_is_known_of_numbers(seed, walk, cuts):
    """The origin is the mean for noise and the last number for a walk, once there are some."""
    rng = np.random.default_rng(seed)
    targets = 1e3 + (np.cumsum(rng.normal(1, 1, 60)) if walk else rng.normal(0, 1, 60))
    targets[rng.random(60) < 0.4] = np.nan
    known = KnownNumbers()
    found = np.vstack([known.add(piece) for piece in pieces(targets, cuts)])
    for t in range(60):
        expected = known_by_definition(targets[: t + 1][~np.isnan(targets[: t + 1])])
        # A sum of at most 60 numbers has lost at most 60 half units in its last place.
        np.testing.assert_allclose(found[t], expected, rtol=1e-14)
    whole = KnownNumbers()
    np.testing.assert_array_equal(whole.add(targets), found)
    np.testing.assert_array_equal(whole.now(), found[-1:])
    if walk:
        assert found[-1, 3] == found[-1, 0]


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=60, max_size=60), CUTS)
def test_what_is_known_of_classes(targets, cuts):
    known, rows, t = KnownClasses(), [], 0
    for part in pieces(targets, cuts):
        for codes in known.pieces(part):
            now = known.add(codes)
            assert [known.classes[c] if c >= 0 else "" for c in codes] == targets[
                t : t + len(codes)
            ]
            for row in now:
                t += 1
                seen = [each for each in targets[:t] if each]
                assert row[0] == (known.classes.index(seen[-1]) if seen else -1)
                assert row[1:].tolist() == [seen.count(name) for name in known.classes]
                rows.append(row)
            told = known.feedback(now)
            assert told.sum(axis=1).tolist() == (now[:, 0] >= 0).tolist()
    assert len(rows) == 60
    assert known.classes == list(dict.fromkeys(each for each in targets if each))


@given(st.integers(0, 2**32), CUTS)
def test_scores_of_numbers(seed, cuts):
    rng = np.random.default_rng(seed)
    targets = np.where(rng.random(60) < 0.2, np.nan, rng.normal(50, 3, 60))
    forecasts = targets[:, None] + rng.normal(0, 1, (60, 3))
    forecasts[: rng.integers(1, 9), 0] = np.nan
    scores, whole = NumberScores(), NumberScores()
    for part in pieces(np.column_stack([forecasts, targets]), cuts):
        scores.add(part[:, :3], part[:, 3])
    whole.add(forecasts, targets)
    assert scores.table() == whole.table()
    there = ~np.isnan(forecasts[:, 0]) & ~np.isnan(targets)
    assert scores.judged == there.sum()
    errors = forecasts[there] - targets[there, None]
    spread = ((targets[there] - targets[there].mean()) ** 2).sum()
    for i, row in enumerate(scores.table()):
        expected = {
            "MAE": np.abs(errors[:, i]).mean(),
            "RMSE": np.sqrt((errors[:, i] ** 2).mean()),
            "R2": 1 - (errors[:, i] ** 2).sum() / spread,
        }
        # Sums of 60 numbers; the spread loses some digits more, as a difference of two of them.
        assert row == pytest.approx(expected, rel=1e-10)


def test_scores_of_classes():
    scores = ClassScores()
    shares = np.array([[0, 0], [1, 0], [0.25, 0.75], [0.5, 0.5], [0.9, 0.1], [1, 0]])
    known = np.array([[-1, 0, 0], [0, 1, 0], [0, 2, 0], [1, 2, 1], [0, 3, 1], [0, 3, 1]])
    targets = np.array([0, 0, 1, 0, 1, -1])
    for rows in (slice(0, 2), slice(2, 6)):
        scores.add(shares[rows], known[rows], targets[rows])
    assert scores.judged == 4
    ours, last, majority = scores.table()
    assert (ours["accuracy"], last["accuracy"], majority["accuracy"]) == (0.75, 0.25, 0.5)
    assert last["log loss"] is None
    # The third row is the first of its class.
    assert ours["log loss"] == pytest.approx(-np.log([1, 0.5, 0.1]).mean(), rel=1e-14)
    assert majority["log loss"] == pytest.approx(-np.log([1, 2 / 3, 1 / 4]).mean(), rel=1e-14)


def test_nothing_judged_is_no_score():
    for scores in (NumberScores(), ClassScores()):
        assert [set(row.values()) for row in scores.table()] == [{None}] * 3
    constant = NumberScores()
    constant.add(np.ones((3, 3)), np.ones(3))
    assert constant.table() == [{"MAE": 0.0, "RMSE": 0.0, "R2": None}] * 3


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000, 5000])
def test_a_course_keeps_few_bins_and_loses_no_error(count):
    errors = np.random.default_rng(count).random((count, 3))
    course = Course(3)
    for part in np.array_split(errors, 7):
        course.add(part)
    ends, means = course.means()
    assert len(ends) <= Course.MOST
    assert ends[-1] > count - course.width
    first = 0
    for end, mean in zip(ends, means, strict=True):
        # Another order of additions: a few units in the last place.
        np.testing.assert_allclose(mean, errors[first:end].mean(axis=0), rtol=1e-13)
        first = end


def test_a_delay():
    delay = Delay(3, 1, -1.0)
    rows = np.arange(5.0)[:, None]
    assert delay.push(rows[:2]).ravel().tolist() == [-1, -1]
    assert delay.push(rows[2:]).ravel().tolist() == [-1, 0, 1]
    wider = delay.push(np.ones((4, 2)))
    assert wider.tolist() == [[2, 0], [3, 0], [4, 0], [1, 1]]
    assert Delay(0, 1, 0.0).push(rows).ravel().tolist() == [0, 1, 2, 3, 4]
