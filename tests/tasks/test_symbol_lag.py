"""The strings of the 20-step lag, written out by hand."""

from itertools import islice

import numpy as np

from longlag import SymbolLag


def test_strings_and_targets_are_those_of_the_source():
    seen = set()
    for x, target in islice(SymbolLag(lag=3).sequences(seed=1), 40):
        first = int(x[0, 0])
        assert x[:, 0].tolist() == [first, 2, 3, 4]
        assert np.isnan(target[:-1]).all()
        assert target[-1, 0] == {0: 1.0, 1: 0.0}[first]
        seen.add(first)
    assert seen == {0, 1}  # fails by chance once in 5e11


def test_there_are_22_symbols_at_the_lag_of_the_source():
    task = SymbolLag()
    assert (task.inputs, task.outputs, task.minimal_lag) == (22, 1, 20)


def test_runs_have_symbols_of_their_own_between_them():
    task = SymbolLag(lag=2, runs=3)
    x, target = next(task.sequences(seed=1))
    assert x[1:, 0].tolist() == [2, 3, 4, 2, 3, 5, 2, 3]
    assert np.flatnonzero(~np.isnan(target)).tolist() == [8]
    assert (task.inputs, task.minimal_lag) == (6, 8)
