"""Several series in one stream: each is predicted from its own past, with shared weights or not."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longlag import InputError
from longlag.forecasting import class_scores
from longlag.forecasting import groups as module
from longlag.forecasting.group_file import load, save
from longlag.forecasting.groups import Groups, Start
from longlag.forecasting.question import Question
from longlag.forecasting.resuming import SavedStream
from longlag.readers.sources import Rows

N = 48


pytestmark = pytest.mark.usefixtures("default_kernels")


def stream(seed):
    """Rows of three groups, one of which ends and one appears; with gaps, hours and a category."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(N, 1)), rng.normal(5, 2, N)
    X[rng.random(X.shape) < 0.1] = np.nan
    y[rng.random(N) < 0.1] = np.nan
    group = rng.choice(["a", "b"], N).astype(object)
    group[: N // 3] = np.where(rng.random(N // 3) < 0.3, "early", group[: N // 3])
    group[-N // 3 :] = np.where(rng.random(N // 3) < 0.3, "late", group[-N // 3 :])
    y[group == "b"] *= 1000
    hours = np.array([(group[:t] == group[t]).sum() for t in range(N)])
    times = [f"2026-11-{1 + hour // 24:02} {hour % 24:02}:00" for hour in hours.tolist()]
    winds = rng.choice(["N", "S"], N).tolist()
    winds[N // 2] = "W"
    return Rows(1, X, y, times, (winds,), group.tolist())


def start(horizons=(1,), shared=True):
    question = Question(("y",), ("x",), horizons, categories=("wind",), interval=0.8)
    return Groups(Start(question, {"cells": 2, "seed": 1}, True, calendar=True), shared=shared)


def table(parts, width):
    """The answers in the order of the rows."""
    found = np.full((N + 1, width), np.nan)
    for part in parts:
        found[part.numbers] = part.answers
    return found[1:]


@settings(max_examples=1)  # whole streams, one row after the other
@given(
    st.integers(0, 2**32),
    st.booleans(),
    st.sampled_from([(1,), (1, 3)]),
    st.lists(st.integers(1, N - 1), max_size=5, unique=True).map(sorted),
    st.sets(st.integers(1, N - 1)),
)
@example(seed=0, shared=True, horizons=(1, 3), cuts=[5, 26, 40], breaks={5, 26, 40})
@example(seed=1, shared=True, horizons=(1,), cuts=[1, 30, 45], breaks={1, 30})
@example(seed=2, shared=False, horizons=(1, 3), cuts=[1, 30, 45], breaks={30, 45})
def test_the_bits_do_not_depend_on_cuts_or_breaks(
    tmp_path_factory, seed, shared, horizons, cuts, breaks
):
    rows, path = stream(seed), tmp_path_factory.mktemp("groups") / "m"
    whole, pieces, found = start(horizons, shared), start(horizons, shared), []
    width = 3 * len(horizons)
    expected = table(whole.step(rows), width)
    for first, stop in zip([0, *cuts], [*cuts, N], strict=True):
        if first in breaks:
            save(path, SavedStream(pieces, "ts", group="g"))
            saved = load(path)
            pieces = saved.evaluation
            assert (saved.time, saved.group) == ("ts", "g")
        found += pieces.step(rows.part(first, stop))
    np.testing.assert_array_equal(table(found, width), expected)
    save(path, SavedStream(whole, "ts", group="g"))
    at_once = path.read_bytes()
    save(path, SavedStream(pieces, "ts", group="g"))
    assert path.read_bytes() == at_once


def test_a_network_for_each_group_is_that_of_its_rows_alone():
    rows, groups = stream(3), start((1, 3), shared=False)
    found = table(groups.step(rows), 6)
    names = np.array(rows.groups)
    for name in ("a", "b", "early", "late"):
        places = np.flatnonzero(names == name)
        alone = groups.start.evaluation()
        np.testing.assert_array_equal(found[places], alone.step(rows.at(places)))


def test_groups_that_share_weights_keep_their_own_scales_and_states():
    groups = start((1, 3))
    groups.step(stream(3))
    latest = groups.members[groups.latest].model.stream
    begun = {name: each for name, each in groups.members.items() if each.model.begun}
    assert len(begun) > 2
    for name, member in begun.items():
        if name != groups.latest:
            member.model.stream.take_weights(latest)
    states = [member.model.state().tensors for member in begun.values()]
    for other in states[1:]:
        for name in ("network.weights", "network.running"):
            if name in states[0]:
                np.testing.assert_array_equal(other[name], states[0][name])
        for name in ("network.states", "scale.targets", "scale.inputs"):
            assert not np.array_equal(other[name], states[0][name])
        assert len(other["scale.inputs"][0]) == len(states[0]["scale.inputs"][0])


@pytest.mark.parametrize("change", [20, 41])
def test_a_prediction_knows_nothing_of_later_rows_of_any_group(change):
    rows, other = stream(7), stream(8)
    y = np.where(np.arange(N) < change, rows.target, other.target)
    expected, found = (
        table(start((1, 3)).step(rows._replace(target=each)), 6) for each in (rows.target, y)
    )
    np.testing.assert_array_equal(found[:change], expected[:change])
    assert not np.array_equal(found[change:], expected[change:])


def test_scores_are_those_of_all_groups():
    rows, groups = stream(5), start()
    answers = table(groups.step(rows), 3)
    errors, names = [], np.array(rows.groups)
    for name in groups.members:
        places = np.flatnonzero(names == name)
        errors += (answers[places[:-1], 0] - rows.target[places[1:]]).tolist()
    errors = np.array(errors)
    errors = errors[~np.isnan(errors)]
    assert groups.judged == len(errors) == sum(each.judged for each in groups.members.values())
    ours = groups.tables()[0][0]
    # Sums of some 40 numbers in another order.
    assert ours["MAE"] == pytest.approx(np.abs(errors).mean(), rel=1e-12)
    assert ours["RMSE"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-12)


def test_scores_of_a_far_horizon_weigh_the_rows_that_were_judged_there():
    rows, groups = stream(5), start((1, 3))
    answers = table(groups.step(rows), 6)
    errors, held, names = [], [], np.array(rows.groups)
    for name in groups.members:
        places = np.flatnonzero(names == name)
        answer, lower, upper = answers[places[:-3], 3:].T
        target = rows.target[places[3:]]
        errors += (answer - target).tolist()
        given = ~np.isnan(lower + target)
        held += ((lower <= target) & (target <= upper))[given].tolist()
    ours = groups.tables()[1][0]
    # Sums of some 20 numbers in another order.
    assert ours["MAE"] == pytest.approx(np.nanmean(np.abs(errors)), rel=1e-12)
    assert ours["coverage"] == pytest.approx(np.mean(held), rel=1e-12)


def test_a_loss_of_all_groups_weighs_each_loss():
    rng = np.random.default_rng(1)
    names = ["long"] * 40 + ["short"] * 12
    # In the short group most classes come for the first time, and have no loss.
    classes = [*rng.choice(["u", "v"], 40).tolist(), "u", *"abcdefgh", "u", "u", "u"]
    question = Question(("y",), ("x",), classify=True)
    groups = Groups(Start(question, {"cells": 2, "seed": 1}), shared=False)
    x = rng.normal(size=(len(names), 1))
    losses = []
    for part in groups.step(Rows(1, x, classes, None, (), names)):
        seen = part.evaluation.series.classes
        for t, name in enumerate(part.rows.target[1:], 1):
            known = name in part.rows.target[:t] and part.answers[t - 1].any()
            chance = max(part.answers[t - 1, seen.index(name)], class_scores.LEAST)
            losses += [-np.log(chance)] if known else []
    # Sums of some 40 numbers in another order.
    assert groups.tables()[0][0]["log loss"] == pytest.approx(np.mean(losses), rel=1e-12)


def test_without_learning_no_weight_changes():
    rows, groups = stream(5), start()
    groups.step(rows.part(0, 40))
    before = groups.members[groups.latest].model.state().tensors["network.weights"]
    parts = groups.step(rows.part(40), learning=False)
    for part in parts:
        weights = part.evaluation.model.state().tensors["network.weights"]
        np.testing.assert_array_equal(weights[: len(before)], before)


def test_too_many_groups_and_damaged_files(monkeypatch, tmp_path):
    groups, path = start(), tmp_path / "m"
    groups.step(stream(5))
    save(path, SavedStream(groups, None, group="g"))
    damaged = bytearray(path.read_bytes())
    damaged[-5] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="checksum is not that of what it holds"):
        load(path)
    monkeypatch.setattr(module, "MOST", 2)
    with pytest.raises(InputError, match="more than 2 groups"):
        start().step(stream(5))


def test_rows_with_too_many_groups_are_not_learned_in_part(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    groups = start()
    with pytest.raises(InputError, match="more than 2 groups"):
        groups.step(stream(5))
    assert (groups.members, groups.learned_rows) == ({}, 0)
