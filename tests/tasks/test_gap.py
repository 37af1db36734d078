"""The sequences of the gap task, written out by hand."""

from itertools import islice

import numpy as np
import pytest

from longlag import Gap, InputError
from longlag.simd.random import Purpose


@pytest.mark.parametrize(
    ("gap", "after_x"), [(2, "XABXCDE"), (1, "XAXBCDE"), (5, "XABCDEX")], ids=str
)
def test_the_first_symbol_comes_again_after_the_gap(gap, after_x):
    task = Gap(gap=gap, letters=5)
    seen = set()
    for x, target in islice(task.sequences(seed=1), 40):
        string = "".join("XYABCDE"[int(each)] for each in x[:, 0])
        assert string in (after_x, after_x.replace("X", "Y"))
        assert np.array_equal(target[:-1].argmax(axis=1), x[1:, 0])
        assert (target[:-1].sum(axis=1) == 1).all()
        assert np.isnan(target[-1]).all()
        seen.add(string[0])
    assert seen == {"X", "Y"}  # fails by chance once in 5e11


def test_the_two_sequences_of_a_test_alternate():
    firsts = [x[0, 0] for x, _ in islice(Gap().sequences(1, purpose=Purpose.EXAM), 4)]
    assert firsts == [0, 1, 0, 1]


def test_there_are_13_symbols_at_the_size_of_the_source():
    assert (Gap().inputs, Gap().outputs, Gap(gap=10).minimal_lag) == (13, 13, 10)


def test_a_gap_needs_as_many_letters():
    with pytest.raises(InputError, match=r"^gap of gap must be from 1 to 11, got 12"):
        Gap(gap=12)
