"""Trace conditioning, trace patterning and noisy patterning: who keeps what it needs, how well?

    python benchmarks/conditioning.py [--steps 1_000_000] [--tasks trace-patterning ...]

Every learner is an estimator's network (longlag.LSTMRegressor) of as many cells as fit `BUDGET`
multiplications a step, and changes its weights by RMSProp. Its rate is chosen on the networks of
trials 0 to 3, after a quarter of the steps, and the table shows those of trials 4 to 11. The
measure is that of the field, the mean squared return error, in units of the return's variance, on
fresh pieces of the stream with frozen weights. Frozen, because a network that learns the return of
every step is told what comes, and could follow it by its bias alone.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

import numpy as np

from longlag import (
    LSTM,
    Conditions,
    Network,
    NoisyPatterning,
    Recent,
    Rotating,
    Study,
    TraceConditioning,
    TracePatterning,
)
from longlag.estimators.parameters import DECAY
from longlag.experiments.trial import TrialKey, TrialRecord
from longlag.learners.base import Learner
from longlag.learners.streams import StreamOptions
from longlag.rules import RMSProp
from longlag.simd.random import Purpose

BUDGET = 2900  #: multiplications a step: those of LSTM with 16 cells and 12 inputs
RATES = 0.00003, 0.0001, 0.0003, 0.001
CHOOSING, SHOWING = range(4), range(4, 12)
LANES = 4  #: full credit has no more
PIECE, TESTED, SEED = 1000, 50, 1  #: steps between two resets, pieces of a test
NEVER = Recent(wrong_below=1, average_below=1e-300)

TASKS = [
    TraceConditioning(length=PIECE),
    TracePatterning(length=PIECE),
    NoisyPatterning(length=PIECE),
]


def network(cell: str, cells: int, inputs: int, rate: float, **fields: Any) -> Learner:
    """The network that an estimator would have."""
    kind = LSTM if cell == "memory" else Rotating
    options = StreamOptions(cells, 1, True, False, inputs, "linear", RMSProp(rate, DECAY))
    return replace(kind.for_stream(cell, options), **fields)


LEARNERS: dict[str, Callable[[int, int, float], Learner]] = {
    "LSTM, truncated (1997)": lambda *size: network("memory", *size),
    "LSTM, no partials": lambda *size: network("memory", *size, credit="one-step"),
    "LSTM, windows of 40": lambda *size: network("memory", *size, credit="full", depth=40),
    "gated, diagonal, exact": lambda *size: network("memory", *size, cell_sources=("inputs",)),
    "rotating, exact": lambda *size: network("rotating", *size),
    "mixed, exact": lambda *size: network("mixed", *size),
}


def multiplications(learner: Learner) -> int:
    """Of a step that learns: forward, what is carried forward or sent back, and the gradient."""
    sources = learner.inputs + 1
    if isinstance(learner, Rotating):
        rotating, blocks = learner.cells * sources, learner.blocks * sources
        # Of the five groups of a rotating cell, four have complex traces: six multiplications each
        # to carry, two to learn. A block has three gates and two cells, and no traces of one gate.
        recurrent = (5 + 24 + 9) * rotating + (5 + 4 + 5) * blocks
        outputs = 2 * (learner.cells + learner.blocks)
    else:
        cells, gates = learner.blocks, 3 * learner.blocks * sources
        fed = cells * (sources + cells * ("cells" in learner.cell_sources))
        partials = {"truncated": fed + 2 * gates // 3, "one-step": 0, "full": cells * cells}
        recurrent = 2 * (fed + gates) + partials[learner.credit]
        outputs = cells
    return recurrent + 2 * (outputs + sources)


def fitting(make: Callable[[int, int, float], Learner], inputs: int) -> int:
    """The number of cells whose multiplications are nearest to the budget."""
    return min(
        range(1, 40), key=lambda cells: abs(multiplications(make(cells, inputs, 0.1)) - BUDGET)
    )


def trained(task: Any, learner: Learner, steps: int, trials: range) -> list[TrialRecord]:
    """The networks of some trials after so many steps."""
    conditions = Conditions(
        task, learner, NEVER, max(1, steps // PIECE), test=1, dtype="float64", seed=SEED
    )
    keys = [TrialKey("conditioning", task.name, "", trial) for trial in trials]
    study = Study([(key, conditions) for key in keys], workers=1, lanes=LANES)
    return sorted(study.run(every=0.5), key=lambda record: record.key.trial)


def fresh(task: Any, trial: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pieces of a test: inputs (n, inputs) and returns (n, 1)."""
    return list(islice(task.sequences(SEED, trial, Purpose.TESTING), TESTED))


def error(task: Any, record: TrialRecord) -> float:
    """Mean squared return error over the variance of the return."""
    network = Network.from_column(record.conditions.learner, record.column)
    pieces = fresh(task, record.key.trial)
    missed = np.concatenate([network.predict(x) - target for x, target in pieces])
    return float(np.mean(missed**2) / np.concatenate([y for _, y in pieces]).var())


def least_error(task: Any, trial: int) -> float:
    """That of an answer that knows the latest stimulus, and when it and the US came.

    It is the mean return of all steps at which the same is known.
    """
    pieces, known = fresh(task, trial), []
    target = np.concatenate([y[:, 0] for _, y in pieces])
    for x, _ in pieces:
        since, came, pattern = 1000, 0, ()
        for row in x.astype(int).tolist():
            us, lines = row[0], tuple(row[1 : 1 + task.lines])
            if any(lines) and since >= task.stimulus:
                since, came, pattern = 0, 0, lines
            known.append((pattern, since, came))
            since, came = since + 1, came + (us or came > 0)
    order = sorted(range(len(known)), key=known.__getitem__)
    missed = 0.0
    for _, group in groupby(order, key=known.__getitem__):
        missed += float(np.sum((target[at := list(group)] - target[at].mean()) ** 2))
    return missed / len(target) / float(target.var())


def main() -> None:
    """Print a table for each task, line by line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_000_000)
    names = [task.name for task in TASKS]
    parser.add_argument("--tasks", nargs="+", default=names, choices=names)
    given = parser.parse_args()
    for task in TASKS:
        if task.name not in given.tasks:
            continue
        least = np.mean([least_error(task, trial) for trial in SHOWING])
        print(f"\n{task.name}: who knows all that can be known has {least:.3f}\n")
        print("| learner | cells | weights | rate | error, mean | best and worst of 8 | seconds |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for name, make in LEARNERS.items():
            start, size = time.monotonic(), (fitting(make, task.inputs), task.inputs)
            tried = {
                rate: [
                    error(task, record)
                    for record in trained(task, make(*size, rate), given.steps // 4, CHOOSING)
                ]
                for rate in RATES
            }
            rate = min(tried, key=lambda rate: np.mean(np.nan_to_num(tried[rate], nan=np.inf)))
            learner = make(*size, rate)
            found = [error(task, each) for each in trained(task, learner, given.steps, SHOWING)]
            print(
                f"| {name} | {size[0]} | {learner.weights} | {rate} | {np.mean(found):.3f} | "
                f"{min(found):.3f}, {max(found):.3f} | {time.monotonic() - start:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
