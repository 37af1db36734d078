"""A fleet of classifiers answers as one `LSTMClassifier` for each key would.

The lanes run interpreted, in float64, unless a test says otherwise, as in test_fleet.py.
"""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from longlag import Fleet, FleetClassifier, InputError, LSTMClassifier
from longlag.fleet import visits
from longlag.fleet.class_steps import want_class

#: Lanes and tiles add products in another order: see test_fleet.py.
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-9}

KEYS = ["north", "south", 3, "east"]
CLASSES = ["idle", "busy", 7, True, "off"]
ROWS = 50


def samples(rows=ROWS, features=2, seed=0, classes=CLASSES):
    """Keys, X and y of rows in random order, with gaps; classes appear at any time."""
    generator = np.random.default_rng(seed)
    keys = [KEYS[i] for i in generator.choice(len(KEYS), rows, p=[0.5, 0.3, 0.15, 0.05])]
    X = generator.normal(size=(rows, features))
    X[generator.random(X.shape) < 0.1] = np.nan
    X[rows // 2, 0] = 1e9
    # The later a row, the more classes there are.
    seen = 1 + np.arange(rows) * len(classes) // rows
    y: list[Any] = [classes[int(generator.integers(n))] for n in seen]
    for t in np.flatnonzero(generator.random(rows) < 0.15).tolist():
        y[t] = None if t % 2 else float("nan")
    return keys, X, y


def of_key(keys, key):
    return [t for t, each in enumerate(keys) if each == key]


def expected_shares(model, labels, shares):
    """Probabilities of an estimator in the columns of a fleet."""
    found = np.zeros((len(shares), len(labels)))
    found[:, [labels.index(label) for label in model.labels]] = shares
    return found


def learned(fleet, keys, X, y, cuts):
    """Probabilities of a fleet for all rows, which come in some calls."""
    found = np.zeros((len(keys), len(CLASSES)))
    for first, stop in zip([0, *cuts], [*cuts, len(keys)], strict=True):
        part = fleet.learn_proba_many(keys[first:stop], X[first:stop], y[first:stop])
        found[first:stop, : part.shape[1]] = part
    return found


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
    keys, X, y = samples()
    if not options.get("scaling", True):
        X = np.clip(X, -1, 1)
    fleet = FleetClassifier(cells=2, dtype="float64", **options)
    shares = learned(fleet, keys, X, y, (1, 20, 20))
    assert len(fleet.labels) == len(CLASSES)
    for key in dict.fromkeys(keys):
        own = of_key(keys, key)
        model = LSTMClassifier(cells=2, dtype="float64", **options)
        expected = model.learn_proba_many(X[own], [y[t] for t in own])
        expected = expected_shares(model, fleet.labels, expected)
        np.testing.assert_allclose(shares[own], expected, **CLOSE)
        ahead = fleet.predict_proba_many([key, key], X[:2])
        expected = expected_shares(model, fleet.labels, model.predict_proba_many(X[:2]))
        np.testing.assert_allclose(ahead, expected, **CLOSE)
        assert fleet.predict_many([key], X[:1]).tolist() == model.predict_many(X[:1]).tolist()
        one = dict(enumerate(X[0].tolist()))
        assert fleet.predict_one(key, one) == model.predict_one(one)
        assert fleet.predict_proba_one(key, one) == pytest.approx(model.predict_proba_one(one))


def test_the_comparison_fails_if_the_wrong_class_is_learned(lanes, monkeypatch):
    """The answers above depend on the targets."""
    keys, X, y = samples()
    expected = learned(FleetClassifier(cells=1), keys, X, y, ())

    def wrong(rows, place, work, k):
        want_class(rows, place, work, k)
        work.Y[:, k] = work.Y[::-1, k].copy()

    monkeypatch.setattr("longlag.fleet.class_steps.want_class", wrong)
    from longlag.fleet.class_steps import class_driver

    class_driver.cache_clear()
    found = learned(FleetClassifier(cells=1), keys, X, y, ())
    class_driver.cache_clear()
    assert not np.allclose(found, expected)


def test_answers_have_the_same_bits_however_rows_are_cut_and_others_take_part(lanes):
    keys, X, y = samples()
    whole = learned(FleetClassifier(cells=1), keys, X, y, ())
    fleet = FleetClassifier(cells=1)
    np.testing.assert_array_equal(learned(fleet, keys, X, y, range(1, ROWS)), whole)
    own, alone = of_key(keys, "north"), FleetClassifier(cells=1)
    found = alone.learn_proba_many(["north"] * len(own), X[own], [y[t] for t in own])
    columns = [fleet.labels.index(label) for label in alone.labels]
    np.testing.assert_array_equal(found, whole[own][:, columns])


def test_more_than_a_few_classes_take_the_outputs_of_the_key_that_has_most(lanes):
    """Each of 20 keys has a class of its own, and one key has nine."""
    fleet = FleetClassifier(cells=1)
    keys, X = list(range(20)), np.ones((20, 1))
    fleet.learn_many(keys, X, [f"class {key}" for key in keys])
    assert (len(fleet.labels), fleet._begun.learner.outputs) == (20, 8)
    fleet.learn_many([3] * 8, X[:8], [f"class {n}" for n in range(8, 16)])
    assert fleet._begun.learner.outputs == 16
    model = LSTMClassifier(cells=1)
    model.learn_many(X[:9], [f"class {n}" for n in (3, *range(8, 16))])
    found = fleet.predict_proba_one(3, {0: 1.0})
    # The class that came first was learned before the others were known to anybody.
    assert list(found) == model.labels
    # float32 holds some seven digits.
    assert found == pytest.approx(model.predict_proba_one({0: 1.0}), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_lanes_answer_as_an_estimator(dtype, monkeypatch):
    monkeypatch.setattr(visits, "FEW", 100)
    monkeypatch.setattr(visits, "cores", lambda: 2)
    keys, X, y = samples(1000)
    fleet = FleetClassifier(dtype=dtype)
    shares = fleet.learn_proba_many(keys, X, y)
    for key in KEYS:
        own = of_key(keys, key)
        model = LSTMClassifier(cells=8, dtype=dtype)
        expected = model.learn_proba_many(X[own], [y[t] for t in own])
        # As in test_fleet.py: hundreds of steps amplify differences of float32.
        close = 1e-2 if dtype == "float32" else CLOSE["rtol"]
        expected = expected_shares(model, fleet.labels, expected)
        np.testing.assert_allclose(shares[own], expected, rtol=0, atol=close)


def test_a_saved_fleet_goes_on_with_the_same_bits_whole_or_in_part(lanes, tmp_path):
    keys, X, y = samples()
    fleet = FleetClassifier(cells=1, rule="adam")
    fleet.learn_many(keys[:30], X[:30], y[:30])
    fleet.save(tmp_path / "fleet")
    again = FleetClassifier.load(tmp_path / "fleet")
    assert repr(again) == repr(fleet)
    assert again.labels == fleet.labels
    some = FleetClassifier.load(tmp_path / "fleet", keys=["south"])
    expected = fleet.learn_proba_many(keys[30:], X[30:], y[30:])
    np.testing.assert_array_equal(again.learn_proba_many(keys[30:], X[30:], y[30:]), expected)
    own = [t for t in of_key(keys, "south") if t >= 30]
    found = some.learn_proba_many(["south"] * len(own), X[own], [y[t] for t in own])
    columns = [fleet.labels.index(label) for label in some.labels]
    np.testing.assert_array_equal(found, expected[[t - 30 for t in own]][:, columns])


def test_files_of_the_other_kind_and_damaged_classes_are_refused(lanes, tmp_path):
    keys, X, y = samples(10)
    fleet, other = FleetClassifier(cells=1), Fleet(cells=1)
    fleet.learn_many(keys, X, y)
    other.learn_many(keys, X, X[:, 0])
    fleet.save(tmp_path / "classes")
    other.save(tmp_path / "numbers")
    with pytest.raises(InputError, match="holds a FleetClassifier: read it with FleetClassifier"):
        Fleet.load(tmp_path / "classes")
    with pytest.raises(InputError, match=r"holds a Fleet: read it with Fleet\.load"):
        FleetClassifier.load(tmp_path / "numbers")
    for wrong in ([9.0], [0.5], [-1.0, 0.0], [0.0, 0.0]):
        damaged = FleetClassifier.load(tmp_path / "classes")
        damaged._begun._array["classes"][1, 0, : len(wrong)] = wrong
        damaged.save(tmp_path / "damaged")
        with pytest.raises(InputError, match=r"must name \d classes, each once"):
            FleetClassifier.load(tmp_path / "damaged")


def test_keys_and_classes_that_are_not_known_have_no_probability(lanes):
    fleet = FleetClassifier(cells=1)
    X = np.ones((3, 1))
    assert fleet.learn_many(["a", "a", "b"], X, ["x", "y", None]).tolist() == [None, "x", None]
    assert fleet.predict_many(["a", "b", "c"], X)[1:].tolist() == [None, None]
    found = fleet.predict_proba_many(["a", "b", "c"], X)
    assert found[0].min() > 0
    assert found[0].sum() == pytest.approx(1.0)
    assert not found[1:].any()
    assert fleet.predict_proba_one("c", {0: 1.0}) == {}
    assert "c" not in fleet


def test_scores_are_shares_of_wrong_answers_beside_the_last_class(lanes):
    keys, X, y = samples()
    fleet = FleetClassifier(cells=1)
    answers = fleet.learn_many(keys, X, y)
    for key, rows, error, last_error in zip(*fleet.scores(), strict=True):
        own = [t for t in of_key(keys, key) if y[t] is not None and y[t] == y[t]]
        assert rows == max(0, len(own) - 1)
        if rows:
            wrong = [answers[t] != y[t] for t in own[1:]]
            assert error == pytest.approx(np.mean(wrong))
            changed = [y[a] != y[b] for a, b in zip(own[1:], own, strict=False)]
            assert last_error == pytest.approx(np.mean(changed))


def test_frames_are_answered_in_kind(lanes):
    keys, X, y = samples(12, classes=["on", "off"])
    whole, fleet = FleetClassifier(cells=1), FleetClassifier(cells=1)
    expected = whole.learn_proba_many(keys, X, y)
    first = pd.DataFrame({"a": X[:6, 0], "b": X[:6, 1]}, index=range(10, 16))
    found = fleet.learn_proba_many(pd.Series(map(str, keys[:6])), first, pd.Series(y[:6]))
    assert list(found.index) == list(range(10, 16))
    assert list(found.columns) == fleet.labels
    np.testing.assert_array_equal(found.to_numpy(), expected[:6, : found.shape[1]])
    second = pl.DataFrame({"b": X[6:, 1], "a": X[6:, 0]})
    texts = [each if isinstance(each, str) else None for each in y]
    found = fleet.learn_many(list(map(str, keys[6:])), second, pl.Series(texts[6:]))
    assert isinstance(found, pl.Series)
    assert set(found.to_list()) <= {"on", "off", None}


@pytest.mark.parametrize(
    ("keys", "X", "y", "said"),
    [
        (["a"], np.ones((1, 2)), [1.5], "Unknown label type: continuous, got 1.5"),
        (["a"], np.ones((1, 2)), [[1, 2]], "y must be one class a sample, got 2"),
        (["a"], np.ones((1, 2)), [[["x"]]], "y must have shape"),
        (["a", "b"], np.ones((2, 2)), ["x"], r"y must have shape \(2,\), one class a row, got"),
        (["a"], np.ones((1, 2)), [["x", "y"]], "y must be one class a sample, got 2"),
        (["a"], np.ones((1, 3)), ["x"], "X has 3 features, but the fleet is expecting 2"),
        ([None], np.ones((1, 2)), ["x"], "row 0 has no key"),
        (["a"], np.ones((1, 2)), [b"x"], "a class is a text"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(lanes, keys, X, y, said):
    fleet = FleetClassifier(cells=1)
    fleet.learn_many(["a", "b"], np.arange(4.0).reshape(2, 2), ["x", "y"])
    before = fleet.predict_proba_many(["a", "b"], np.ones((2, 2))).tolist()
    with pytest.raises(InputError, match=said) as caught:
        fleet.learn_many(keys, X, y)
    assert "\n" not in str(caught.value)
    assert fleet.predict_proba_many(["a", "b"], np.ones((2, 2))).tolist() == before
    assert (fleet.keys(), fleet.labels) == (["a", "b"], ["x", "y"])


def test_features_that_are_added_are_those_of_an_estimator_where_they_appear_later(lanes):
    """The keys had begun before."""
    keys, X, y = samples(features=3)
    fleet = FleetClassifier(cells=2, dtype="float64")
    fleet.learn_many(keys[:25], X[:25, :2], y[:25])
    fleet.add_features(["later"])
    assert fleet.features == [0, 1, "later"]
    names = [0, 1, "later"]
    for key in ("north", "south"):
        own = of_key(keys, key)
        early, late = [t for t in own if t < 25], [t for t in own if t >= 25]
        model = LSTMClassifier(cells=2, dtype="float64")
        model.learn_many(pd.DataFrame(X[early][:, :2], columns=names[:2]), [y[t] for t in early])
        frame = pd.DataFrame(X[late], columns=names)
        expected = model.learn_proba_many(frame, [y[t] for t in late])
        found = fleet.learn_proba_many([key] * len(late), frame, [y[t] for t in late])
        columns = [fleet.labels.index(label) for label in model.labels]
        np.testing.assert_allclose(found.to_numpy()[:, columns], expected, **CLOSE)
    with pytest.raises(InputError, match="must be new, got \\['later'\\]"):
        fleet.add_features(["later"])
    for wrong in (5, "later", np.array(3)):
        with pytest.raises(InputError, match="names of features must be a list, got"):
            fleet.add_features(wrong)  # type: ignore[arg-type]
