"""The latch problems against their definition."""

import math
from itertools import islice

import numpy as np
import pytest
from support.laws import assert_gaussian, assert_share, assert_uniform

from longlag.errors import InputError
from longlag.simd.random import Purpose
from longlag.tasks.latch import Latch, TrainableLatch

# The tests of `drawn` have a fixed seed, so they never fail by chance once they pass; over all
# seeds each would fail with probability below 1e-6 for every assertion.


@pytest.fixture(scope="module", params=[Latch(30, 36), TrainableLatch(30, 36)], ids=str)
def drawn(request):
    """A task, and 4,000 of its sequences with their targets at the end."""
    pairs = islice(request.param.sequences(seed=1996), 4000)
    return request.param, [(x, y[-1, 0]) for x, y in pairs]


def test_lengths_and_classes_are_uniform(drawn):
    task, sequences = drawn
    assert_uniform([len(x) for x, _ in sequences], 30, 7)
    assert_share(sum(y == task.target_1 for _, y in sequences), len(sequences), 0.5)
    assert {y for _, y in sequences} == {task.target_1, task.target_2}


def test_the_first_step_tells_the_class_and_the_others_are_noise(drawn):
    task, sequences = drawn
    for x, y in sequences:
        first = y == task.target_1
        if task.inputs == 1:
            assert x[0] == (1 if first else -1)
        else:
            assert tuple(x[0]) == ((1, 0, 0) if first else (0, 1, 0))
            assert not x[1:, :2].any()
    assert_gaussian(np.concatenate([x[1:, -1] for x, _ in sequences[:1000]]), 0.2)


@pytest.mark.parametrize("task", [Latch(5, 9), TrainableLatch(5, 9)])
def test_the_classes_of_a_test_alternate(task):
    for purpose in (Purpose.EXAM, Purpose.TESTING):
        targets = [y[-1, 0] for _, y in islice(task.sequences(2, purpose=purpose), 6)]
        assert targets == [task.target_1, task.target_2] * 3


def test_the_two_problems_have_the_same_noise():
    for (x, y), (z, _) in islice(
        zip(Latch(9, 12).sequences(4), TrainableLatch(9, 12).sequences(4), strict=True), 5
    ):
        assert np.array_equal(x[1:, 0], z[1:, 2])
        assert (x[0, 0] == 1) == (z[0, 0] == 1) == (y[-1, 0] == 1)


def test_answers_are_judged_by_their_error():
    def correct(task, y, answer):
        largest, _ = type(task).kernel().judge.py_func(task.parameters, [y], [answer])
        return largest < task.tolerance

    assert correct(Latch(), 1.0, 0.91)
    assert not correct(Latch(), 0.0, 0.11)
    assert correct(TrainableLatch(), -0.8, -1.0)
    assert correct(TrainableLatch(), 0.8, 0.1)
    assert not correct(TrainableLatch(), 0.8, -0.1)
    assert not correct(Latch(), 1.0, math.nan)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shortest": 1}, "shortest of latch must be from 2 to 1000000000, got 1"),
        ({"longest": 499}, "longest of latch must be at least 500, got 499"),
        ({"noise_variance": -1}, "noise_variance of latch must be a number in [0, 100]"),
        ({"target_1": math.inf}, "target_1 of latch must be a number"),
        ({"correct_below": 0.0}, "correct_below of latch must be a number in (0, 100]"),
        ({"target_2": 0.9}, "or one answer is right for both; got 1.0, 0.9 and 0.1"),
    ],
)
def test_bad_parameters_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        Latch(**fields)
    assert message in str(caught.value)
