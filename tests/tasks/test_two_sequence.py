"""The two-sequence problem against brute force in NumPy, draw by draw and in distribution."""

import math
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lane_sequences import first_sequences
from support.laws import assert_gaussian, assert_share, assert_uniform

from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.two_sequence import TwoSequence

A = TwoSequence()
B = TwoSequence(signal_variance=0.2)
C = TwoSequence(target_1=0.2, target_2=0.8, target_variance=0.1, correct_below=0.1)


def gauss(generator, n, variance):
    u, v = generator.random((n, 2)).T
    return math.sqrt(variance) * np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)


def brute_force(task, generator):
    """The definition word by word: inputs, target without noise, target to learn from."""
    lengths = range(task.T, task.T + task.T // 10 + 1)
    length = lengths[int(generator.random() * len(lengths))]
    signal, clean = ((1.0, task.target_1), (-1.0, task.target_2))[int(generator.random() * 2)]
    noisy = clean + gauss(generator, 1, task.target_variance)[0]
    noise = gauss(generator, length, 1.0)
    head = signal + math.sqrt(task.signal_variance) * noise[: task.N]
    return np.append(head, math.sqrt(0.2) * noise[task.N :]), clean, noisy


@given(st.integers(2, 300), st.data())
def test_sequences_are_those_of_the_definition(T, data):
    N = data.draw(st.integers(1, min(T - 1, 20)))
    variances = data.draw(st.tuples(st.floats(0, 2), st.floats(0, 2)))
    seed = data.draw(st.integers(0, 2**32))
    task = TwoSequence(T, N, variances[0], -0.8, 0.8, variances[1])
    generator = numpy_stream(seed, 2, Purpose.TESTING)
    for x, target in islice(task.sequences(seed, 2, Purpose.TESTING), 10):
        wanted, _, noisy = brute_force(task, generator)
        assert x.shape == (len(wanted), 1)
        # Gaussian numbers are within 1e-10 of NumPy's, here times a deviation of at most sqrt(2).
        assert np.max(np.abs(x[:, 0] - wanted)) < 2e-10
        assert np.isnan(target[:-1]).all()
        assert abs(target[-1, 0] - noisy) < 2e-10


# The tests of `many` have a fixed seed, so they never fail by chance once they pass; over all
# seeds each would fail with probability below 1e-6 for every assertion.


@pytest.fixture(scope="module", params=[A, B, C], ids="abc")
def many(request):
    """A task, and the inputs and targets of 5,000 of its sequences."""
    drawn = list(islice(request.param.sequences(seed=1997), 5000))
    return request.param, [x[:, 0] for x, _ in drawn], np.array([y[-1, 0] for _, y in drawn])


def test_lengths_are_uniform(many):
    assert_uniform([len(x) for x in many[1]], 100, 11)


def test_the_first_elements_carry_the_class(many):
    task, xs, targets = many
    heads = np.array([x[: task.N] for x in xs])
    if task.signal_variance == 0:
        assert np.isin(heads, (-1, 1)).all()
        assert (heads == heads[:, :1]).all()
        signals = heads[:, 0]
    else:
        signals = np.where(targets == task.target_1, 1, -1)
        assert_gaussian(heads - signals[:, None], task.signal_variance)
    assert_share(np.sum(signals > 0), len(xs), 0.5)
    errors = targets - np.where(signals > 0, task.target_1, task.target_2)
    if task.target_variance == 0:
        assert not errors.any()
    else:
        assert_gaussian(errors, task.target_variance)


def test_all_other_elements_are_noise(many):
    task, xs, _ = many
    assert_gaussian(np.concatenate([x[task.N :] for x in xs[:2000]]), 0.2)


def test_experiments_differ_in_the_noise_alone():
    """Of one seed, 3a, 3b and 3c have the same lengths, classes and noise after the signal."""
    for (a, _), (b, _), (c, _) in islice(
        zip(*(task.sequences(4) for task in (A, B, C)), strict=True), 20
    ):
        assert np.array_equal(a, c)
        assert np.array_equal(a[3:], b[3:])
        assert not np.array_equal(a[:3], b[:3])


def test_the_judge_is_told_the_target_without_noise():
    for x, y in first_sequences(C, seed=6):
        noisy, clean = y[-1]
        assert clean == (0.2 if x[0, 0] > 0 else 0.8)
        assert noisy != clean


def test_answers_are_judged_by_the_target_without_noise():
    judge = TwoSequence.kernel().judge.py_func

    def correct(task, noisy, clean, answer):
        largest, mean = judge(task.parameters, [noisy, clean], [answer])
        assert mean == largest or math.isnan(answer)
        return largest < task.tolerance

    assert correct(A, 1.0, 1.0, 0.81)
    assert not correct(A, 1.0, 1.0, 0.79)
    assert correct(A, 0.0, 0.0, 0.19)
    assert not correct(A, 0.0, 0.0, 1.0)
    assert correct(C, 1.4, 0.8, 0.75)
    assert not correct(C, 1.4, 0.8, 1.4)
    assert not correct(C, 0.2, 0.2, 0.31)
    assert not correct(A, 0.0, 0.0, math.nan)


def test_the_lag_begins_at_the_last_element_that_informs():
    assert TwoSequence(T=1000, N=1).minimal_lag == 999
    assert A.minimal_lag == 97
    x, _ = next(A.sequences(1))
    assert A.relevant(x) == (0, 1, 2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"T": 1}, "T of two-sequence must be from 2 to 1000000000, got 1"),
        ({"T": 1e3}, "must be a whole number"),
        ({"N": 0}, "N of two-sequence must be at least 1, got 0"),
        ({"N": 100}, "N of two-sequence must be from 1 to 99, got 100"),
        ({"signal_variance": -0.1}, "signal_variance of two-sequence must be"),
        ({"target_variance": math.nan}, "target_variance of two-sequence must be"),
        ({"target_1": math.inf}, "target_1 of two-sequence must be"),
        ({"target_2": "0"}, "got '0'"),
        ({"correct_below": 0.0}, "correct_below of two-sequence must be"),
        ({"target_1": 0.3}, "or one answer is right for both; got 0.3, 0.0 and 0.2"),
    ],
)
def test_bad_parameters_are_refused(fields, message):
    with pytest.raises(InputError) as caught:
        TwoSequence(**fields)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
