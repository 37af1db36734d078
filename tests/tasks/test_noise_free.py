"""Experiments 2a, 2b and 2c against their definitions, and their judges on answers made by hand."""

import math
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from longlag.errors import InputError
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.noise_free import Distractors, NoiseFree, NoiseFreeRandom

SEEDS = st.integers(0, 2**32)


def whole_sequence(x, target):
    """What is read and, at the end, predicted."""
    return [*x[:, 0].astype(int).tolist(), int(target[-1].argmax())]


def assert_next_symbols(x, target):
    """The target at every step is the next symbol, one-hot."""
    wanted = np.eye(target.shape[1])
    np.testing.assert_array_equal(target[:-1], wanted[x[1:, 0].astype(int)])
    np.testing.assert_array_equal(target[-1], wanted[target[-1].argmax()])


@given(st.integers(2, 120), SEEDS)
def test_2a_has_two_sequences(p, seed):
    generator = numpy_stream(seed, 0, Purpose.TRAINING)
    for x, target in islice(NoiseFree(p).sequences(seed), 10):
        kept = [p - 1, p][int(generator.random() * 2)]
        assert whole_sequence(x, target) == [kept, *range(p - 1), kept]
        assert_next_symbols(x, target)


def test_2a_is_tested_on_both_in_turn():
    tested = islice(NoiseFree(4).sequences(seed=7, purpose=Purpose.TESTING), 4)
    assert [whole_sequence(*sequence) for sequence in tested] == 2 * [
        [3, 0, 1, 2, 3],
        [4, 0, 1, 2, 4],
    ]


@given(st.integers(2, 120), SEEDS)
def test_2b_draws_the_symbols_between(p, seed):
    generator = numpy_stream(seed, 0, Purpose.TESTING)
    for x, target in islice(NoiseFreeRandom(p).sequences(seed, purpose=Purpose.TESTING), 10):
        kept = [p - 1, p][int(generator.random() * 2)]
        between = [int(generator.random() * (p - 1)) for _ in range(p - 1)]
        assert whole_sequence(x, target) == [kept, *between, kept]
        assert_next_symbols(x, target)


def test_2b_with_errors_at_the_end_alone_is_the_same_but_for_its_targets():
    both = zip(
        NoiseFreeRandom(10).sequences(3), NoiseFreeRandom(10, error="end").sequences(3), strict=True
    )
    for (x, target), (x_end, target_end) in islice(both, 5):
        np.testing.assert_array_equal(x, x_end)
        np.testing.assert_array_equal(target[-1], target_end[-1])
        assert np.isnan(target_end[:-1]).all()


def brute_force_2c(p, q, generator):
    """2c symbol by symbol, as names. Every step draws a number, though not all need it."""
    kept = "xy"[int(generator.random() * 2)]
    middle = q
    while generator.random() * 10 >= 1:
        middle += 1
    draws = [int(generator.random() * p) for _ in range(middle + 3)]
    return ["b", kept, *draws[2:-1], "e", kept]


@given(st.integers(1, 60), st.integers(0, 60), SEEDS)
def test_2c_is_that_of_the_definition(p, q, seed):
    names = [*range(p), "e", "b", "x", "y"]
    task = Distractors(p, q)
    generator = numpy_stream(seed, 0, Purpose.TRAINING)
    for x, target in islice(task.sequences(seed), 10):
        kept = "xy"[int(target[-1].argmax())]
        assert [*(names[int(s)] for s in x[:, 0]), kept] == brute_force_2c(p, q, generator)
        assert sorted(target[-1]) == [0, 1]
        assert np.isnan(target[:-1]).all()
        assert len(x) - 1 - task.relevant(x)[0] >= task.minimal_lag == q + 1


def test_2c_extra_distractors_are_geometric_and_all_symbols_equally_frequent():
    """The seed is fixed; over all seeds each assertion would fail with probability below 1e-6."""
    n = 10_000
    drawn = list(islice(Distractors(5, 3).sequences(2), n))
    extra = np.array([len(x) - 6 for x, _ in drawn])
    for k in range(12):
        expected = n * 0.1 * 0.9**k
        # A binomial count of at least 300 leaves 5.5 standard deviations with probability below
        # 5e-8, one of these twelve below 1e-6.
        assert abs((extra == k).sum() - expected) < 5.5 * math.sqrt(expected)
    # The mean is 9 with a variance of 90; a mean of 10,000 leaves 5 deviations below 1e-6.
    assert abs(extra.mean() - 9) < 5 * math.sqrt(90 / n)
    symbols = np.concatenate([x[2:-1, 0] for x, _ in drawn]).astype(int)
    counts = np.bincount(symbols, minlength=5)
    assert len(counts) == 5
    assert (abs(counts - len(symbols) / 5) < 5.5 * math.sqrt(len(symbols) * 0.16)).all()
    last_y = sum(target[-1, 1] for _, target in drawn)
    assert abs(last_y - n / 2) < 5 * math.sqrt(n / 4)


@pytest.mark.parametrize(("p", "symbols"), [(50, 54), (1000, 1004)])
def test_2c_has_the_symbols_of_table_3(p, symbols):
    assert (Distractors(p, p).inputs, Distractors(p, p).outputs) == (symbols, 2)


@pytest.fixture(scope="module")
def judge():
    """judge(y, out) -> (largest, mean) of 2b, whose last y says whether the answer counts."""
    compiled = NoiseFreeRandom.kernel().judge

    @njit
    def call(p, y, out):
        return compiled(numbers(p, 0), numbers(y, 0), numbers(out, 0))

    def judged(y, out):
        return call(np.zeros((2, 1)), np.array(y, float)[:, None], np.array(out, float)[:, None])

    return judged


@pytest.mark.parametrize(
    ("out", "right"),
    [
        ([0.1, 0.76, 0.24], True),
        ([0.1, 0.74, 0.1], False),
        ([0.1, 0.99, 0.26], False),
        ([np.nan, 1.0, 0.1], False),
    ],
)
def test_2b_is_judged_at_the_end_by_every_output(judge, out, right):
    largest, mean = judge([0, 1, 0, 1], out)
    assert (largest < NoiseFreeRandom().tolerance) is right
    before, mean_before = judge([0, 1, 0, 0], out)
    assert before == 0.0
    np.testing.assert_equal(mean, mean_before)


def test_2b_errors_are_mean_absolute_ones(judge):
    # Errors of 0.1, 0.24 and 0.24; 1e-15 is rounding.
    assert abs(judge([0, 1, 0, 0], [0.1, 0.76, 0.24])[1] - 0.58 / 3) < 1e-15


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoiseFree(1), "p of noise-free must be from 2 to 1000000, got 1"),
        (lambda: NoiseFree(4.0), "p of noise-free must be a whole number"),  # pyright: ignore
        (lambda: NoiseFreeRandom(0), "p of noise-free-random must be from 2 to 1000000, got 0"),
        (
            lambda: NoiseFreeRandom(error="start"),
            "error of noise-free-random must be one of 'every step', 'end', got 'start'",
        ),
        (lambda: Distractors(p=0), "p of distractors must be from 1 to 1000000, got 0"),
        (lambda: Distractors(q=-1), "q of distractors must be from 0 to 1000000000, got -1"),
    ],
)
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
