"""Melodies written out by hand, and which of their predictions are judged."""

from itertools import islice

import numpy as np
import pytest

from longlag import Melodies
from longlag.simd.random import Purpose
from longlag.testing import check_task

TASK = Melodies(pitches=8, melodies=5)  # phrases begin on one of four notes; 8 is the end


PLACES = Melodies(pitches=49, code="place")


def wrong_at(judged, t):
    """What a net that errs at step t alone is told: (largest, mean) deviation of that step."""
    task = Melodies(pitches=8, judged=judged)
    kernel = task.kernel()
    target, judge = kernel.target, kernel.judge
    p, m, y = np.array(task.parameters), np.array([1.0, 3.0]), np.zeros(10)
    assert target(p, m, t, y)
    return judge(p, y, np.roll(y[:9], 1))


def melody(x):
    return "".join(str(int(each)) for each in x[:, 0])


def test_a_melody_is_aaba_and_an_end():
    for x, target in islice(TASK.sequences(seed=1), 20):
        played, (a, b) = melody(x), x[[0, 10], 0].astype(int)
        phrases = ["01234567"[first : first + 5] for first in (a, a, b, a)]
        assert played == "".join(phrases) + "8"
        assert np.array_equal(target[:-1].argmax(axis=1), x[1:, 0])
        assert (target[:-1].sum(axis=1) == 1).all()
        assert np.isnan(target[-1]).all()


def test_a_trial_has_a_training_set_of_its_own():
    sets = []
    for trial in range(3):
        shown = [melody(x) for x, _ in islice(TASK.sequences(1, trial, Purpose.SETS), 10)]
        assert shown[:5] == shown[5:]
        drawn = {melody(x) for x, _ in islice(TASK.sequences(1, trial), 200)}
        assert drawn == set(shown)  # fails by chance once in 1e18
        sets.append(drawn)
    assert sets[0] != sets[1] != sets[2]
    tests = {melody(x) for x, _ in islice(TASK.sequences(1, purpose=Purpose.TESTING), 300)}
    assert len(tests) == 16  # fails by chance once in 10 million


@pytest.mark.parametrize(
    ("judged", "steps"),
    [
        ("local", {t for t in range(20) if t % 5 < 4}),
        ("global", {4, 14, 19}),  # the next is the first note of the second and last A, or the end
        ("first notes", {4, 14}),
        ("end", {19}),
        ("both", set(range(20)) - {9}),  # nothing tells the first note of B
    ],
)
def test_predictions_are_judged_by_what_they_need(judged, steps):
    for t in range(20):
        largest, mean = wrong_at(judged, t)
        assert largest == (1.0 if t in steps else 0.0)
        # Over the 20 targets of a melody, means become the share of the judged ones.
        assert mean == pytest.approx(largest * 20 / len(steps))


def test_a_net_that_is_not_finite_has_no_answer():
    _, _, _, judge, *_ = TASK.kernel()
    y = np.zeros(10)
    y[3] = 1.0
    assert np.isnan(judge(np.array(TASK.parameters), y, np.full(9, np.nan))).all()


def test_the_task_keeps_the_contract_with_places_too():
    check_task(PLACES)


def test_places_are_those_of_the_formula():
    x, target = next(PLACES.sequences(seed=1))
    notes = x[:-1]
    n = np.round((notes[:, 0] + 1) * 24)
    for first, step in ((1, 1), (3, 7)):
        angle = 2 * np.pi * step * n / 12
        # The angles lose some digits to their size; the places are rounded once.
        assert notes[:, first] == pytest.approx(np.cos(angle), abs=1e-13)
        assert notes[:, first + 1] == pytest.approx(np.sin(angle), abs=1e-13)
    assert (np.diff(n.reshape(4, 5)) == 1).all()
    assert not notes[:, 5].any()
    assert list(x[-1]) == [0, 0, 0, 0, 0, 1]
    assert np.array_equal(target[:-1], x[1:])


def test_both_codes_tell_of_the_same_melodies():
    symbols = Melodies(pitches=49).sequences(seed=3)
    for (x, _), (same, _) in islice(zip(symbols, PLACES.sequences(seed=3), strict=False), 5):
        assert np.array_equal(x[:-1, 0], np.round((same[:-1, 0] + 1) * 24))


def test_the_nearest_place_is_the_answer():
    target, judge = PLACES.kernel().target, PLACES.kernel().judge
    p, m, y = np.array(PLACES.parameters), np.array([1.0, 3.0]), np.zeros(7)
    for t in range(20):
        assert target(p, m, t, y)
        assert judge(p, y, y[:6]) == (0.0, 0.0)
        others = [x for x, _ in islice(PLACES.sequences(seed=0, purpose=Purpose.TESTING), 30)]
        for place in np.unique(np.concatenate(others), axis=0):
            expected = 0.0 if t == 9 or np.array_equal(place, y[:6]) else 1.0
            assert judge(p, y, 0.9 * place + 0.1 * y[:6])[0] == expected
            assert judge(p, y, 0.1 * place + 0.9 * y[:6])[0] == 0.0
    assert np.isnan(judge(p, y, np.full(6, np.nan))).all()
