"""The training of one network of a user's model: what is counted, and how it ends and resumes."""

import json
from itertools import islice

import numpy as np
import pytest
import torch
from support.user_model import SUM

from longlag.errors import InputError
from longlag.experiments.conditions import build, to_tables
from longlag.experiments.ladder import families
from longlag.experiments.module import Module
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey
from longlag.simd.random import Purpose, stream_state
from longlag.tasks.adding import Adding
from longlag.torch.contender import Contender
from longlag.torch.training import Training


def test_an_exam_does_not_depend_on_what_was_seen_of_those_before():
    task = Adding(T=22)
    first, second = islice(task.exams(3, 1), 2)
    words = np.random.SFC64(0)
    words.state = words.state | {
        "state": {"state": stream_state(3, 1, Purpose.EXAM)},
    }
    state = np.array([*words.random_raw(3), 1], np.uint64)
    words.state = words.state | {"state": {"state": state}}
    words.random_raw(12)  # as NumPy does when it seeds a stream
    drawn = np.random.Generator(words)
    length = 22 + int(drawn.random() * 3)
    x, _ = next(second)
    assert len(x) == length
    assert next(first)[0].tobytes() == next(task.sequences(3, 1, Purpose.EXAM))[0].tobytes()


def training(path, checkpoint=None, cap=3000, trial=0):
    contender = Contender.of_file(path)
    conditions = contender.conditions(families()["trainable-latch"], 5, cap=cap, seed=1)["own"]
    return Training(
        contender, TrialKey("judge", "latch, lag 5", "x", trial), conditions, checkpoint
    )


def test_training_counts_and_tests(summing):
    summing.write_text(SUM.replace("0.02", "0.003"))
    record = training(summing).run(lambda: False)
    assert record is not None
    assert record.status is Status.SOLVED
    assert record.sequences % 500 == 0
    assert (record.tested, record.wrong) == (256, 0)
    assert record.steps > 6 * record.sequences
    assert record.curve[-1, 0] == record.sequences
    assert record.curve[-1, 1] < record.curve[0, 1]
    assert record.column.shape == (record.conditions.learner.weights,)
    assert record.memory is None or record.memory > 2**20


def test_an_interrupted_training_ends_in_the_same_bits(summing):
    summing.write_text(SUM.replace("0.02", "0.0001"))
    whole = training(summing, cap=1010).run(lambda: False)
    checkpoint = None
    for batches in (0, 3, 30):
        part = training(summing, checkpoint, cap=1010)
        count = iter(range(batches, -1, -1))
        assert part.run(lambda count=count: not next(count)) is None
        checkpoint = part.save()
    resumed = training(summing, checkpoint, cap=1010).run(lambda: False)
    assert whole is not None
    assert resumed is not None
    assert whole.sequences == resumed.sequences
    assert whole.status is resumed.status
    assert whole.column.tobytes() == resumed.column.tobytes()
    assert whole.curve.tobytes() == resumed.curve.tobytes()


def test_the_cap_ends_a_training_and_an_exam_that_is_due_comes_first(summing):
    summing.write_text(SUM.replace("0.02", "0.0"))
    record = training(summing, cap=510).run(lambda: False)
    assert record is not None
    assert (record.status, record.sequences, record.wrong) == (Status.CAP, 510, None)


def test_weights_that_run_away_are_an_outcome_and_not_an_error(summing):
    summing.write_text(
        "clip = None\n" + SUM.replace("Adam(parameters, lr=0.02)", "SGD(parameters, lr=1e30)")
    )
    record = training(summing).run(lambda: False)
    assert record is not None
    assert record.status is Status.DIVERGED


def test_answers_that_are_not_finite_at_once_are_an_outcome_too(summing, tmp_path):
    summing.write_text(SUM.replace("x.cumsum(1))", "x.cumsum(1)) / (x.shape[1] < 6)"))
    record = training(summing).run(lambda: False)
    assert record is not None
    assert (record.status, record.sequences) == (Status.DIVERGED, 0)
    with Store(tmp_path / "store") as store:
        store.save(record)
        (known,) = store.records()
    assert known.status is Status.DIVERGED
    assert known.curve.shape == (0, 3)


def test_half_precision_is_judged_by_whole_numbers(summing):
    summing.write_text(SUM.replace("Sum(inputs, outputs)\n", "Sum(inputs, outputs).bfloat16()\n"))
    begun = training(summing)
    x, target, _ = begun._batch(iter([(np.full((6, 3), 0.3), np.full((6, 1), 0.503))]), 1)
    assert x.dtype == torch.bfloat16
    verdict = begun._judge(torch.full((1, 6, 1), 0.5, dtype=torch.bfloat16), target)
    assert verdict.errors.item() == pytest.approx(0.003, rel=1e-5)  # 0.503 is 0.5039 as bfloat16
    assert begun._learn()


def test_conditions_are_stored_as_those_of_a_learner(summing):
    conditions = training(summing).conditions
    assert build(json.loads(json.dumps(to_tables(conditions)))) == conditions
    assert isinstance(conditions.learner, Module)
    with pytest.raises(InputError, match="longlag judge trains it"):
        Study([(TrialKey("x", "", "", 0), conditions)]).run()
