"""Short strings, each with its own noise behind it, and their parity."""

from itertools import islice

import numpy as np
import pytest

from longlag import InputError, ParityStrings
from longlag.simd.random import Purpose

TASK = ParityStrings(strings=9, steps=4)


def shown(task, purpose, count, trial=0):
    return list(islice(task.sequences(1, trial, purpose), count))


def split(x, steps):
    bits = x[: len(x) - steps, 0]
    assert set(np.abs(bits)) == {0.7}
    return "".join("1" if each > 0 else "0" for each in bits), tuple(x[len(x) - steps :, 0])


def test_a_test_shows_every_string_of_the_trial_with_its_noise():
    tested = [split(x, 4) for x, _ in shown(TASK, Purpose.TESTING, 18)]
    assert tested[:9] == tested[9:]
    assert len({string for string, _ in tested}) == 9
    assert {len(string) for string, _ in tested} <= {3, 4, 5}
    noise = np.array([behind for _, behind in tested])
    assert 0.1 < np.abs(noise).max() <= 0.2
    assert len(np.unique(noise)) == 9 * 4
    drawn = {split(x, 4) for x, _ in shown(TASK, Purpose.TRAINING, 300)}
    assert drawn == set(tested)
    assert [split(x, 4) for x, _ in shown(TASK, Purpose.SETS, 9)] == tested[:9]


def test_the_target_is_the_parity_at_the_end():
    for x, target in shown(ParityStrings(strings=56, steps=2), Purpose.TESTING, 56):
        string, _ = split(x, 2)
        assert np.isnan(target[:-1]).all()
        assert target[-1, 0] == (0.7 if string.count("1") % 2 else -0.7)


def test_trials_have_strings_of_their_own_and_share_a_driver():
    numbers = [TASK.trial_parameters(1, trial) for trial in range(20)]
    assert len({each[2:58] for each in numbers}) == 20
    assert {len(each) for each in numbers} == {len(ParityStrings(steps=50).parameters)}


def test_there_may_be_no_noise():
    assert {len(x) for x, _ in shown(ParityStrings(steps=0), Purpose.TESTING, 20)} <= {3, 4, 5}
    with pytest.raises(InputError, match="strings of parity-strings must be"):
        ParityStrings(strings=57)
