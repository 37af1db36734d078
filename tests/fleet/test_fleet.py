"""A fleet answers as one estimator for each key would, whatever comes.

The lanes run interpreted, in float64, unless a test says otherwise: a compiled driver takes some
twenty seconds for each size of a network, and both leave the same bits
(tests/compiled/test_interpreting.py).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from longlag import Fleet, InputError, LSTMRegressor
from longlag.errors import LonglagError
from longlag.fleet import visits
from longlag.forecasting.intervals import Bounds

#: Lanes and tiles add products in another order, so answers differ in the last bits of float64.
#: They are near 1 here, or near 1e9 at the most, and networks of a few steps amplify little.
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-9}

KEYS = ["north", "south", 3, 4, "east"]


def samples(rows, features=2, seed=0):
    """Keys, X and y of rows in random order, with gaps, and with a wild value."""
    generator = np.random.default_rng(seed)
    keys = [KEYS[i] for i in generator.choice(len(KEYS), rows, p=[0.4, 0.3, 0.2, 0.05, 0.05])]
    X, y = generator.normal(size=(rows, features)), generator.normal(size=rows) + 5.0
    X[generator.random(X.shape) < 0.1] = np.nan
    y[generator.random(rows) < 0.1] = np.nan
    X[rows // 2, 0] = 1e9
    return keys, X, y


@pytest.mark.parametrize(
    "options",
    [
        {"rule": "rmsprop"},
        {"rule": "adam", "cell": "mixed"},
        {"rule": "gradient-descent", "scaling": False, "block_size": 2, "peepholes": True},
    ],
    ids=["rmsprop", "adam, mixed cells", "gradient descent, blocks"],
)
def test_each_key_is_answered_as_by_an_estimator_of_its_own(lanes, options):
    keys, X, y = samples(40)
    if not options.get("scaling", True):
        X, y = np.clip(X, -1, 1), y / 5
    fleet = Fleet(cells=2, dtype="float64", **options)
    answers = np.concatenate(
        [fleet.learn_many(keys[a:b], X[a:b], y[a:b]) for a, b in ((0, 15), (15, 15), (15, 40))]
    )
    expected, ahead = np.empty(40), {}
    for key in dict.fromkeys(keys):
        own = [i for i in range(40) if keys[i] == key]
        model = LSTMRegressor(cells=2, dtype="float64", **options)
        expected[own] = model.learn_many(X[own], y[own])
        ahead[key] = model.predict_many(X[:2])
    np.testing.assert_allclose(answers, expected, **CLOSE)
    found = fleet.predict_many([*ahead, *ahead], np.repeat(X[:2], len(ahead), axis=0))
    np.testing.assert_allclose(found, np.ravel(list(ahead.values()), order="F"), **CLOSE)


@pytest.mark.parametrize("scaling", [True, False])
def test_several_targets_of_a_key_are_those_of_an_estimator_of_its_own(lanes, scaling, tmp_path):
    keys, X, y = samples(30)
    X, Y = np.clip(X, -1, 1), np.column_stack([y, 3 - X[:, 0], y * X[:, 1]]) / 5
    names = ["a", "b", "c"]
    options: dict[str, Any] = {"cells": 2, "dtype": "float64", "scaling": scaling}
    fleet = Fleet(interval=0.8, **options)
    first = fleet.learn_many(keys[:9], X[:9], pd.DataFrame(Y[:9], columns=names))
    fleet.save(tmp_path / "fleet")
    fleet = Fleet.load(tmp_path / "fleet")
    # By their names, of which one is missing.
    second = fleet.learn_many(keys[9:], X[9:], pl.DataFrame({"b": Y[9:, 1], "a": Y[9:, 0]}))
    found = np.concatenate([first, second])
    assert fleet.targets == names
    assert found.shape == (30, 3, 3)
    Y[9:, 2] = np.nan
    for key in dict.fromkeys(keys):
        own = [i for i in range(30) if keys[i] == key]
        model = LSTMRegressor(**options)
        expected = model.learn_many(X[own], pd.DataFrame(Y[own], columns=names))
        np.testing.assert_allclose(found[own, :, 0], expected, **CLOSE)
        ahead = np.array([[each[0] for each in fleet.predict_one(key, {0: 0.5, 1: 1.0}).values()]])
        np.testing.assert_allclose(ahead, model.predict_many([[0.5, 1.0]]), **CLOSE)
        bounds = Bounds(0.8, horizon=0).step(found[own, 1, 0].copy(), Y[own, 1])
        np.testing.assert_array_equal(found[own, 1, 1:], bounds)
    frame = fleet.predict_many(keys[:2], pd.DataFrame(X[:2]))
    assert list(frame.columns)[:4] == ["a", "a lower", "a upper", "b"]
    assert fleet.scores().error.shape == (len(fleet), 3)
    for wrong, said in (([1.0], "several targets"), ([[1.0, 2.0]], "got 0 besides")):
        with pytest.raises(InputError, match=said):
            fleet.learn_many(["north"], X[:1], wrong)
    fleet.learn_one("north", {0: 0.5, 1: 1.0}, {"c": 1.0})


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame, pa.table])
def test_one_of_several_targets_keeps_its_name_in_a_later_frame(lanes, made):
    keys, X, y = samples(8)
    fleet, other = Fleet(cells=1), Fleet(cells=1)
    for each in (fleet, other):
        each.learn_many(keys, X, made({"a": y, "b": -y}))
    found = fleet.learn_many(keys, X, made({"b": y}))
    gaps = made({"b": y, "a": np.full(8, np.nan)})
    np.testing.assert_array_equal(found, other.learn_many(keys, X, gaps))
    with pytest.raises(InputError, match="got 'c' besides"):
        fleet.learn_many(keys, X, made({"c": y}))
    named = Fleet(cells=1)
    named.learn_one("north", {0: 1.0, 1: 2.0}, {"a": 1.0})
    assert named.learn_many(keys, X, y).shape == (8, 1)
    named.learn_many(keys, X, made({"a": y}))
    assert named.targets == ["a"]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_lanes_answer_as_an_estimator(dtype, monkeypatch):
    monkeypatch.setattr(visits, "FEW", 100)
    monkeypatch.setattr(visits, "cores", lambda: 2)
    keys, X, y = samples(2000)
    fleet = Fleet(dtype=dtype)
    answers = fleet.learn_many(keys, X, y)
    for key in KEYS:
        own = [i for i, each in enumerate(keys) if each == key]
        expected = LSTMRegressor(cells=8, dtype=dtype).learn_many(X[own], y[own])
        # RMSProp divides by a root of what may be near 0, which float32 holds to some six digits,
        # and hundreds of steps amplify the difference.
        close = 1e-2 if dtype == "float32" else CLOSE["rtol"]
        np.testing.assert_allclose(answers[own], expected, rtol=close, atol=close)


def test_intervals_are_those_of_the_answers(lanes):
    keys, X, y = samples(40)
    fleet = Fleet(cells=1, interval=0.8)
    found = fleet.learn_many(keys, X, y)
    own = [i for i in range(40) if keys[i] == "north"]
    bounds = Bounds(0.8, horizon=0)
    np.testing.assert_array_equal(found[own, 1:], bounds.step(found[own, 0], y[own]))
    ahead = fleet.predict_many(["north"], X[:1])[0]
    expected = bounds.step(ahead[:1], np.array([np.nan]))[0]
    np.testing.assert_array_equal(ahead[1:], expected)


def test_predicting_changes_nothing_and_rows_of_a_key_follow_each_other(lanes):
    keys, X, y = samples(20)
    fleet, other = Fleet(cells=1), Fleet(cells=1)
    fleet.learn_many(keys, X, y)
    other.learn_many(keys, X, y)
    ahead = fleet.predict_many(["north", "north"], X[:2])
    np.testing.assert_array_equal(fleet.predict_many(["north", "north"], X[:2]), ahead)
    taken = other.learn_many(["north", "north"], X[:2], [np.nan, np.nan])
    np.testing.assert_array_equal(taken, ahead)
    assert not np.array_equal(other.predict_many(["north"], X[:1]), ahead[:1])


def test_keys_that_are_not_known_are_answered_nan(lanes):
    keys, X, y = samples(10)
    fleet = Fleet(cells=1, interval=0.5)
    fleet.learn_many(keys, X, y)
    found = fleet.predict_many(["a", "north", "a"], np.ones((3, 2)))
    assert np.isnan(found[[0, 2]]).all()
    np.testing.assert_array_equal(found[1], fleet.predict_many(["north"], np.ones((1, 2)))[0])
    assert np.isnan(fleet.predict_one("a", {0: 1.0, 1: 1.0})).all()
    assert "a" not in fleet
    assert fleet.predict_many([], np.ones((0, 2))).shape == (0, 3)


def test_forgotten_keys_begin_anew_and_others_keep_their_networks(lanes):
    keys, X, y = samples(30)
    fleet, other = Fleet(cells=1), Fleet(cells=1)
    fleet.learn_many(keys, X, y)
    own = [i for i in range(30) if keys[i] == "south"]
    kept = fleet.predict_many(["south"], X[:1])
    fleet.forget(["north", 3])
    assert fleet.keys() == [key for key in dict.fromkeys(keys) if key not in ("north", 3)]
    fleet.learn_many(["new", "newer", "newest"], X[:3], y[:3])  # in their places, and one more
    assert fleet.learn_many(["north"], X[:1], y[:1]) == [0.0]
    np.testing.assert_array_equal(fleet.predict_many(["south"], X[:1]), kept)
    other.learn_many([keys[i] for i in own], X[own], y[own])
    np.testing.assert_array_equal(other.predict_many(["south"], X[:1]), kept)
    with pytest.raises(InputError, match="no key 'north west'"):
        fleet.forget(["north west"])


def test_scores_are_mean_errors_beside_the_last_target(lanes):
    keys, X, y = samples(40)
    fleet = Fleet(cells=1)
    answers = fleet.learn_many(keys, X, y)
    scores = fleet.scores()
    for key, rows, error, last_error in zip(*scores, strict=True):
        own = [i for i in range(40) if keys[i] == key and not np.isnan(y[i])]
        assert rows == max(0, len(own) - 1)
        if rows:
            assert error == pytest.approx(np.abs(y[own] - answers[own])[1:].mean())
            assert last_error == pytest.approx(np.abs(np.diff(y[own])).mean())


def test_frames_are_answered_in_kind_and_their_columns_go_by_name(lanes):
    keys, X, y = samples(12)
    whole, fleet = Fleet(cells=1, interval=0.5), Fleet(cells=1, interval=0.5)
    expected = whole.learn_many(keys, X, y)
    texts = list(map(str, keys))
    first = pd.DataFrame({"a": X[:6, 0], "b": X[:6, 1]}, index=range(10, 16))
    found = fleet.learn_many(pd.Series(texts[:6]), first, pd.Series(y[:6]))
    assert list(found.index) == list(range(10, 16))
    assert list(found.columns) == ["prediction", "lower", "upper"]
    np.testing.assert_array_equal(found.to_numpy(), expected[:6])
    second = pl.DataFrame({"b": X[6:, 1], "a": X[6:, 0]})
    found = fleet.learn_many(pl.Series(texts[6:]), second, pl.Series(y[6:]))
    np.testing.assert_array_equal(found.to_numpy(), expected[6:])
    assert fleet.features == ["a", "b"]


def test_one_row_at_a_time_is_a_call_of_one_row(lanes):
    fleet, other = Fleet(cells=1), Fleet(cells=1)
    for t in range(6):
        expected = other.learn_many(np.array([7]), [[float(t), 1.0]], [t % 3])[0]
        assert (fleet.predict_one(7, {0: t, 1: 1.0}) if t else 0.0) == expected
        fleet.learn_one(7, {1: 1.0, 0: t}, t % 3)
    assert 7 in fleet
    assert len(fleet) == 1


def test_a_network_that_diverges_does_not_disturb_the_others(lanes):
    options = {"cells": 1, "rule": "gradient-descent", "rate": 1e6}
    fleet, other = Fleet(**options), Fleet(**options)
    wild = np.random.default_rng(0).normal(size=(16, 1))
    answers = fleet.learn_many(["wild"] * 16 + ["calm"], [*wild, [2.0]], [*wild[:, 0], 2.0])
    assert not np.isfinite(answers[15])
    assert fleet.diverged() == ["wild"]
    other.learn_many(["calm"], [[2.0]], [2.0])
    assert fleet.predict_many(["calm"], [[3.0]]) == other.predict_many(["calm"], [[3.0]])
    fleet.forget(fleet.diverged())
    assert fleet.diverged() == []


def test_a_network_of_large_numbers_has_not_diverged(lanes):
    fleet = Fleet(cells=1)
    fleet.learn_many(["large"], [[1.0]], [1.0])
    fleet._begun.networks.numbers[1, :2] = 3e38  # finite, but not their sum
    assert fleet.diverged() == []


@pytest.mark.parametrize("read", [Fleet.scores, Fleet.diverged, Fleet.state])
def test_a_second_thread_is_refused_what_the_first_is_changing(lanes, read):
    fleet = Fleet(cells=1)
    fleet.learn_many(["a"], [[1.0]], [1.0])
    with ThreadPoolExecutor(1) as other, fleet._turn:
        refusal = other.submit(read, fleet).exception()
    assert isinstance(refusal, LonglagError)


@pytest.mark.parametrize(
    ("keys", "X", "y", "said"),
    [
        (["a", None], np.ones((2, 2)), [1, 2], "row 1 has no key, got None"),
        (np.array([1.0, np.nan]), np.ones((2, 2)), [1, 2], "got 1.0: take 1"),
        ([True], np.ones((1, 2)), [1], "a text or a whole number, got True"),
        ([("a", 1)], np.ones((1, 2)), [1], "a text or a whole number"),
        ([2**63], np.ones((1, 2)), [1], "below 2\\*\\*63"),
        ("a", np.ones((1, 2)), [1], "a list or a column, one key a row"),
        (["a", ["b"]], np.ones((2, 2)), [1, 2], "a text or a whole number, got \\['b'\\]"),
        ({"a", "b"}, np.ones((2, 2)), [1, 2], "a list or a column, one key a row"),
        (np.array(["2026-01-01"], "M8[ns]"), np.ones((1, 2)), [1], "a text or a whole number"),
        (["a"], np.ones((2, 2)), [1, 2], "equal length, got 1 and 2"),
        (["a"], np.ones((1, 3)), [1], "X has 3 features, but the fleet is expecting 2"),
        (["a"], [["x", 1.0]], [1], "numbers, got texts in column 0"),
        (["a"], pd.DataFrame({0: [1.0], 1: [1.0], "c": [1.0]}), [1], "got 'c' besides"),
        (["a"], [[1e101, 1.0]], [1], "finite numbers below 1e\\+100"),
        (["a"], np.ones((1, 2)), [np.inf], "finite numbers below 1e\\+100"),
        (["a"], np.ones((1, 2)), [[1, 2]], "one target a row"),
        (["a"], np.ones((1, 2)), ["high"], "y must hold real numbers.* FleetClassifier"),
        (["a"], np.ones((1, 2)), [["high", "low"]], "target 0 must hold real numbers"),
        (["a"], np.ones((1, 2)), 3, "y must have shape"),
        (["a"], np.ones((1, 2)), [[[1]]], "y must have shape"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(lanes, keys, X, y, said):
    fleet = Fleet(cells=1)
    fleet.learn_many(["a", "b"], np.arange(4.0).reshape(2, 2), [1.0, 2.0])
    before = fleet.predict_many(["a", "b"], np.ones((2, 2))).tolist()
    with pytest.raises(InputError, match=said) as caught:
        fleet.learn_many(keys, X, y)
    assert "\n" not in str(caught.value)
    assert fleet.predict_many(["a", "b"], np.ones((2, 2))).tolist() == before
    assert fleet.keys() == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cells": 0}, "cells must be"),
        ({"rule": "best"}, "rule must be"),
        ({"rate": -1.0}, "rate must be"),
        ({"interval": 1.0}, "interval must be between 0 and 1"),
        ({"dtype": "float16"}, "dtype must be"),
        ({"scaling": 1}, "scaling must be True or False"),
    ],
)
def test_parameters_out_of_range_are_refused_at_once(options, said):
    with pytest.raises(InputError, match=said):
        Fleet(**options)


def test_before_the_first_row_there_is_nothing_to_predict_or_save(tmp_path):
    fleet = Fleet()
    assert len(fleet) == 0
    assert fleet.keys() == fleet.features == fleet.diverged() == []
    assert fleet.learn_many([], np.zeros((0, 2)), []).tolist() == []
    assert fleet.features == []
    for call in (
        lambda: fleet.predict_many(["a"], np.ones((1, 2))),
        lambda: fleet.save(tmp_path / "fleet"),
        fleet.scores,
    ):
        with pytest.raises(InputError, match="has learned nothing yet"):
            call()


def test_parameters_of_numpy_become_those_of_python():
    for half in (np.float32(0.5), np.array(0.5)):
        given: Any = {"cells": np.int64(2), "interval": half}
        assert Fleet(**given).parameters["interval"] == 0.5


def test_a_fleet_has_keys_as_they_were_given(lanes):
    fleet = Fleet(cells=1)
    fleet.learn_many([1, "a"], np.ones((2, 1)), [1.0, 2.0])
    for key in (1, np.int64(1), "a", np.str_("a")):
        assert key in fleet
    for value in (True, 1.0, "1", [1], None, np.datetime64(1, "ns")):
        assert value not in fleet


def test_a_fleet_that_joblib_maps_to_be_read_goes_on(lanes, tmp_path):
    fleet = Fleet(cells=1)
    fleet.learn_many(["a", "b"], np.ones((2, 1)), [1.0, 2.0])
    joblib.dump(fleet, tmp_path / "fleet")
    again = joblib.load(tmp_path / "fleet", mmap_mode="r")
    for each in (fleet, again):
        each.learn_many(["a", "b"], np.ones((2, 1)), [3.0, 4.0])
    assert again.state().records.tobytes() == fleet.state().records.tobytes()
    assert type(again._records._array) is np.ndarray


def test_numbers_beyond_the_precision_are_refused_without_scaling(lanes):
    fleet = Fleet(cells=1, scaling=False)
    with pytest.raises(InputError, match="float32 holds numbers up to"):
        fleet.learn_many(["a"], [[1e39]], [1.0])
    assert len(fleet) == 0
    assert fleet.features == []


def test_memory_per_key_is_within_twice_the_numbers_that_it_needs(lanes):
    fleet = Fleet(rule="gradient-descent")
    fleet.learn_many(["a"], np.ones((1, 4)), [1.0])
    state = LSTMRegressor(cells=8, rule="gradient-descent")
    state.learn_many(np.ones((1, 4)), [1.0])
    needed = sum(array.nbytes for array in state.state().tensors.values())
    assert fleet.bytes_per_key <= 1.1 * needed
