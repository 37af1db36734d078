"""The driver on another kind of task: symbols, targets at many steps, numbers for the judge alone.

The lengths, from 1 to 70 steps, are shorter and longer than what the driver writes ahead.
"""

from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
import pytest
from support import studies

from longlag.compiled.compiling import inlined
from longlag.contract import TaskKernel
from longlag.experiments.study import Study
from longlag.experiments.trial import Conditions, Status, TrialKey
from longlag.learners.lstm import LSTM
from longlag.learners.lstm.reference import ReferenceLSTM
from longlag.rules import GradientDescent
from longlag.simd.random import Purpose, below, numpy_stream, uniform
from longlag.simd.vectors import select
from longlag.tasks.base import Task

_LAST, _NOW, _BEFORE = range(3)


@cache
def kernel(branch_free: bool) -> TaskKernel:
    @inlined
    def begin(stream, p, m):
        length = 1 + below(stream, p[0])
        m[_LAST] = length - 1
        m[_NOW] = 0.0
        m[_BEFORE] = 0.0
        return length

    @inlined
    def element(stream, p, m, t, x):
        u = uniform(stream)
        m[_BEFORE] = m[_NOW] + 0.0
        m[_NOW] = select(u < 0.25, 0.0, select(u < 0.5, 1.0, select(u < 0.75, 2.0, 3.0)))
        x[0] = m[_NOW]

    @inlined
    def target(p, m, t, y):
        y[0] = select((m[_BEFORE] == 1.0) | (m[_BEFORE] == 3.0), 0.9, 0.1)
        y[1] = select(m[_BEFORE] >= 2.0, 0.9, 0.1)
        y[2] = m[_NOW] + 1.0
        return (m[_NOW] > 0.0) | (t == m[_LAST])

    @inlined
    def judge(p, y, out):
        first, second = abs(y[0] - out[0]), abs(y[1] - out[1])
        return max(first, second) / y[2], (first + second) / y[2]

    return TaskKernel(begin, element, target, judge, branch_free)


@dataclass(frozen=True)
class Echo(Task):
    """The bits of the symbol before, at steps with a symbol other than 0 and at the last step."""

    name = "echo"
    citation = ()
    coding = "symbol"
    targets = "every step"
    memory = 3
    extras = 1  #: what the judge divides by
    inputs = 4
    outputs = 2
    minimal_lag = 1
    tolerance = 0.2
    parameters = (70.0,)

    @classmethod
    def kernel(cls):
        return kernel(branch_free=False)


class BranchFreeEcho(Echo):
    """The same, written for all lanes at once."""

    @classmethod
    def kernel(cls):
        return kernel(branch_free=True)


CAP = 40


def conditions(task, update):
    learner = LSTM(
        *(4, 2),
        coding="symbol",
        blocks=1,
        block_size=1,
        hidden=1,
        weight_range=1.0,
        update=update,
        rule=GradientDescent(0.1),
    )
    return Conditions(task, learner, studies.STRICT, CAP, test=1, dtype="float64", seed=2)


def by_hand(task, learner, trial):
    """Mean error and correctness of each sequence, and the weights at the end."""
    network = ReferenceLSTM(learner)
    network.load(learner.start(numpy_stream(2, trial, Purpose.WEIGHTS)))
    points = []
    for x, target in islice(task.sequences(2, trial), CAP):
        network.reset()
        largest, means = [], []
        for symbol, wanted in zip(x, target, strict=True):
            network.step(symbol)
            out = network.answer()
            if not np.isnan(wanted).any():
                errors = abs(wanted - out) / (symbol.item() + 1)
                largest.append(errors.max())
                means.append(errors.sum())
                network.learn(wanted)
        network.finish()
        points.append((len(points) + 1, np.mean(means), max(largest) >= task.tolerance))
    return np.array(points), network.weights()


@pytest.mark.parametrize(
    ("task", "update"),
    [
        pytest.param(Echo(), "step", id="step"),
        pytest.param(BranchFreeEcho(), "sequence", id="sequence", marks=pytest.mark.slow),
    ],
)
def test_trials_are_those_of_the_reference(task, update):
    cell = conditions(task, update)
    trials = [(TrialKey("echo", update, "only", i), cell) for i in range(5)]
    records = Study(trials, workers=1, lanes=4).run(every=0.001)
    for trial, record in enumerate(records):
        points, weights = by_hand(task, cell.learner, trial)
        lengths = [len(x) for x, _ in islice(task.sequences(2, trial), CAP)]
        assert min(lengths) < 10
        assert max(lengths) > 60
        assert (record.status, record.sequences, record.steps) == (Status.CAP, CAP, sum(lengths))
        # Rounding alone, 1e-16 at each of some 1400 steps, enlarged a little by what is learned.
        np.testing.assert_allclose(record.curve, points, rtol=0, atol=1e-10)
        learned = cell.learner.layout.view(record.column, "weights")
        np.testing.assert_allclose(learned, weights, rtol=0, atol=1e-10)


def test_both_ways_to_write_a_task_give_the_same_sequences():
    for a, b in islice(zip(Echo().sequences(5), BranchFreeEcho().sequences(5), strict=True), 20):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
