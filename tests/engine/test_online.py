"""The driver against a trial in plain Python: the reference network, the task, the stop rule."""

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pytest
from support import studies

from longlag.compiled.interpreting import Records
from longlag.engine import online
from longlag.experiments.population import Job, Population
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.rules import GradientDescent
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.adding import Adding

# The driver and the reference differ by rounding alone, about 1e-16 at each step. Learning enlarges
# such differences; over the some 800 sequences of these trials they were measured to stay below
# 1e-12. A forgotten term, or a sequence too many, shows at 1e-4 and above.
TOLERANCE = 1e-10


@dataclass
class ByHand:
    """What a trial comes to when nothing is fast."""

    status: Status
    errors: np.ndarray  #: of each training sequence
    wrong: np.ndarray  #: whether each was answered incorrectly
    steps: int
    network: ReferenceLSTM


def answer(network: ReferenceLSTM, x: np.ndarray) -> np.ndarray:
    """The answer at the end of a sequence."""
    network.reset()
    for step in x:
        network.step(step)
    return network.answer()


def by_hand(conditions: Conditions, trial: int) -> ByHand:
    """A trial of a task with a target at the end, from the words of its conditions."""
    learner, stop = conditions.learner, conditions.stop
    assert isinstance(learner, LSTM)
    network = ReferenceLSTM(learner)
    network.load(learner.start(numpy_stream(conditions.seed, trial, Purpose.WEIGHTS)))
    errors, steps, status = [], 0, Status.CAP
    for x, target in islice(conditions.task.sequences(conditions.seed, trial), conditions.cap):
        errors.append(abs(target[-1] - answer(network, x)).item())
        network.learn(target[-1])
        network.finish()
        steps += len(x)
        last = np.array(errors[-stop.window :])
        few_wrong = (last >= conditions.task.tolerance).sum() < stop.wrong_below
        if len(last) == stop.window and few_wrong and last.mean() < stop.average_below:
            status = Status.SOLVED
            break
    wrong = np.array(errors) >= conditions.task.tolerance
    return ByHand(status, np.array(errors), wrong, steps, network)


def curve(errors: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Means over stretches of equal length, a power of 2, so that fewer than CURVE are full."""
    stretch = 1
    while len(errors) // stretch >= online.CURVE:
        stretch *= 2
    points = []
    for first in range(0, len(errors), stretch):
        part = slice(first, first + stretch)
        points.append((min(part.stop, len(errors)), errors[part].mean(), wrong[part].mean()))
    return np.array(points)


@pytest.mark.parametrize("trial", [0, 1])
def test_a_solved_trial_is_that_of_the_reference(trial):
    conditions = studies.easy(dtype="float64")
    expected = by_hand(conditions, trial)
    record = studies.run(conditions, 4, workers=1)[trial]
    assert record.status is expected.status is Status.SOLVED
    assert record.sequences == len(expected.errors)
    assert record.steps == expected.steps
    weights = conditions.learner.layout.view(record.column, "weights")
    np.testing.assert_allclose(weights, expected.network.weights(), rtol=0, atol=TOLERANCE)
    # More sequences than points: the curve was thinned on the way.
    assert record.sequences > 2 * online.CURVE > 2 * len(record.curve)
    np.testing.assert_allclose(
        record.curve, curve(expected.errors, expected.wrong), rtol=0, atol=TOLERANCE
    )

    tests = conditions.task.sequences(conditions.seed, trial, Purpose.TESTING)
    errors = np.array(
        [
            abs(target[-1] - answer(expected.network, x)).item()
            for x, target in islice(tests, conditions.test)
        ]
    )
    assert record.tested == conditions.test
    assert record.wrong == (errors >= conditions.task.tolerance).sum()
    assert record.test_error == pytest.approx(errors.mean(), rel=0, abs=TOLERANCE)


def test_a_cap_is_reached_exactly():
    # 137 sequences: fewer than the points of a curve, which is then not thinned, and a number that
    # no chunk of steps ends at.
    conditions = studies.endless(137, dtype="float64")
    expected = by_hand(conditions, 2)
    record = studies.run(conditions, 4, workers=1)[2]
    assert record.status is expected.status is Status.CAP
    assert record.sequences == 137
    lengths = [len(x) for x, _ in islice(conditions.task.sequences(conditions.seed, 2), 137)]
    assert record.steps == sum(lengths)
    assert (record.wrong, record.tested, record.test_error) == (None, 0, None)
    np.testing.assert_array_equal(record.curve[:, 0], np.arange(1, 138))
    np.testing.assert_allclose(
        record.curve, curve(expected.errors, expected.wrong), rtol=0, atol=TOLERANCE
    )
    weights = conditions.learner.layout.view(record.column, "weights")
    np.testing.assert_allclose(weights, expected.network.weights(), rtol=0, atol=TOLERANCE)


def test_a_window_as_long_as_the_cap():
    """The rule can be met by the last sequence that the cap allows, and not before it."""
    stop = replace(studies.EASY, window=30, wrong_below=30, average_below=float("inf"))
    at_cap = replace(studies.easy(cap=30, dtype="float64"), stop=stop)
    solved = studies.run(at_cap, 4, workers=1)
    assert {(record.status, record.sequences) for record in solved} == {(Status.SOLVED, 30)}
    capped = studies.run(replace(at_cap, cap=29), 4, workers=1)
    assert {(record.status, record.sequences) for record in capped} == {(Status.CAP, 29)}


def test_updates_per_sequence_are_updates_per_step_where_only_the_end_has_a_target():
    conditions = studies.easy(dtype="float64")
    assert isinstance(conditions.learner, LSTM)
    per_sequence = replace(conditions, learner=replace(conditions.learner, update="sequence"))
    for a, b in zip(
        studies.run(conditions, 4, workers=1), studies.run(per_sequence, 4, workers=1), strict=True
    ):
        networks = [each.conditions.learner.layout.view(each.column, "weights") for each in (a, b)]
        np.testing.assert_array_equal(*networks)
        np.testing.assert_array_equal(a.curve, b.curve)
        for name in ("status", "sequences", "steps", "wrong", "test_error"):
            assert getattr(a, name) == getattr(b, name)


def plain(rate: float) -> Conditions:
    """A trial by gradient descent, 600 sequences long unless it diverges."""
    learner = LSTM(2, 1, output="linear", rule=GradientDescent(rate))
    return Conditions(Adding(24), learner, studies.STRICT, 600, test=1, dtype="float32", seed=3)


def test_a_diverged_network_ends_alone():
    sane, wild = plain(0.1), plain(1e6)
    names = [TrialKey("rates", "only", "only", i) for i in range(4)]
    alone = Study([(name, sane) for name in names], workers=1).run(every=0.001)
    rates = [sane, wild, sane, wild]
    beside = Study(list(zip(names, rates, strict=True)), workers=1).run(every=0.001)
    for i, (a, b) in enumerate(zip(alone, beside, strict=True)):
        if i % 2 == 0:
            assert studies.bits(a) == studies.bits(b)
            assert a.status is Status.CAP
            continue
        assert b.status is Status.DIVERGED
        assert "lower the learning rate" in b.status.message
        assert b.sequences < 600
        assert not np.isfinite(b.curve[-1, 1])
        assert np.isfinite(b.curve[:-1]).all()
        lengths = [len(x) for x, _ in islice(wild.task.sequences(wild.seed, i), b.sequences)]
        assert b.steps == sum(lengths)
        assert (b.wrong, b.tested) == (None, 0)


def test_a_lane_takes_trial_after_trial():
    """One after another through a lane whose neighbours stay: nothing of a trial is left behind."""
    expected = studies.run(studies.easy(), 6, workers=1)
    population = Population(studies.easy(), 4)
    others = [Job(TrialKey("others", "", "", i), studies.endless(10**9)) for i in (7, 8, 9)]
    for job in others:
        population.load(job)
    for record in expected:
        population.load(Job(record.key, record.conditions))
        assert population.live == 4
        records = []
        while not records:
            records = population.advance(0.01)
        assert [studies.bits(each.record) for each in records] == [studies.bits(record)]
        assert population.live == 3
    assert {job.key for job in population.unload(4)} == {job.key for job in others}
    assert population.live == 0
    assert population.running() == []


def test_standings_of_running_trials():
    conditions = studies.endless(10**9, dtype="float64")
    population = Population(conditions, 4)
    population.load(Job(TrialKey("easy", "only", "only", 0), conditions))
    standing = population.running()[0]
    while not standing.sequences:
        population.advance(0.0)  # as little as possible
        (standing,) = population.running()
    sequences, steps = standing.sequences, standing.steps
    lengths = [len(x) for x, _ in islice(conditions.task.sequences(3, 0), sequences + 1)]
    assert sum(lengths[:-1]) <= steps < sum(lengths)
    assert not standing.testing
    assert standing.conditions is conditions
    seen = by_hand(replace(conditions, cap=sequences), 0)
    # 1e-6: the window of the stop rule keeps its errors in float32.
    assert standing.error == pytest.approx(seen.errors.mean(), rel=1e-6)


@pytest.mark.parametrize("wild", [1e5, 1e9, 1e12, 1e20, 1e30])
def test_one_wild_error_does_not_falsify_the_mean_of_the_others(wild):
    """Of which a sum with it has lost the digits: the mean is above its limit all the time."""
    window = 100
    lane = Records(np.zeros(1, online.LANE))[0]
    lane.stretch, lane.cap, lane.due = 1, 10**6, -1
    lane.tolerance, lane.wrong_below, lane.average_below = 0.3, window, 0.05
    recent, bad = np.zeros(window, np.float32), np.zeros(window, bool)
    curve = np.zeros((online.CURVE, 2))
    for n in range(5 * window):
        lane.error, lane.targets = wild if n == 150 else 0.2, 1
        lane.largest = lane.error
        assert online._train_sequence_over(lane, recent, bad, curve)
    assert lane.recent_error == pytest.approx(0.2 * window, rel=1e-6)
