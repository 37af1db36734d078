"""The 2-sequence problem of 1994 against brute force in NumPy, and its sets and bounds."""

from itertools import islice

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.two_sequence_1994 import TwoSequence1994

TASK = TwoSequence1994(T=20, N=4, noise=0.5, target_2=-0.9)


def brute_force(task, generator):
    """The definition word by word."""
    second = int(generator.random() * 2)
    lengths = range(max(task.N, (task.T + 1) // 2), task.T + 1)
    length = lengths[int(generator.random() * len(lengths))]
    x = np.where(np.arange(length) < task.N, (1.0, -1.0)[second], 0.0)
    return x + task.noise * (2 * generator.random(length) - 1), (task.target_1, task.target_2)[
        second
    ]


def test_sequences_are_those_of_the_definition():
    generator = numpy_stream(4, 2, Purpose.TRAINING)
    lengths = set()
    for x, target in islice(TASK.sequences(4, 2), 200):
        wanted, class_ = brute_force(TASK, generator)
        assert np.array_equal(x[:, 0], wanted)
        assert np.isnan(target[:-1]).all()
        assert target[-1, 0] == class_
        lengths.add(len(x))
    assert lengths == set(range(10, 21))


@pytest.mark.parametrize("purpose", [Purpose.SETS, Purpose.EXAM, Purpose.TESTING])
def test_the_classes_of_a_set_alternate(purpose):
    targets = [y[-1, 0] for _, y in islice(TwoSequence1994().sequences(1, purpose=purpose), 6)]
    assert targets == [0.8, -0.8] * 3


def test_every_sequence_tells_its_class():
    """The published lengths begin with T = 5, of which half is less than N."""
    assert {len(x) for x, _ in islice(TwoSequence1994(T=5).sequences(1), 50)} == {3, 4, 5}
    with pytest.raises(InputError, match=r"^N of two-sequence-1994 must be from 1 to 5, got 6"):
        TwoSequence1994(T=5, N=6)
