"""Copy memory against its definition, and its judge on answers made by hand."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from longlag.errors import InputError
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.copy_memory import CopyMemory

BLANK, DELIMITER = 8, 9


def brute_force(T, generator):
    """The layout of Arjovsky et al. (2016), section 4.1: what is read, and what is to be told."""
    data = [int(generator.random() * 8) for _ in range(10)]
    return data + [BLANK] * (T - 1) + [DELIMITER] + [BLANK] * 10, [BLANK] * (T + 10) + data


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_sequences_are_those_of_the_definition(T, seed):
    generator = numpy_stream(seed, 0, Purpose.TRAINING)
    for x, target in islice(CopyMemory(T).sequences(seed), 5):
        read, told = brute_force(T, generator)
        assert len(x) == T + 20
        assert x[:, 0].tolist() == read
        np.testing.assert_array_equal(target, np.eye(9)[told])


def test_all_symbols_come_equally_often_at_every_place():
    drawn = np.array([x[:10, 0] for x, _ in islice(CopyMemory(1).sequences(4), 4000)])
    counts = np.array([(drawn == symbol).sum(axis=0) for symbol in range(8)])
    # 80 counts of 500 expected, standard deviation 21: one of them leaves 6 of those with
    # probability below 80 * 2e-9 < 1e-6.
    assert abs(counts - 500).max() < 6 * 21


@pytest.mark.parametrize("T", [1, 100])
def test_the_lag_is_that_of_every_symbol(T):
    task = CopyMemory(T)
    x, target = next(task.sequences(0))
    lag = task.minimal_lag
    assert lag == T + 10
    np.testing.assert_array_equal(target[lag:].argmax(axis=1), x[:10, 0])
    assert task.relevant(x) == (9,)


@pytest.fixture(scope="module")
def judge():
    """judge(symbol, counts, out) -> (largest, mean)."""
    compiled = CopyMemory.kernel().judge

    @njit
    def call(p, y, out):
        return compiled(numbers(p, 0), numbers(y, 0), numbers(out, 0))

    def judged(symbol, counts, out):
        y = np.append(np.eye(9)[symbol], counts)
        return call(np.zeros((1, 1)), y[:, None], np.array(out, float)[:, None])

    return judged


def outputs(**changes):
    """0.1 everywhere but at the outputs named."""
    out = np.full(9, 0.1)
    for name, value in changes.items():
        out[int(name[1:])] = value
    return out


@pytest.mark.parametrize(
    ("out", "largest"),
    [
        (outputs(_3=0.9), 0.0),
        (outputs(_3=0.11), 0.0),  # the most active, if only just
        (outputs(_3=0.9, _5=0.8), 0.0),
        (outputs(_3=0.9, _5=0.9), 1.0),  # not alone
        (outputs(_3=0.9, _8=0.95), 1.0),  # a blank
        (outputs(), 1.0),
        (outputs(_3=np.nan), 1.0),
        (outputs(_3=0.9, _5=np.nan), 1.0),
    ],
)
def test_the_right_symbol_must_be_the_most_active(judge, out, largest):
    assert judge(3, 1.0, out)[0] == largest
    assert judge(3, 0.0, out)[0] == 0.0  # before the last ten steps


def test_the_error_is_the_mean_absolute_one_at_every_step(judge):
    for counts in (0.0, 1.0):
        # Eight errors of 0.1 and one of 0.3; 1e-15 is rounding.
        assert abs(judge(3, counts, outputs(_3=0.7))[1] - 1.1 / 9) < 1e-15


@pytest.mark.parametrize(
    ("T", "message"), [(0, "must be from 1 to 1000000000, got 0"), (1.5, "got 1.5")]
)
def test_bad_lengths_are_refused(T, message):
    with pytest.raises(InputError, match=r"^T of copy-memory must be") as caught:
        CopyMemory(T)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
