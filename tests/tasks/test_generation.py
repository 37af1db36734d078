"""Sequences to generate, against their definition, and which outputs are right."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_uniform

from longlag import Generation
from longlag.simd.random import Purpose

TASK = Generation(length=6, novel=5, symbols=4, basis=3, basis_length=2)


def symbols(target):
    assert (target.sum(axis=1) == 1).all()
    return tuple(target.argmax(axis=1).tolist())


def test_an_input_stands_for_a_sequence():
    found, inputs = {}, []
    for x, target in islice(TASK.sequences(seed=1), 800):
        (which,) = set(x[:, 0].astype(int).tolist())
        assert len(x) == (2 if which < 3 else 6)
        assert found.setdefault(which, symbols(target)) == symbols(target)
        inputs.append(which)
    # A fixed seed, so this never fails by chance once it passes.
    assert_uniform(np.array(inputs), 0, TASK.inputs)


def test_trials_have_sequences_of_their_own():
    drawn = []
    for trial in range(100):
        tests = islice(TASK.sequences(1, trial, Purpose.TESTING), 5)
        drawn += [symbols(target) for _, target in tests]
    assert_uniform(np.ravel(drawn), 0, 4)
    assert len(set(drawn)) > 400  # of 4096: fails by chance once in 1e20


def test_tests_go_through_the_sequences_beyond_the_basis():
    shown = [int(x[0, 0]) for x, _ in islice(TASK.sequences(1, purpose=Purpose.TESTING), 7)]
    assert shown == [3, 4, 5, 6, 7, 3, 4]


@pytest.mark.parametrize(
    ("out", "wrong"),
    [
        ([0.6, 0.2, 0.2, 0.0], 0.0),
        ([0.6, 0.3, 0.1, 0.0], 1.0),  # not more than twice the second
        ([0.5, 0.2, 0.2, 0.1], 1.0),  # not more than 1/2
        ([0.1, 0.9, 0.0, 0.0], 1.0),
    ],
)
def test_an_output_must_stand_out(out, wrong):
    judge = TASK.kernel().judge
    y = np.array([1.0, 0.0, 0.0, 0.0])
    assert judge(np.array(TASK.parameters), y, np.array(out)) == (wrong, wrong)
    largest, _ = judge(np.array(TASK.parameters), y, np.array([0.6, np.nan, 0.0, 0.0]))
    assert not largest < TASK.tolerance


def test_the_longest_sequences_of_the_most_symbols_are_exact():
    task = Generation(length=16, symbols=8, novel=50, basis=0)
    steps = [symbols(y) for _, y in islice(task.sequences(3, purpose=Purpose.TESTING), 50)]
    assert_uniform(np.ravel(steps), 0, 8)
    assert_uniform(np.array(steps)[:, 0], 0, 8)
