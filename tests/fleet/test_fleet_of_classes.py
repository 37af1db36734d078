"""Series of classes whose networks are a fleet are answered as series with an estimator each.

The lanes run interpreted, in float64, as in test_fleet.py.
"""

import numpy as np
import pytest

from longlag import InputError
from longlag.fleet import class_groups
from longlag.fleet.class_groups import ClassGroups
from longlag.fleet.groups_file import load, save
from longlag.forecasting.groups import Groups, Start
from longlag.forecasting.question import Question
from longlag.forecasting.resuming import SavedStream
from longlag.readers.sources import Rows

N = 40
CLASSES = ["idle", "busy", "off", "lost", "new"]


pytestmark = pytest.mark.usefixtures("lanes")


def stream(rows=N, seed=3):
    """Rows of two long groups and a short one, with gaps; classes appear at any time.

    One group begins with two classes in its first two rows, another without any. The hour of the
    day can be told from the second row of the first group on, and from the third of the others.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 2))
    X[rng.random(X.shape) < 0.1] = np.nan
    groups = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.4, 0.1]).tolist()
    y: list[str] = []
    times: list[str] = []
    for t, group in enumerate(groups):
        count = groups[:t].count(group)
        text = CLASSES[int(rng.integers(1 + 4 * t // rows))] if rng.random() > 0.1 else ""
        first = {"a": ["busy", "idle"], "b": ["", "", "idle", "busy"], "c": ["off"]}[group]
        y.append(first[count] if count < len(first) else text)
        hours = count * (12 if group == "a" else 8)
        times.append(f"2026-11-{1 + hours // 24:02} {hours % 24:02}:00")
    return Rows(1, X, y, times, (), groups)


def start(horizon=1, *, timed=False, calendar=False, features=("p", "x")):
    question = Question(("y",), features, (horizon,), classify=True)
    parameters = {"cells": 2, "seed": 1, "dtype": "float64"}
    return Start(question, parameters, timed, calendar=calendar)


def table(parts, rows):
    """The answers in the order of the rows, for each class by its name."""
    found = np.zeros((rows + 1, len(CLASSES)))
    for part in parts:
        for n, name in enumerate(part.evaluation.series.classes):
            if n < part.answers.shape[1]:
                found[part.numbers, CLASSES.index(name)] = part.answers[:, n]
    return found[1:]


@pytest.mark.parametrize("calendar", [False, True])
@pytest.mark.parametrize(("horizon", "features"), [(1, ("p", "x")), (0, ("p", "x")), (1, ())])
def test_answers_and_scores_are_those_of_single_series(horizon, features, calendar):
    rows = stream()
    rows = rows._replace(features=rows.features[:, : len(features)])
    begin = start(horizon, timed=calendar, calendar=calendar, features=features)
    single, fleet = Groups(begin, shared=False), ClassGroups(begin)
    expected = table(single.step(rows), N)
    found = []
    for first, stop in ((0, 1), (1, 20), (20, 21), (21, N)):
        found += fleet.step(rows.part(first, stop))
    # Lanes and tiles add products in another order: see test_fleet.py.
    np.testing.assert_allclose(table(found, N), expected, rtol=1e-9, atol=1e-9)
    assert (fleet.calendar is not None and len(fleet.calendar.parts) == 2) == calendar
    assert list(fleet.members) == list(single.members)
    assert (fleet.judged, fleet.rows, fleet.taught) == (single.judged, single.rows, True)
    assert fleet.missing_targets == single.missing_targets
    assert [each[:2] for each in fleet.fared()] == [each[:2] for each in single.fared()]
    for name, member in single.members.items():
        other = fleet.members[name]
        assert (other.rows, other.judged) == (member.rows, member.judged)
        assert other.series.classes == member.series.classes
        np.testing.assert_array_equal(other.recent, member.recent)
        for ours, theirs in zip(other.tables()[0], member.tables()[0], strict=True):
            for measure, value in theirs.items():
                assert ours[measure] == (value and pytest.approx(value, rel=1e-9))
    for ours, theirs in zip(fleet.tables()[0], single.tables()[0], strict=True):
        assert ours["accuracy"] == pytest.approx(theirs["accuracy"], rel=1e-9)


def test_without_learning_only_states_go_on():
    rows = stream()
    single, fleet = Groups(start(), shared=False), ClassGroups(start())
    for groups in (single, fleet):
        list(groups.step(rows.part(0, 20)))
    expected = table(single.step(rows.part(20), learning=False), N)
    found = table(fleet.step(rows.part(20), learning=False), N)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_saved_fleet_of_classes_goes_on_to_the_bit(tmp_path):
    rows, path = stream(), tmp_path / "model"
    whole, pieces = ClassGroups(start(timed=True)), ClassGroups(start(timed=True))
    expected = table(whole.step(rows), N)
    found = list(pieces.step(rows.part(0, 15)))
    save(path, SavedStream(pieces, "time", group="g"))
    saved = load(path)
    assert (saved.time, saved.group, saved.evaluation.learned_rows) == ("time", "g", 15)
    assert (saved.evaluation.rows, saved.evaluation.judged) == (0, 0)
    found += saved.evaluation.step(rows.part(15))
    np.testing.assert_array_equal(table(found, N), expected)
    said = saved.evaluation.members["a"].said
    np.testing.assert_array_equal(said, whole.members["a"].said)

    for name, wrong in (("names", 99.0), ("last", 50.0), ("frequencies", -1.0), ("step", 1e9)):
        groups = load(path).evaluation
        groups.records._array[name][1] = wrong
        save(tmp_path / "damaged", SavedStream(groups, "time", group="g"))
        with pytest.raises(InputError, match="cannot go on: it"):
            load(tmp_path / "damaged")


@pytest.mark.parametrize("refused", ["reserve", "add_features"])
def test_a_call_that_memory_is_refused_to_teaches_nothing(monkeypatch, refused):
    rows, fleet, other = stream(), ClassGroups(start()), ClassGroups(start())
    for groups in (fleet, other):
        list(groups.step(rows.part(0, 15)))

    def refuse(*_, **__):
        raise InputError("too little memory")

    with monkeypatch.context() as patch:
        patch.setattr(fleet.fleet, refused, refuse)
        with pytest.raises(InputError, match="too little memory"):
            fleet.step(rows.part(15)._replace(groups=["new", *(rows.groups or [])[16:]]))
    assert list(fleet.members) == list(other.members)
    assert fleet.learned_rows == 15
    expected = table(other.step(rows.part(15)), N)
    np.testing.assert_array_equal(table(fleet.step(rows.part(15)), N), expected)


def test_too_many_classes_are_refused_before_any_row_is_learned(monkeypatch):
    monkeypatch.setattr(class_groups, "MOST", 2)
    fleet = ClassGroups(start())
    rows = stream()
    assert rows.target[-1] != max(rows.target)  # the latest, not that of the last name
    with pytest.raises(InputError, match=f"2 classes in a group, the latest '{rows.target[-1]}'"):
        fleet.step(rows)
    assert (len(fleet.members), fleet.learned_rows, len(fleet.fleet)) == (0, 0, 0)
