"""Parity against its definition."""

import math
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from support.laws import assert_share, assert_uniform

from longlag.errors import InputError
from longlag.simd.random import Purpose
from longlag.tasks.parity import Parity


@pytest.mark.parametrize("purpose", [Purpose.TRAINING, Purpose.EXAM])
@pytest.mark.parametrize("task", [Parity(1, 9), Parity(6, 40, noise=0.2)], ids=str)
def test_the_target_is_the_parity(task, purpose):
    for i, (x, y) in enumerate(islice(task.sequences(3, purpose=purpose), 200)):
        odd = np.sum(x > 0) % 2
        assert y[-1, 0] == odd
        assert np.isnan(y[:-1]).all()
        assert task.shortest <= len(x) <= task.longest
        if purpose is Purpose.EXAM:
            assert odd == (i + 1) % 2


# A fixed seed, so these never fail by chance once they pass; over all seeds each assertion would
# fail with probability below 1e-6.


def test_strings_are_uniform():
    """The last element follows from the parity, which changes nothing: all strings are alike."""
    sequences = [tuple(x[:, 0]) for x, _ in islice(Parity(4, 5).sequences(seed=7), 16_000)]
    short = [sum((bit > 0) << k for k, bit in enumerate(s)) for s in sequences if len(s) == 4]
    assert_share(len(short), len(sequences), 0.5)
    assert_uniform(short, 0, 16)
    assert set(Counter(v for s in sequences for v in s)) == {-1.0, 1.0}


def test_noise_is_uniform_and_as_large_as_said():
    sequences = islice(Parity(50, 50, noise=0.2).sequences(seed=7), 400)
    noise = np.concatenate([np.abs(x[:, 0]) - 1 for x, _ in sequences])
    assert np.abs(noise).max() <= 0.2
    assert_uniform(np.floor((noise + 0.2) / 0.4 * 20).astype(int), 0, 20)


def test_answers_are_judged_by_their_error():
    judge, task = Parity.kernel().judge.py_func, Parity()
    for y, answer, right in ((1.0, 0.91, True), (1.0, 0.89, False), (0.0, math.nan, False)):
        assert (judge(task.parameters, [y], [answer])[0] < task.tolerance) == right


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shortest": 0}, "shortest of parity must be from 1 to 1000000000, got 0"),
        ({"longest": 10}, "longest of parity must be at least 500, got 10"),
        ({"noise": -0.1}, "noise of parity must be a number in [0, 100], got -0.1"),
        ({"correct_below": 0.6}, "apart, or one answer is right for both; got 1.0, 0.0 and 0.6"),
        ({"correct_below": 2.0}, "correct_below of parity must be a number in (0, 1], got 2.0"),
        ({"even": 0.5}, "even of parity must be a number in [-1, 0], got 0.5"),
    ],
)
def test_bad_parameters_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        Parity(**fields)
    assert message in str(caught.value)
