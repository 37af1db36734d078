"""One network for several targets and horizons: what each head is taught, told and judged by."""

import copy
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longlag import InputError, LSTMRegressor
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.question import Question
from longlag.forecasting.resuming import notes, resume
from longlag.forecasting.seasons import Places
from longlag.readers.sources import Rows

N, HORIZONS = 40, (1, 2, 5)


pytestmark = pytest.mark.usefixtures("default_kernels")


def stream(seed):
    """A feature and two targets of N rows, with gaps."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(N, 1)), rng.normal([5, 500], [1, 100], (N, 2))
    Y[rng.random(Y.shape) < 0.2] = np.nan
    return X, Y


def start(targets=("y", "z")):
    question = Question(targets, ("a",), HORIZONS, interval=0.8)
    return Evaluation(question, LSTMRegressor(cells=2, seed=1))


def step(evaluation, X, Y, first, stop):
    return evaluation.step(Rows(first + 1, X[first:stop], Y[first:stop], None))


@settings(max_examples=5)  # whole streams, one row after the other
@given(
    st.integers(0, 2**32),
    st.lists(st.integers(1, N - 1), max_size=5, unique=True).map(sorted),
    st.sets(st.integers(1, N - 1)),
)
@example(seed=0, cuts=[3, 26], breaks={3, 26})
def test_the_bits_do_not_depend_on_cuts_or_breaks(seed, cuts, breaks):
    X, Y = stream(seed)
    whole, pieces, found = start(), start(), []
    expected = step(whole, X, Y, 0, N)
    for first, stop in zip([0, *cuts], [*cuts, N], strict=True):
        if first in breaks:
            saved = json.loads(json.dumps(notes(pieces, None)))
            pieces = resume(copy.deepcopy(pieces.model), saved).evaluation
        found.append(step(pieces, X, Y, first, stop))
    np.testing.assert_array_equal(np.vstack(found), expected)
    for name, array in whole.model.state().tensors.items():
        np.testing.assert_array_equal(pieces.model.state().tensors[name], array)


@pytest.mark.parametrize("change", [11, 12, 20, 33])
def test_a_prediction_knows_nothing_of_what_comes_later(change):
    X, Y = stream(7)
    other = [
        np.where(np.arange(N)[:, None] < change, a, b)
        for a, b in zip((X, Y), stream(8), strict=True)
    ]
    expected, found = step(start(), X, Y, 0, N), step(start(), *other, 0, N)
    np.testing.assert_array_equal(found[:change], expected[:change])
    assert not np.array_equal(found[change:], expected[change:])


def test_a_step_is_taught_the_targets_at_all_horizons():
    _, Y = stream(3)
    series = NumberSeries(HORIZONS, targets=("y", "z"))
    (past,) = series.add(Y, Places.undated(N))
    farthest = HORIZONS[-1]
    for t in range(farthest, N):  # the step of the row `farthest` before
        expected = [Y[t - farthest + h, i] for i in range(2) for h in HORIZONS]
        np.testing.assert_array_equal(past.targets[t], expected)
    assert np.isnan(past.targets[: farthest - 1, 0]).all()
    assert series.outputs[:2] == ["y, 1 row ahead", "y, 2 rows ahead"]


def test_each_head_is_judged_by_the_target_at_its_horizon():
    X, Y = stream(5)
    evaluation = start()
    answers = step(evaluation, X, Y, 0, N).reshape(N, 6, 3)
    for n, ((target, horizon), table) in enumerate(
        zip(evaluation.series.heads, evaluation.series.tables(), strict=True)
    ):
        came = Y[horizon:, ("y", "z").index(target)]
        said, lower, upper = answers[: N - horizon, n].T
        errors = np.abs(said - came)
        judged = ~np.isnan(errors)
        # Sums of 40 numbers in another order.
        assert table[0]["MAE"] == pytest.approx(errors[judged].mean(), rel=1e-12)
        bounded = judged & ~np.isnan(lower)
        held = (lower <= came) & (came <= upper)
        assert table[0]["coverage"] == pytest.approx(held[bounded].mean(), rel=1e-12)


def test_one_head_of_several_is_told_and_blended_as_one_alone():
    _, Y = stream(4)
    several = NumberSeries(HORIZONS, targets=("y", "z"))
    (past,) = several.add(Y, Places.undated(N))
    answers = np.random.default_rng(1).normal(5, 1, (N, 6))
    found = several.blended(answers, past)
    for n, (target, horizon) in enumerate(several.heads):
        alone = NumberSeries(horizon)
        (own,) = alone.add(Y[:, ("y", "z").index(target)], Places.undated(N))
        np.testing.assert_array_equal(past.naive[:, 3 * n : 3 * n + 3], own.naive)
        np.testing.assert_array_equal(found[:, [n]], alone.blended(answers[:, [n]], own))
    assert several.names()[:3] == ["y", "change of y", "usual y, 1 row ahead"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ((("y",), (), (0, 1)), "--horizon 0 must stand alone"),
        ((("y",), (), (2, 1)), "must be different and grow"),
        ((("y", "y"), ()), "must name different columns"),
        ((("y", "z"), (), (1,), True), "--classify takes one target and one horizon"),
        ((("y",), (), tuple(range(1, 1002))), "may be 1,000 targets times horizons"),
    ],
)
def test_questions_that_are_refused(question, message):
    with pytest.raises(InputError, match=message):
        Question(*question)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizons": [1, 2]}, "farthest horizon must be 5"),
        ({"horizons": [1, 5]}, "there are 2 horizons, got 3"),
        ({"further": {}}, "rows of"),
        ({"targets": [1.0] * 7}, "targets must be at most"),
    ],
)
def test_notes_that_are_refused(change, message):
    X, Y = stream(5)
    evaluation = start()
    step(evaluation, X, Y, 0, 30)
    with pytest.raises(InputError, match=message):
        resume(evaluation.model, notes(evaluation, None) | change)
