"""Series: their history and scores, and the course of errors, against plain NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.errors import InputError
from longlag.estimators.moments import ROWS
from longlag.forecasting import classes
from longlag.forecasting.believing import believe_next
from longlag.forecasting.classes import ClassesSoFar, ClassSeries
from longlag.forecasting.evaluation import Course
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.seasons import Places

CUTS = st.lists(st.integers(0, 60), max_size=5).map(sorted)


def pieces(rows, cuts):
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True) if a < b]


def believed(numbers):
    """As `test_believing.py` says."""
    table, ends = np.zeros((ROWS, 1)), np.full(2, np.nan)
    return np.array([believe_next(table, ends, number) for number in numbers])


def by_definition(numbers):
    """Last number, mean, last change and origin, from the numbers so far, all of them believed."""
    if not len(numbers):
        return [np.nan] * 4
    means = [math.fsum(numbers[:k]) / k for k in range(1, len(numbers) + 1)]
    changes = np.diff(numbers)
    by_last = math.fsum(abs(changes))
    by_mean = math.fsum(abs(x - mean) for x, mean in zip(numbers[1:], means[:-1], strict=True))
    change = changes[-1] if len(changes) else np.nan
    return [numbers[-1], means[-1], change, numbers[-1] if by_last <= by_mean else means[-1]]


def history(series, targets):
    """Naive predictions, the last number believed, its change and the origin: five columns."""
    (past,) = series.add(targets, Places.undated(len(targets)))
    np.testing.assert_array_equal(past.targets, targets)
    np.testing.assert_array_equal(past.given, ~np.isnan(targets))
    return np.column_stack([past.naive[:, :2], past.feedback[:, :2], past.origins])


@given(st.integers(0, 2**32), st.booleans(), st.booleans(), CUTS)
def test_the_history_of_numbers(seed, walk, own, cuts):
    """The origin is the mean for noise and the last number for a walk, once there are some."""
    rng = np.random.default_rng(seed)
    targets = 1e3 + (np.cumsum(rng.normal(1, 1, 60)) if walk else rng.normal(0, 1, 60))
    targets[rng.random(60) < 0.4] = np.nan
    series = NumberSeries(horizons=int(own))
    found = np.vstack([history(series, piece) for piece in pieces(targets, cuts)])
    for t in range(60):
        came = targets[: t + own]
        came = came[~np.isnan(came)]
        last, _, change, origin = by_definition(believed(came))
        expected = [*by_definition(came)[:2], last, change, origin]
        # A sum of at most 60 numbers has lost at most 60 half units in its last place.
        np.testing.assert_allclose(found[t], expected, rtol=1e-14)
    whole = NumberSeries(horizons=int(own))
    np.testing.assert_array_equal(history(whole, targets), found)
    assert whole.state() == series.state()
    if walk:
        assert found[-1, 4] == found[-1, 2]


@given(
    st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=60, max_size=60), st.booleans(), CUTS
)
def test_the_history_of_classes(targets, own, cuts):
    series, t = ClassSeries(horizons=int(own)), 0
    for part in pieces(targets, cuts):
        for past in series.add(part, Places.undated(len(part))):
            count, known = len(past.targets), series.classes
            texts = [known[code] if code >= 0 else "" for code in past.targets]
            assert texts == targets[t : t + count]
            assert past.given.tolist() == [text != "" for text in texts]
            assert past.origins.shape == (count, 0)
            for naive, told in zip(past.naive, past.feedback, strict=True):
                t += 1
                came = [text for text in targets[: t - 1 + own] if text]
                assert naive[0] == (known.index(came[-1]) if came else -1)
                assert naive[1:].tolist() == [came.count(name) for name in known]
                assert told.tolist() == [bool(came) and name == came[-1] for name in known]
    assert t == 60
    assert series.classes == list(dict.fromkeys(text for text in targets if text))


@given(st.integers(0, 2**32), CUTS)
def test_scores_of_numbers(seed, cuts):
    rng = np.random.default_rng(seed)
    targets = np.where(rng.random(60) < 0.2, np.nan, rng.normal(50, 3, 60))
    forecasts = targets[:, None] + rng.normal(0, 1, (60, 4))
    forecasts[: rng.integers(1, 9), 0] = np.nan
    series, whole, found = NumberSeries(), NumberSeries(), []
    for part in pieces(np.column_stack([forecasts, targets]), cuts):
        errors, _, answered = series.judge(part[:, :1], part[:, 1:4], part[:, 4])
        np.testing.assert_array_equal(answered, part[:, 0])
        found.append(errors)
    whole.judge(forecasts[:, :1], forecasts[:, 1:], targets)
    assert series.table() == whole.table()
    given = ~np.isnan(forecasts[:, 0]) & ~np.isnan(targets)
    assert series.judged == given.sum()
    errors = forecasts[given] - targets[given, None]
    np.testing.assert_array_equal(np.vstack(found), np.abs(errors))
    spread = ((targets[given] - targets[given].mean()) ** 2).sum()
    for i, row in enumerate(series.table()):
        expected = {
            "MAE": np.abs(errors[:, i]).mean(),
            "RMSE": np.sqrt((errors[:, i] ** 2).mean()),
            "R2": 1 - (errors[:, i] ** 2).sum() / spread,
        }
        # Sums of 60 numbers; the spread loses some digits more, as a difference of two of them.
        assert row == pytest.approx(expected, rel=1e-10)


def test_too_many_classes_are_refused_with_the_last_to_come(monkeypatch):
    monkeypatch.setattr(classes, "MOST", 2)
    with pytest.raises(InputError, match="more than 2 classes, the latest 'b'"):
        next(ClassSeries().add(["a", "c", "b", ""], Places.undated(4)))


def test_scores_of_classes():
    series = ClassSeries(states=[ClassesSoFar(["a", "b"], [3.0, 1.0], 0)])
    shares = np.array([[0, 0], [1, 0], [0.25, 0.75], [0.5, 0.5], [0.9, 0.1], [1, 0]])
    naive = np.array([[-1, 0, 0], [0, 1, 0], [0, 2, 0], [1, 2, 1], [0, 3, 1], [0, 3, 1]])
    targets = np.array([0, 0, 1, 0, 1, -1])
    found = [
        series.judge(shares[rows], naive[rows], targets[rows]) for rows in (np.s_[:2], np.s_[2:])
    ]
    assert series.judged == 4
    errors, _, answered = map(np.concatenate, zip(*found, strict=True))
    assert errors.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1]]
    assert answered.tolist() == [-1, 0, 1, 0, 0, 0]
    ours, last, majority = series.table()
    assert (ours["accuracy"], last["accuracy"], majority["accuracy"]) == (0.75, 0.25, 0.5)
    assert last["log loss"] is None
    # The third row is the first of its class.
    assert ours["log loss"] == pytest.approx(-np.log([1, 0.5, 0.1]).mean(), rel=1e-14)
    assert majority["log loss"] == pytest.approx(-np.log([1, 2 / 3, 1 / 4]).mean(), rel=1e-14)


def test_nothing_judged_is_no_score():
    for series in (NumberSeries(), ClassSeries()):
        assert [set(row.values()) for row in series.table()] == [{None}] * len(series.predictors)
    constant = NumberSeries()
    constant.judge(np.ones((3, 1)), np.ones((3, 3)), np.ones(3))
    assert constant.table() == [{"MAE": 0.0, "RMSE": 0.0, "R2": None}] * 4


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
