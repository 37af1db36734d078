"""Series whose networks are a fleet are answered as series with an estimator each."""

import numpy as np
import pytest
from support.stream_samples import compile_kernels

from longlag import InputError, LSTMRegressor
from longlag.compiled.interpreting import interpreted
from longlag.fleet import answers, groups, past
from longlag.fleet.choosing import why_no_fleet
from longlag.fleet.groups_file import load, save
from longlag.fleet.number_groups import NumberGroups
from longlag.forecasting.groups import Groups, Start
from longlag.forecasting.question import Question
from longlag.forecasting.resuming import SavedStream
from longlag.readers.sources import Rows

N = 60


class EstimatorPerKey:
    """What a fleet answers up to rounding: tests/fleet/test_fleet.py compares the two."""

    def __init__(self):
        self.of, self.features = {}, ["given"]

    def reserve(self, keys):
        pass

    def __len__(self):
        return len(self.of)

    def learn_many(self, keys, X, y):
        found = np.empty(len(keys))
        for i, key in enumerate(keys):
            model = self.of.setdefault(key, LSTMRegressor(cells=2, seed=1))
            found[i] = model.learn_many(X[i : i + 1], y[i : i + 1])[0]
        return found

    def predict_many(self, keys, X):
        rows = zip(keys, X, strict=True)
        return np.array(
            [self.of[k].predict_many(x[None])[0] if k in self.of else np.nan for k, x in rows]
        )


def stream(rows=N, seed=3):
    """Rows of two long groups and a short one, with gaps, a wild value and hours."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(rows, 1)), rng.normal(5, 2, rows)
    X[rng.random(X.shape) < 0.1] = np.nan
    y[rng.random(rows) < 0.1] = np.nan
    y[rows // 2] = 1e6
    group = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.4, 0.1])
    y[group == "b"] *= 1000
    hours = [int((group[:t] == group[t]).sum()) for t in range(rows)]
    times = [f"2026-11-{1 + hour // 24:02} {hour % 24:02}:00" for hour in hours]
    return Rows(1, X, y, times, (), group.tolist())


def start(horizon=1, interval=None, calendar=False, cells=2):
    question = Question(("y",), ("x",), (horizon,), interval=interval)
    return Start(question, {"cells": cells, "seed": 1}, True, calendar=calendar)


def table(parts, rows, width):
    """The answers in the order of the rows."""
    found = np.full((rows + 1, width), np.nan)
    for part in parts:
        found[part.numbers] = part.answers
    return found[1:]


@pytest.mark.parametrize(("horizon", "interval"), [(1, None), (1, 0.8), (0, 0.8)])
def test_answers_and_scores_are_those_of_single_series_to_the_bit(
    tmp_path_factory, monkeypatch, horizon, interval
):
    compile_kernels(tmp_path_factory.getbasetemp().parent)
    for module in (past, answers):  # the walks run as Python
        walk = module._walk._function
        monkeypatch.setattr(module, "_walk", lambda *given, of=walk: interpreted(of, given)())
    rows, width = stream(), 3 if interval else 1
    single = Groups(start(horizon, interval), shared=False)
    expected = table(single.step(rows), N, width)
    fleet = NumberGroups(start(horizon, interval))
    monkeypatch.setattr(fleet, "fleet", EstimatorPerKey())
    found = []
    for first, stop in ((0, 1), (1, 30), (30, 31), (31, N)):
        found += fleet.step(rows.part(first, stop))
    np.testing.assert_array_equal(table(found, N, width), expected)
    assert list(fleet.members) == list(single.members)
    # Sums of the same errors in another order.
    for ours, theirs in zip(fleet.tables()[0], single.tables()[0], strict=True):
        for name in ("MAE", "RMSE", "R2"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-9)
    for name, member in single.members.items():
        other = fleet.members[name]
        assert (other.rows, other.judged) == (member.rows, member.judged)
        np.testing.assert_array_equal(other.recent, member.recent[:, :3])
        assert other.times
        assert member.times
        assert other.times.after(1) == member.times.after(1)
        for key, value in member.tables()[0][0].items():
            assert other.tables()[0][0][key] == (value and pytest.approx(value, rel=1e-9))


@pytest.mark.parametrize("horizon", [1, 0])
def test_with_a_calendar_the_networks_are_those_of_single_series(lanes, horizon):
    question = Question(("y",), ("x",), (horizon,))
    parameters = {"cells": 2, "seed": 1, "dtype": "float64"}
    begin = Start(question, parameters, timed=True, calendar=True)
    rows, single, fleet = stream(), Groups(begin, shared=False), NumberGroups(begin)
    # Half a day apart, so that the hour can be told from the second row of a group on.
    times = [f"2026-11-{1 + n // 2:02} {n % 2 * 12:02}:00" for n in range(N)]
    counts = [(rows.groups or [])[:t].count((rows.groups or [])[t]) for t in range(N)]
    rows = rows._replace(times=[times[count] for count in counts])
    expected = table(single.step(rows), N, 1)
    found = [*fleet.step(rows.part(0, 20)), *fleet.step(rows.part(20))]
    assert fleet.calendar
    assert fleet.calendar.parts == ["hour of the day", "weekday"]
    # Lanes and tiles add products in another order: see test_fleet.py.
    np.testing.assert_allclose(table(found, N, 1), expected, rtol=1e-9, atol=1e-6)


def test_a_saved_fleet_of_groups_goes_on_to_the_bit(lanes, tmp_path):
    rows, begin, path = stream(24), start(1, 0.8, calendar=True, cells=1), tmp_path / "model"
    whole, pieces = NumberGroups(begin), NumberGroups(begin)
    expected = table(whole.step(rows), 24, 3)
    found = list(pieces.step(rows.part(0, 9)))
    save(path, SavedStream(pieces, "time", group="g"))
    saved = load(path)
    assert (saved.time, saved.group, saved.evaluation.learned_rows) == ("time", "g", 9)
    assert (saved.evaluation.rows, saved.evaluation.judged) == (0, 0)
    found += saved.evaluation.step(rows.part(9))
    np.testing.assert_array_equal(table(found, 24, 3), expected)
    np.testing.assert_array_equal(saved.evaluation.members["a"].said, whole.members["a"].said)

    records = saved.evaluation.records
    records._array["ends"][1, 0] = 10**6  # memory that is not its own
    save(path, SavedStream(saved.evaluation, None, group="g"))
    with pytest.raises(InputError, match="cannot go on: its rings have"):
        load(path)
    damaged = bytearray(path.read_bytes())
    damaged[-5] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="checksum is not that of what it holds"):
        load(path)


def test_too_many_groups_are_refused_before_any_row_is_learned(monkeypatch):
    monkeypatch.setattr(groups, "MOST", 2)
    fleet = NumberGroups(start())
    with pytest.raises(InputError, match="more than 2 groups"):
        fleet.step(stream())
    assert (len(fleet.members), fleet.learned_rows) == (0, 0)


@pytest.mark.parametrize("refused", ["ring", "networks", "series"])
def test_a_call_that_memory_is_refused_to_changes_nothing(lanes, monkeypatch, tmp_path, refused):
    rows, fleet = stream(24), NumberGroups(start(1, 0.8, calendar=True, cells=1))
    fleet.step(rows.part(0, 9))
    save(tmp_path / "before", SavedStream(fleet, "time", group="g"))
    held = {"ring": (fleet.records, "lengthen"), "networks": (fleet.fleet, "reserve")}
    held["series"] = (fleet.records, "grow")

    def refuse(*_):
        raise InputError("too little memory")

    with monkeypatch.context() as patch:
        patch.setattr(*held[refused], refuse)
        with pytest.raises(InputError, match="too little memory"):
            fleet.step(rows.part(9)._replace(groups=["new", *(rows.groups or [])[10:]]))
    save(tmp_path / "after", SavedStream(fleet, "time", group="g"))
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes()
    assert "new" not in fleet.members
    fleet.step(rows.part(9))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (Question(("y",), ("x",)), None),
        (Question(("y",), (), (0,), interval=0.9), None),
        (Question(("y", "z"), ()), "there are 2 targets"),
        (Question(("y",), (), (1, 2)), "there are 2 horizons"),
        (Question(("y",), (), (24,)), "the horizon is 24"),
        (Question(("y",), (), classify=True), None),
        (Question(("y",), (), (3,), classify=True), "the horizon is 3"),
        (Question(("y", "z"), (), categories=("c",)), "there are 2 targets and 'c' is a category"),
    ],
)
def test_questions_that_a_fleet_answers(question, why):
    said = why_no_fleet(question)
    assert said is None if why is None else f"since {why}. As a fleet" in (said or "")
