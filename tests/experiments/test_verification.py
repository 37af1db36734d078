"""What is compared of a stored trial and its second run, and what a sample is drawn from."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from support.trials import CONDITIONS, key, record

from longlag.experiments.trial import Status
from longlag.experiments.verification import Comparison, Verification, sample


def differences(**changed):
    return Comparison(record(), replace(record(), seconds=9.0, **changed)).differences


def test_equal_but_for_the_time_it_took():
    assert differences() == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"status": Status.CAP}, "status (stored solved, now cap)"),
        ({"sequences": 74_001}, "sequences (stored 74000, now 74001)"),
        ({"guesses": 5}, "guesses (stored None, now 5)"),
        ({"steps": 7}, "steps (stored 7770000, now 7)"),
        ({"wrong": None}, "wrong (stored 1, now None)"),
        ({"tested": 11}, "tested (stored 10, now 11)"),
        ({"test_error": np.nextafter(0.0087, 1).item()}, "test error (stored 0.0087, now 0.0087"),
        ({"curve": np.nextafter(record().curve, 1)}, "curve"),
        ({"curve": record().curve[:1]}, "curve"),
        ({"column": np.nextafter(record().column, np.float32(2))}, "network"),
        ({"column": record().column.astype(np.float64)}, "network"),
    ],
)
def test_one_bit_is_a_difference(changed, named):
    (found,) = differences(**changed)
    assert found.startswith(named)


def test_zeros_have_signs_and_numbers_that_are_none_are_alike():
    def with_curve(*points):
        return replace(record(), curve=np.array([points]))

    negative = -np.float64(np.nan)
    assert negative.tobytes() != np.float64(np.nan).tobytes()
    nan = with_curve(np.nan, 0.0, 1.0)
    assert Comparison(nan, with_curve(negative, 0.0, 1.0)).differences == []
    assert Comparison(nan, with_curve(np.nan, -0.0, 1.0)).differences == ["curve"]
    assert Comparison(nan, with_curve(0.0, 0.0, 1.0)).differences == ["curve"]


def test_one_trial_under_two_names_runs_once_and_two_under_one_name_run_both():
    twice = [record(3), record(3, "mine")]
    other = record(3, conditions=replace(CONDITIONS, seed=2))
    verification = Verification([*twice, other])
    (first, _), (second, conditions) = verification.trials
    assert first == key(3)
    assert second != first
    assert (second.trial, conditions) == (3, other.conditions)
    assert verification.steps == 2 * record().steps
    reruns = [replace(record(3), key=first), replace(other, key=second, sequences=1)]
    compared = verification.compare(reruns)
    assert [each.stored for each in compared] == [*twice, other]
    assert [bool(each.differences) for each in compared] == [False, False, True]


def of_rows(*counts):
    """So many records of each row."""
    return [
        replace(record(), key=replace(key(trial), row=f"row {row}"))
        for row, count in enumerate(counts)
        for trial in range(count)
    ]


def test_a_sample_has_as_many_trials_of_every_row_as_possible():
    records = of_rows(50, 1, 4)
    drawn = sample(records, 9)
    assert Counter(each.key.row for each in drawn) == {"row 0": 4, "row 1": 1, "row 2": 4}
    assert drawn == [each for each in records if each in drawn], "in the order of the store"
    assert sample(records, 55) == sample(records, 100) == records


def test_a_sample_does_not_depend_on_the_order_of_the_store():
    records = of_rows(30, 20)
    names = {each.key for each in sample(records, 10)}
    assert names == {each.key for each in sample(records[::-1], 10)}
    assert {each.trial for each in names} != set(range(5)), "not simply the first ones"
