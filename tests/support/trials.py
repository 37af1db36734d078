"""A trial's record to store, and what the tests of the store ask of it."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from longlag.errors import StoreError
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.lstm import LSTM
from longlag.tasks.adding import Adding

CONDITIONS = Conditions(
    task=Adding(T=100),
    learner=LSTM(inputs=2, outputs=1, input_gate_biases=(-3.0, -6.0)),
    stop=Recent(),
    cap=1000,
    test=10,
    dtype="float32",
    seed=1,
)


def key(trial=0, experiment="adding"):
    return TrialKey(experiment, "T=100", "as-printed", trial)


def record(trial=0, experiment="adding", conditions=CONDITIONS):
    return TrialRecord(
        key=key(trial, experiment),
        conditions=conditions,
        status=Status.SOLVED,
        sequences=74_000 + trial,
        steps=7_770_000,
        seconds=1.25,
        wrong=1,
        tested=10,
        test_error=0.0087,
        curve=np.array([[100.0, 0.2, 0.9], [200.0, 0.1, 0.5]]),
        column=np.linspace(-1, 1, 150, dtype=np.float32),
    )


def same(a, b):
    """Equal to the bit, arrays and numbers that are not numbers included."""
    plain = [repr(replace(each, curve=np.empty(0), column=np.empty(0))) for each in (a, b)]
    return plain[0] == plain[1] and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
        for x, y in ((a.curve, b.curve), (a.column, b.column))
    )


@contextmanager
def refused(message):
    """One line that names what is wrong."""
    with pytest.raises(StoreError) as caught:
        yield
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
