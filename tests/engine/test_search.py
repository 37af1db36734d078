"""The driver of search learners against a trial in plain Python, and its bits."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from support import studies

from longlag.errors import InputError
from longlag.experiments.population import Job, Population
from longlag.experiments.stop import Recent, TrainingSet
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.guessing import Guessing
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks import tasks
from longlag.tasks.latch import Latch

#: One unit that sees the input and itself. All trials below run in the driver compiled for it.
UNIT = Guessing(1, 1, hidden=0, biased=("outputs",), squashing="tanh")
#: Without noise: see `test_the_number_of_guesses_is_as_expected`.
QUIET = Latch(20, 24, noise_variance=0.0, target_2=-1.0)
EASY = Conditions(QUIET, UNIT, TrainingSet(12), cap=10_000, test=30, dtype="float64", seed=8)
NOISY = replace(EASY, task=Latch(20, 50, 0.3, target_2=-1.0))


def run(conditions, count, **options):
    return studies.run(conditions, count, workers=1, **({"lanes": 4} | options))


def answer(weights, x):
    """The unit's answer at the end of a sequence."""
    y = 0.0
    for number in x[:, 0]:
        y = np.tanh(weights[0] * number + weights[1] * y + weights[2])
    return y


def by_hand(conditions, trial):
    """Guesses, sequences, steps, weights, and what became of it."""
    c = conditions
    chosen = list(islice(c.task.sequences(c.seed, trial, Purpose.EXAM), c.stop.sequences))
    generator = numpy_stream(c.seed, trial, Purpose.WEIGHTS)
    sequences = steps = 0
    for guess in range(1, c.cap + 1):
        weights = 100.0 * (2.0 * generator.random(3) - 1.0)
        for x, target in chosen:
            sequences, steps = sequences + 1, steps + len(x)
            if not abs(answer(weights, x) - target[-1, 0]) < c.task.tolerance:
                break
        else:
            return guess, sequences, steps, weights, Status.SOLVED
    return c.cap, sequences, steps, weights, Status.CAP


@pytest.mark.parametrize("conditions", [NOISY, replace(NOISY, cap=7)], ids=["solved", "cap"])
def test_a_trial_is_that_of_plain_python(conditions):
    records = run(conditions, 6)
    seen = set()
    for trial, record in enumerate(records):
        guesses, sequences, steps, weights, status = by_hand(conditions, trial)
        assert (record.guesses, record.status) == (guesses, status)
        assert (record.sequences, record.steps) == (sequences, steps)
        assert np.array_equal(UNIT.layout.view(record.column, "weights"), weights)
        seen.add(status)
        if status is Status.SOLVED:
            tests = conditions.task.sequences(conditions.seed, trial, Purpose.TESTING)
            errors = np.array(
                [abs(answer(weights, x) - y[-1, 0]) for x, y in islice(tests, conditions.test)]
            )
            assert record.tested == conditions.test
            assert record.wrong == (errors >= conditions.task.tolerance).sum()
            # tanh differs by rounding, and a unit that latches forgets such differences.
            assert record.test_error == pytest.approx(errors.mean(), rel=0, abs=1e-12)
        else:
            assert (record.tested, record.wrong, record.test_error) == (0, None, None)
    assert conditions.cap == 7 or seen == {Status.SOLVED}
    assert conditions.cap > 7 or Status.CAP in seen


def test_the_number_of_guesses_is_as_expected():
    """A unit latches without noise where both its input and own weight exceed the bias.

    For a bias of b % of the range and weights above it, that is with the probability
    ((1 - b) / 2)^2, on average over b 1/12. For the answers to come within 0.1 of 1, the own weight
    must exceed the bias by 1.5, of 100: less by 0.002.
    """
    records = run(EASY, 300)
    share = 1 / 12 - 0.002
    needed = sum(record.guesses for record in records)
    deviation = np.sqrt(len(records) * (1 - share)) / share
    # 5 standard deviations of 300 geometric numbers: by chance with probability below 1e-5.
    assert abs(needed - len(records) / share) < 5 * deviation
    # A unit that passes by 12 sequences without noise, of both classes, knows them all.
    assert sum(record.wrong for record in records) == 0


def test_bits_do_not_depend_on_lanes_and_company():
    alone = [studies.bits(record) for record in run(NOISY, 5, lanes=1)]
    assert alone == [studies.bits(record) for record in run(NOISY, 5)]
    mixed = [
        (TrialKey("easy", "only", "only", i), EASY if i > 4 else NOISY) for i in reversed(range(9))
    ]
    beside = Study(mixed, workers=2, lanes=4).run(every=0.001)
    assert alone == [studies.bits(record) for record in reversed(beside) if record.key.trial < 5]


def test_a_trial_resumes_to_the_bit(tmp_path):
    conditions = replace(NOISY, cap=400, task=Latch(20, 50, 5.0, target_2=-1.0))  # never solved
    expected = run(conditions, 4)
    assert all(record.guesses == 400 for record in expected)
    jobs = [Job(record.key, conditions) for record in expected]
    records, slices = [], 0
    while jobs:  # a new population for every slice of some chunks
        population = Population(conditions, 4)
        for job in jobs:
            population.load(job)
        records += [ended.record for ended in population.advance(0.0005)]
        assert all(each.to_success >= 1 and not each.testing for each in population.running())
        jobs, slices = population.checkpoints(), slices + 1
    assert slices > 3
    records.sort(key=lambda record: record.key.trial)
    assert list(map(studies.bits, records)) == list(map(studies.bits, expected))
    with Store(tmp_path / "kept.longlag") as store:
        for record in records:
            store.save(record)
        assert [record.guesses for record in store.records()] == [400] * 4
        assert studies.bits(store.records()[1]) == studies.bits(expected[1])


def test_the_stop_rule_goes_with_the_learner():
    with pytest.raises(InputError, match="guessing needs the stop rule training-set, got recent"):
        replace(EASY, stop=Recent())
    with pytest.raises(
        InputError, match="lstm needs the stop rule recent or exam or growing-set, got training"
    ):
        replace(studies.easy(), stop=TrainingSet())
    with pytest.raises(InputError, match="sequences of training-set must be from 1"):
        TrainingSet(0)


@pytest.mark.slow  # compiles a driver for every task
@pytest.mark.parametrize("name", tasks())
def test_every_task_can_be_guessed_at(name):
    task = tasks()[name]()
    learner = Guessing(task.inputs, task.outputs, coding=task.coding)
    conditions = Conditions(task, learner, TrainingSet(5), 4, test=2, dtype="float32", seed=1)
    for record in run(conditions, 2):
        assert record.guesses is not None
        assert 1 <= record.guesses <= 4
        assert record.sequences >= record.guesses
        assert record.steps >= record.sequences
        assert record.status is (Status.SOLVED if record.tested else Status.CAP)
