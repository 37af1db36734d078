"""Two patterns, one for each class, against their definition."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_share, assert_uniform

from longlag import InputError, TwoPatterns
from longlag.simd.random import Purpose

TASK = TwoPatterns(T=7, N=3, noise=0.1)


def test_a_pattern_begins_and_noise_is_everywhere():
    patterns = np.array(TASK.trial_parameters(1, 0)[5:11]).reshape(2, 3)
    noise, classes = [], []
    for x, target in islice(TASK.sequences(seed=1), 1000):
        assert x.shape == (7, 1)
        assert np.isnan(target[:-1]).all()
        other = target[-1, 0] == -1
        assert target[-1, 0] in (1, -1)
        noise += (x[:, 0] - np.concatenate((patterns[int(other)], np.zeros(4)))).tolist()
        classes.append(other)
    # A fixed seed, so these never fail by chance once they pass.
    assert_share(sum(classes), len(classes), 0.5)
    assert_uniform(np.floor((np.array(noise) + 0.1) / 0.05).astype(int), 0, 4)


def test_trials_have_patterns_of_their_own():
    drawn = [TwoPatterns(T=20, N=10).trial_parameters(1, trial)[5:25] for trial in range(50)]
    assert len(set(drawn)) == 50
    assert_uniform(np.floor((np.ravel(drawn) + 1) / 0.5).astype(int), 0, 4)


def test_tasks_share_a_driver():
    assert len(TASK.parameters) == len(TwoPatterns(T=20, N=16).parameters)


def test_the_classes_of_a_test_alternate():
    targets = [y[-1, 0] for _, y in islice(TASK.sequences(2, purpose=Purpose.TESTING), 4)]
    assert targets == [1, -1] * 2


def test_the_pattern_must_end_before_the_sequence():
    assert TwoPatterns(T=4, N=3).minimal_lag == 1
    with pytest.raises(InputError, match=r"^N of two-patterns must be from 1 to 3, got 4"):
        TwoPatterns(T=4, N=4)
