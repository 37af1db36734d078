"""Melodies written out by hand, and which of their predictions are judged."""

from itertools import islice

import numpy as np
import pytest

from longlag import Melodies
from longlag.simd.random import Purpose

TASK = Melodies(pitches=8, melodies=5)  # phrases begin on one of four notes; 8 is the end


def wrong_at(judged, t):
    """What a net that errs at step t alone is told: (largest, mean) deviation of that step."""
    task = Melodies(pitches=8, judged=judged)
    *_, target, judge, _, _, _ = task.kernel()
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
