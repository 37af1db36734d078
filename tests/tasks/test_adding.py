"""Both adding problems against brute force in NumPy, draw by draw and in distribution."""

import math
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.laws import assert_uniform, chi_square_limit

from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.adding import Adding, AddingModern

EVEN_OR_ODD_T = st.integers(22, 400)


def brute_force(T, generator):
    """The 1997 definition word by word, with lists of what is still unmarked."""
    length = list(range(T, T + T // 10 + 1))[int(generator.random() * (T // 10 + 1))]
    first = int(generator.random() * 10)
    unmarked = [pair for pair in range(T // 2 - 1) if pair != first]
    second = unmarked[int(generator.random() * len(unmarked))]
    values = 2 * generator.random(length) - 1
    markers = np.zeros(length)
    markers[[first, second]] = 1
    markers[[0, -1]] = -1
    x1 = values[first] if first > 0 else 0.0
    x2 = values[second] if second > 0 else 0.0
    return np.column_stack([values, markers]), 0.5 + (x1 + x2) / 4.0


def brute_force_modern(T, generator):
    """One mark in each half."""
    first = int(generator.random() * (T // 2))
    second = T // 2 + int(generator.random() * (T - T // 2))
    values = generator.random(T)
    markers = np.zeros(T)
    markers[[first, second]] = 1
    return np.column_stack([values, markers]), values[first] + values[second]


def check_against(task, definition, seed):
    generator = numpy_stream(seed, 2, Purpose.TESTING)
    for x, target in islice(task.sequences(seed, 2, Purpose.TESTING), 20):
        wanted_x, wanted_target = definition(task.T, generator)
        assert np.array_equal(x, wanted_x)
        assert np.isnan(target[:-1]).all()
        # The sum of the two values may be taken in either order, so it may differ by one ulp of 2.
        assert abs(target[-1, 0] - wanted_target) <= 2.3e-16 * 2


@given(EVEN_OR_ODD_T, st.integers(0, 2**32))
def test_1997_sequences_are_those_of_the_definition(T, seed):
    check_against(Adding(T), brute_force, seed)


@given(st.integers(2, 300), st.integers(0, 2**32))
def test_modern_sequences_are_those_of_the_definition(T, seed):
    check_against(AddingModern(T), brute_force_modern, seed)


@pytest.fixture(scope="module")
def many():
    """The inputs and the targets of 20,000 sequences of T=100."""
    drawn = list(islice(Adding(100).sequences(seed=1997), 20_000))
    return [x for x, _ in drawn], np.array([target[-1, 0] for _, target in drawn])


# The tests of `many` have a fixed seed, so they never fail by chance once they pass; over all
# seeds each would fail with probability below 1e-6 for every assertion.


def test_lengths_are_uniform(many):
    assert_uniform([len(x) for x in many[0]], 100, 11)


def marks_of(x):
    """Steps of the marks 1.0: two, or one where the first pair was marked."""
    return np.flatnonzero(x[:, 1] == 1)


def test_markers_are_minus_one_at_both_ends_and_zero_elsewhere(many):
    for x in many[0]:
        assert x[0, 1] == x[-1, 1] == -1
        assert np.isin(x[1:-1, 1], [0, 1]).all()
        assert len(marks_of(x)) in (1, 2)
        assert marks_of(x)[-1] < 49


def test_marks_have_the_joint_law_of_the_text(many):
    """All unordered pairs of marks: the first uniform in 0-9, the second in the rest of 0-48."""
    law = np.zeros((49, 49))
    for first in range(10):
        for second in set(range(49)) - {first}:
            law[min(first, second), max(first, second)] += 1 / 480
    assert math.isclose(law.sum(), 1)
    counts = np.zeros((49, 49))
    for x in many[0]:
        marks = marks_of(x)
        counts[(0, marks[0]) if len(marks) == 1 else tuple(marks)] += 1
    possible = law > 0
    assert not counts[~possible].any()
    expected = len(many[0]) * law[possible]  # at least 41 a cell
    statistic = np.sum((counts[possible] - expected) ** 2 / expected)
    assert statistic < chi_square_limit(possible.sum())


def test_values_are_uniform(many):
    values = np.concatenate([x[:, 0] for x in many[0]])
    assert values.min() >= -1
    assert values.max() < 1
    assert_uniform(np.floor((values + 1) * 50).astype(int), 0, 100)


def test_targets_add_the_marked_values_and_the_first_pair_counts_as_zero(many):
    rare = 0
    for x, target in zip(*many, strict=True):
        marks = marks_of(x)
        rare += len(marks) == 1
        # The order of two additions: one ulp of 2.
        assert abs(target - (0.5 + x[marks, 0].sum() / 4)) <= 2.3e-16 * 2
    # The first pair is marked first with probability 1/10, or second with 9/10 of 1/48; a binomial
    # count leaves 5 standard deviations with probability below 1e-6.
    share = 1 / 10 + 9 / 10 / 48
    n = len(many[0])
    assert abs(rare - n * share) < 5 * math.sqrt(n * share * (1 - share))


def test_modern_marks_are_uniform_in_their_halves():
    marks = np.array(
        [np.flatnonzero(x[:, 1]) for x, _ in islice(AddingModern(21).sequences(1), 5000)]
    )
    assert marks.shape == (5000, 2)
    assert_uniform(marks[:, 0], 0, 10)
    assert_uniform(marks[:, 1], 10, 11)
    assert_uniform(marks[:, 0] * 11 + marks[:, 1] - 10, 0, 110)


@given(EVEN_OR_ODD_T, st.integers(0, 2**32))
def test_no_mark_lies_nearer_to_the_end_than_the_minimal_lag(T, seed):
    task = Adding(T)
    assert task.minimal_lag == T // 2
    for x, _ in islice(task.sequences(seed), 20):
        last_relevant = marks_of(x)[-1]
        assert T <= len(x) <= T + T // 10
        assert len(x) - 1 - last_relevant >= task.minimal_lag


def test_the_smallest_problem_reaches_its_edges():
    """T=22: marks among ten pairs only, lengths 22 to 24."""
    drawn = [x for x, _ in islice(Adding(22).sequences(3), 2000)]
    assert {len(x) for x in drawn} == {22, 23, 24}
    assert {mark for x in drawn for mark in marks_of(x)} == set(range(1, 10))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adding(21), "T of adding must be from 22 to 1000000000, got 21"),
        (lambda: Adding(-1), "got -1"),
        (lambda: Adding(10**10), "got 10000000000"),
        (lambda: Adding(100.0), "must be a whole number from 22 to 1000000000, got 100.0"),  # pyright: ignore
        (lambda: Adding("100"), "must be a whole number from 22 to 1000000000, got '100'"),  # pyright: ignore
        (lambda: Adding(True), "got True"),
        (lambda: AddingModern(1), "T of adding-modern must be from 2 to 1000000000, got 1"),
        (lambda: AddingModern(None), "got None"),  # pyright: ignore
    ],
)
def test_bad_lengths_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_answering_one_to_the_modern_problem_leaves_a_sixth():
    """The known baseline of the modern variant: a mean squared error of 1/6."""
    targets = np.array([y[-1, 0] for _, y in islice(AddingModern(10).sequences(0), 20_000)])
    # (target - 1)**2 has the standard deviation sqrt(7/180); five of the mean's are left with
    # probability 6e-7.
    assert abs(np.mean((targets - 1) ** 2) - 1 / 6) < 5 * math.sqrt(7 / 180 / 20_000)
