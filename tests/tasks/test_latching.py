"""The latch problem with uniform noise, against its definition."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_share, assert_uniform

from longlag import InputError, UniformLatch
from longlag.simd.random import Purpose

TASK = UniformLatch(T=8, L=3, noise=0.2)


def test_the_first_steps_tell_the_class_and_noise_follows():
    noise, classes = [], []
    for x, target in islice(TASK.sequences(seed=1), 1000):
        assert x.shape == (8, 7)
        assert np.isnan(target[:-1]).all()
        first = target[-1, 0] == 0.8
        shown = np.zeros((8, 6))
        shown[range(3), range(3) if first else range(3, 6)] = 1
        assert np.array_equal(x[:, :6], shown)
        assert not x[:3, 6].any()
        assert target[-1, 0] in (0.8, -0.8)
        noise += x[3:, 6].tolist()
        classes.append(first)
    # A fixed seed, so these never fail by chance once they pass.
    assert_share(sum(classes), len(classes), 0.5)
    assert_uniform(np.floor((np.array(noise) + 0.2) / 0.1).astype(int), 0, 4)


def test_the_classes_of_a_test_alternate():
    targets = [y[-1, 0] for _, y in islice(TASK.sequences(2, purpose=Purpose.TESTING), 4)]
    assert targets == [0.8, -0.8] * 2


def test_the_class_must_end_before_the_sequence():
    assert UniformLatch(T=4, L=3).minimal_lag == 1
    with pytest.raises(InputError, match=r"^L of uniform-latch must be from 1 to 3, got 4"):
        UniformLatch(T=4, L=4)
