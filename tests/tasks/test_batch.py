"""Batches hold the sequences of a task, padded."""

from itertools import islice

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.simd.random import Purpose
from longlag.tasks import tasks
from longlag.tasks.adding import Adding


@pytest.mark.parametrize("name", tasks())
def test_batches_are_the_sequences_of_the_task(name):
    task = tasks()[name]()
    alone = list(islice(task.sequences(3, 1, Purpose.TESTING), 15))
    batches = list(islice(task.batches(5, 3, 1, Purpose.TESTING), 3))
    together = [row for batch in batches for row in zip(*batch, strict=True)]
    for (x, target), (padded_x, padded_target, length) in zip(alone, together, strict=True):
        assert length == len(x)
        np.testing.assert_array_equal(padded_x[:length], x)
        np.testing.assert_array_equal(padded_target[:length], target)
        assert (padded_x[length:] == 0).all()
        assert np.isnan(padded_target[length:]).all()
    assert all(batch.x.shape[1] == batch.lengths.max() for batch in batches)


def test_a_batch_is_the_first_of_its_seed():
    for part, other in zip(
        Adding().batch(4, seed=2), next(Adding().batches(4, seed=2)), strict=True
    ):
        np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize("size", [0, 2.0, None])
def test_bad_sizes_are_refused_at_once(size):
    with pytest.raises(InputError, match=r"^size must be "):
        Adding().batches(size, seed=1)


@pytest.mark.parametrize(
    ("seed", "trial", "named"), [(-1, 0, "seed"), (1, -1, "trial"), (1.5, 0, "seed")]
)
def test_bad_seeds_and_trials_are_refused_at_once(seed, trial, named):
    with pytest.raises(InputError, match=f"^{named} must be "):
        Adding().sequences(seed, trial)
    with pytest.raises(InputError, match=f"^{named} must be "):
        next(Adding().exams(seed, trial))
