"""Predictions ahead: no look ahead, the same bits however a stream is cut, saved and resumed."""

import copy
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longlag import InputError, LSTMClassifier, LSTMRegressor
from longlag.forecasting.calendar import Calendar
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.resuming import notes, resume
from longlag.forecasting.seasons import Places
from longlag.readers.sources import Rows
from longlag.readers.times import Times

HORIZONS = (0, 1, 2, 5)
N = 40


pytestmark = pytest.mark.usefixtures("default_kernels")


def stream(seed, classify):
    """Two features and a target of N rows, with gaps, and a class that comes late."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(N, 2)), rng.normal(5, 2, N)
    X[rng.random(X.shape) < 0.1] = np.nan
    y[rng.random(N) < 0.2] = np.nan
    if not classify:
        return X, y
    names = np.where(y > 6, "high", np.where((y < 4) & (np.arange(N) > N // 2), "low", "some"))
    return X, ["" if np.isnan(each) else str(name) for each, name in zip(y, names, strict=True)]


#: Hourly, so that the hour of the day becomes a part in row 24; with a gap and an unreadable time.
TIMES = [f"2026-11-{1 + t // 24:02} {t % 24:02}:00" for t in range(N + 3) if t not in (7, 8, 9)]
TIMES[30] = "noon"


def start(horizon, classify, dated=False):
    kind = LSTMClassifier if classify else LSTMRegressor
    calendar = Calendar(Times(TIMES), horizon) if dated else None
    interval = 0.8 if dated and not classify else None
    question = Question(("y",), ("a", "b"), (horizon,), classify, interval=interval)
    return Evaluation(question, kind(cells=2, seed=1), calendar=calendar)


def step(evaluation, X, y, first, stop):
    return evaluation.step(Rows(first + 1, X[first:stop], y[first:stop], TIMES[first:stop]))


def joined(parts):
    """Answers one below the other; classes that came later had no probability."""
    width = max(part.shape[1] for part in parts)
    return np.vstack([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts])


def through_a_file(evaluation):
    """What is saved, as text and back."""
    saved = json.loads(json.dumps(notes(evaluation, "ts")))
    found, time, *_ = resume(copy.deepcopy(evaluation.model), saved)
    assert time == "ts"
    return found


@settings(max_examples=10)  # whole streams, one row after the other
@given(
    st.integers(0, 2**32),
    st.sampled_from(HORIZONS),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(1, N - 1), max_size=6, unique=True).map(sorted),
    st.sets(st.integers(1, N - 1)),
)
@example(seed=0, horizon=1, classify=False, dated=True, cuts=[1], breaks={1})  # nothing learned
@example(seed=0, horizon=5, classify=True, dated=True, cuts=[3, 26], breaks={3, 26})
def test_the_bits_do_not_depend_on_cuts_or_breaks(seed, horizon, classify, dated, cuts, breaks):
    X, y = stream(seed, classify)
    whole = start(horizon, classify, dated)
    expected = step(whole, X, y, 0, N)
    pieces, one_by_one = start(horizon, classify, dated), start(horizon, classify, dated)
    found = []
    for first, stop in zip([0, *cuts], [*cuts, N], strict=True):
        if first in breaks:
            pieces = through_a_file(pieces)
        found.append(step(pieces, X, y, first, stop))
    np.testing.assert_array_equal(joined(found), expected)
    found = [step(one_by_one, X, y, t, t + 1) for t in range(N)]
    np.testing.assert_array_equal(joined(found), expected)
    assert one_by_one.series.table() == whole.series.table()
    np.testing.assert_array_equal(one_by_one.recent, whole.recent)
    last = [each.model.state().tensors for each in (whole, pieces, one_by_one)]
    for name, array in last[0].items():
        np.testing.assert_array_equal(last[1][name], array)
        np.testing.assert_array_equal(last[2][name], array)


@pytest.mark.parametrize("classify", [False, True])
@pytest.mark.parametrize("horizon", HORIZONS)
def test_a_prediction_knows_nothing_of_what_comes_later(horizon, classify):
    X, y = stream(7, classify)
    expected = step(start(horizon, classify), X, y, 0, N)
    for change in (13, 14, 15, 30):
        X2, y2 = stream(8, classify)
        X2[:change], y2 = X[:change], [*y[:change], *y2[change:]]
        y2 = y2 if classify else np.array(y2)
        found = step(start(horizon, classify), X2, y2, 0, N)
        same = min(expected.shape[1], found.shape[1])
        np.testing.assert_array_equal(found[:change, :same], expected[:change, :same])
        assert not np.array_equal(found[change:, :same], expected[change:, :same])


@pytest.mark.parametrize("classify", [False, True])
def test_features_may_have_any_names(classify):
    X, y = stream(7, classify)
    kind = LSTMClassifier if classify else LSTMRegressor
    features = ("y=some", "y=some before") if classify else ("change of y", "change of y before")
    evaluation = Evaluation(Question(("y",), features, (1,), classify), kind(cells=2, seed=1))
    step(evaluation, X, y, 0, N)
    assert len(set(evaluation.names)) == len(evaluation.names)
    assert sorted(evaluation.names) == sorted(evaluation.model.features_)


def test_at_horizon_0_a_target_has_not_come_at_its_own_row():
    X, y = stream(7, False)
    y2 = y.copy()
    y2[20] = 100.0
    found, expected = (step(start(0, False), X, each, 0, N) for each in (y2, y))
    np.testing.assert_array_equal(found[:21], expected[:21])
    assert found[21] != expected[21]


@pytest.mark.parametrize("horizon", HORIZONS)
def test_answers_are_those_of_the_estimator(horizon):
    """By the definition: pairs of what had come at a row, and the target `horizon` rows later."""
    X, y = stream(3, False)
    series = NumberSeries(horizon)
    (past,) = series.add(y, Places.undated(N))
    inputs, origins = np.column_stack([X, past.feedback]), past.origins[:, 0]

    def rows(first, stop):  # in the order of the names of features, as in an estimator
        return inputs[first:stop, [0, 1, 3, 4, 2]]

    found = step(start(horizon, False), X, y, 0, N)[:, 0]
    model = LSTMRegressor(cells=2, seed=1)
    answers, learned, taught = np.full((N, 1), np.nan), 0, False
    for t in range(N):
        if horizon < 2 or t % horizon == 0:
            # Targets up to this row have come; with a block of rows, up to the row before it.
            ready = max(0, (t if horizon < 2 else t - 1) - horizon + 1)
            while learned < ready:
                departure = y[learned + horizon] - origins[learned]
                if horizon or learned < t:
                    model.learn_many(rows(learned, learned + 1), [departure])
                    taught |= not np.isnan(departure)
                learned += 1
            if horizon == 0:
                learned = t
        if not taught:
            continue
        answers[t] = origins[t] + model.predict(rows(learned, t + 1))[-1]
        if horizon == 0:
            model.learn_many(rows(t, t + 1), y[t : t + 1] - origins[t])
            learned = t + 1
    np.testing.assert_array_equal(found, series.blended(answers, past)[:, 0])


def test_a_model_of_an_earlier_version_goes_on():
    """It knew no seasons and no blend, and told its network less."""
    X, y = stream(3, False)
    y, evaluation = np.nan_to_num(y, nan=5.0), start(2, False)
    step(evaluation, X, y, 0, 21)
    saved = notes(evaluation, None)
    for name in ("seasons", "usual", "final"):
        del saved["numbers"][name]
    saved["waiting"] = [row[:-1] for row in saved["waiting"]]
    saved["naive"] = [row[:2] for row in saved["naive"]]
    model = LSTMRegressor(cells=2, seed=1)
    model.learn_one(dict.fromkeys(("a", "b", "change of y", "y"), 1.0), 1.0)
    found, *_ = resume(model, saved)
    answers = step(found, X, y, 21, N)
    assert np.isfinite(answers).all()
    assert "usual y" in found.model.features_
    assert found.series.judged == N - 21 - 2  # the first targets had no season beside them


@pytest.mark.parametrize("classify", [False, True])
@pytest.mark.parametrize("horizon", HORIZONS)
def test_without_learning_only_the_state_goes_on(horizon, classify):
    X, y = stream(5, classify)
    if classify:  # a class that comes late would make room for itself among the inputs
        y = [each.replace("low", "some") for each in y]
    evaluation = start(horizon, classify)
    step(evaluation, X, y, 0, 30)
    before = evaluation.model.state().tensors
    once, again = copy.deepcopy(evaluation), copy.deepcopy(evaluation)
    rows = Rows(31, X[30:], y[30:], None)
    answers = once.step(rows, learning=False)
    after = once.model.state().tensors
    np.testing.assert_array_equal(after["network.weights"], before["network.weights"])
    assert not np.array_equal(after["network.states"], before["network.states"])
    for t in range(30, N):
        one = again.step(Rows(t + 1, X[t : t + 1], y[t : t + 1], None), learning=False)
        np.testing.assert_array_equal(one[0], answers[t - 30, : one.shape[1]])
    none = [""] * (N - 30) if classify else np.full(N - 30, np.nan)
    unknown = copy.deepcopy(evaluation).step(Rows(31, X[30:], none, None), learning=False)
    assert unknown.shape[0] == N - 30
    assert not np.array_equal(unknown, answers[:, : unknown.shape[1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": -1}, "horizon must be from 0"),
        ({"horizon": 3}, "a blend must hold 3 times 26 numbers"),
        ({"horizon": "1"}, "Expected `int`"),
        ({"classify": True}, "different kinds"),
        ({"features": ["a"]}, "waiting must be at most 2 rows of 5 numbers"),
        ({"waiting": [[1.0, 2.0, 3.0], [1.0]]}, "waiting must be at most 2 rows of 6 numbers"),
        ({"targets": [1.0] * 9}, "targets must be at most 2 rows of 1 numbers"),
        ({"naive": [[1.0, 2.0, 3.0, 4.0]]}, "naive must be at most 1 rows of 3 numbers"),
        ({"numbers": {"seasons": {"numbers": "AAAA"}}}, "damaged"),
        ({"numbers": {"final": {"table": "", "usual": [], "forecasts": "", "blended": ""}}}, "dam"),
        ({"rows": None}, "Expected `int`"),
        ({"more": 1}, "unknown field"),
        ({"numbers": {"last": "x"}}, "Expected `float"),
        ({"numbers": {"errors": [1.0]}}, "errors of two predictions"),
        ({"calendar": {"form": None, "given": False, "parts": ["tide"]}}, "must be among"),
        ({"interval": 1.0}, "--interval must be from"),
        ({"calendar": {"form": None, "given": False, "votes": -1}}, "rows, got -1"),
        ({"calendar": {"form": None, "given": False, "votes": 1}}, "have no votes"),
    ],
)
def test_notes_that_are_refused(change, message):
    X, y = stream(5, False)
    evaluation = start(1, False)
    step(evaluation, X, y, 0, 30)
    saved = notes(evaluation, None) | change
    with pytest.raises(InputError, match=message):
        resume(evaluation.model, saved)
