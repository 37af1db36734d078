"""The multiplication problem against brute force in NumPy, draw by draw and in distribution.

Lengths and marks are those of the adding problem, whose tests hold their joint law.
"""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.laws import assert_share, assert_uniform

from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.multiplication import Multiplication


def brute_force(T, generator):
    """The definition word by word, with lists of what is still unmarked."""
    length = list(range(T, T + T // 10 + 1))[int(generator.random() * (T // 10 + 1))]
    first = int(generator.random() * 10)
    unmarked = [pair for pair in range(T // 2 - 1) if pair != first]
    second = unmarked[int(generator.random() * len(unmarked))]
    values = generator.random(length)
    markers = np.zeros(length)
    markers[[first, second]] = 1
    markers[[0, -1]] = -1
    x1 = values[first] if first > 0 else 1.0
    x2 = values[second] if second > 0 else 1.0
    return np.column_stack([values, markers]), x1 * x2


@given(st.integers(22, 400), st.integers(0, 2**32))
def test_sequences_are_those_of_the_definition(T, seed):
    generator = numpy_stream(seed, 2, Purpose.TESTING)
    for x, target in islice(Multiplication(T).sequences(seed, 2, Purpose.TESTING), 20):
        wanted_x, wanted_target = brute_force(T, generator)
        assert np.array_equal(x, wanted_x)
        assert np.isnan(target[:-1]).all()
        assert target[-1, 0] == wanted_target  # a product has the same bits in either order


def test_sequences_tell_their_target():
    """The seed is fixed; over all seeds each assertion would fail with probability below 1e-6."""
    task = Multiplication(100)
    drawn = list(islice(task.sequences(seed=1997), 20_000))
    rare = 0
    for x, target in drawn:
        marks = np.flatnonzero(x[:, 1] == 1)
        assert x[0, 1] == x[-1, 1] == -1
        assert target[-1, 0] == np.prod(x[marks, 0])
        assert task.relevant(x) == tuple(marks)
        assert len(x) - 1 - marks[-1] >= task.minimal_lag == 50
        rare += len(marks) == 1
    # The first pair is marked first with probability 1/10, or second with 9/10 of 1/48.
    assert_share(rare, len(drawn), 1 / 10 + 9 / 10 / 48)
    assert_uniform([len(x) for x, _ in drawn], 100, 11)
    values = np.concatenate([x[:, 0] for x, _ in drawn])
    assert values.min() >= 0
    assert values.max() < 1
    assert_uniform(np.floor(values * 100).astype(int), 0, 100)


def test_answers_are_right_within_the_tolerance():
    task = Multiplication()
    judge = Multiplication.kernel().judge.py_func
    for answer, right in ((0.5, True), (0.539, True), (0.541, False), (0.459, False), (2.0, False)):
        largest, mean = judge(task.parameters, [0.5], [answer])
        assert (largest < task.tolerance) == right
        assert mean == largest


@pytest.mark.parametrize(
    ("T", "message"),
    [
        (21, "T of multiplication must be from 22 to 1000000000, got 21"),
        (100.0, "must be a whole number from 22 to 1000000000, got 100.0"),
    ],
)
def test_bad_lengths_are_refused(T, message):
    with pytest.raises(InputError) as caught:
        Multiplication(T)
    assert message in str(caught.value)
