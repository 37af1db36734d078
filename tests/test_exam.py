"""The stop rule of exams: what it asks, and that it leaves training as it would have been."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import studies

from longlag.errors import InputError
from longlag.experiments.stop import Exam, Recent
from longlag.experiments.trial import Status
from longlag.kernels.random import Purpose
from longlag.network import Network

#: Never passed.
HOPELESS = Exam(every=70, sequences=30, wrong_below=1, average_below=1e-9)
#: Passed by whoever answers half of the sequences.
EASY = Exam(every=500, sequences=100, wrong_below=50)
#: The window of the one rule is that of the other, so both run in one driver.
NEVER = Recent(window=Exam.window, wrong_below=1, average_below=1e-9)

CAP = 1000


@pytest.fixture(scope="module")
def solved():
    return studies.run(replace(studies.easy(), stop=EASY), 6, workers=1, lanes=4)


def test_exams_leave_training_as_it_would_have_been():
    untested = studies.run(replace(studies.easy(cap=CAP), stop=NEVER), 4, workers=1, lanes=4)
    examined = studies.run(replace(studies.easy(cap=CAP), stop=HOPELESS), 4, workers=1, lanes=4)
    for ours, plain in zip(examined, untested, strict=True):
        assert (ours.sequences, ours.steps) == (plain.sequences, plain.steps)
        assert np.array_equal(ours.curve, plain.curve)
        weights = ours.conditions.learner.layout.size("weights")  # the states are of later steps
        assert np.array_equal(ours.column[:weights], plain.column[:weights])
    assert all(record.status is Status.CAP for record in examined)
    assert all(record.wrong is None for record in examined)  # of the exam, not of a test


def test_trials_are_solved_after_an_exam(solved):
    for record in solved:
        assert record.status is Status.SOLVED
        assert record.sequences % EASY.every == 0
        assert record.tested == 100


def test_the_first_exam_is_on_the_first_sequences_of_its_stream(solved):
    first = [record for record in solved if record.sequences == EASY.every]
    later = [record for record in solved if record.sequences > EASY.every]
    assert later, "choose conditions that some trials meet later than others"
    early = studies.run(replace(studies.easy(cap=EASY.every), stop=EASY), 6, workers=1, lanes=4)
    for record in early:
        c = record.conditions
        network = Network.from_column(c.learner, record.column)
        wrong = sum(
            not abs(network.predict(x)[-1, 0] - target[-1, 0]) < c.task.tolerance
            for x, target in islice(c.task.sequences(c.seed, record.key.trial, Purpose.EXAM), 100)
        )
        assert (record.status is Status.SOLVED) == (wrong < EASY.wrong_below)
    assert sum(record.status is Status.SOLVED for record in early) == len(first)


def test_the_average_counts():
    strict = replace(EASY, wrong_below=100, average_below=1e-9)
    records = studies.run(replace(studies.easy(cap=CAP), stop=strict), 4, workers=1, lanes=4)
    assert all(record.status is Status.CAP for record in records)
    lenient = replace(strict, average_below=1e9)
    records = studies.run(replace(studies.easy(cap=CAP), stop=lenient), 4, workers=1, lanes=4)
    assert all(record.sequences == EASY.every for record in records)


def test_bits_do_not_depend_on_interruptions(solved):
    from longlag.experiments.population import Job, Population

    key, conditions = studies.trials(replace(studies.easy(), stop=EASY), 6)[4]
    job, records = Job(key, conditions), []
    while not records:  # a new population for every few chunks
        population = Population(conditions, 4)
        population.load(job)
        records = population.advance(0.0) or population.advance(0.0)
        if not records:
            (job,) = population.checkpoints()
    assert studies.bits(records[0]) == studies.bits(solved[4])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"every": 0}, "every of the stop rule must be"),
        ({"sequences": 0}, "sequences of the stop rule must be"),
        ({"wrong_below": 257}, "wrong_below of the stop rule must be"),
        ({"average_below": 0.0}, "average_below of the stop rule must be"),
        ({"average_below": np.nan}, "average_below of the stop rule must be"),
    ],
)
def test_wrong_numbers_are_refused(bad, message):
    with pytest.raises(InputError, match=message):
        Exam(**bad)
