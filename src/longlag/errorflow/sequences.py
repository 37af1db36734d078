"""Sequences long enough for an error to flow back q steps in them."""

from dataclasses import dataclass

import numpy as np

from longlag.errors import InputError, check_whole
from longlag.simd.random import Purpose
from longlag.tasks.base import Task

SEQUENCES = 10  #: along which a flow is measured
DRAWN = 1000  #: most sequences drawn to find long ones among
LONGEST = 100_000  #: largest lag: memory holds the Jacobians of this many steps
PER_DECADE = 12  #: lags for each order of magnitude


@dataclass(frozen=True)
class Sequences:
    """Sequences of a task with more than `lags[-1]` steps."""

    x: list[np.ndarray]  #: each of shape (T, inputs); symbols as vectors with a single 1
    given: list[np.ndarray]  #: the same as the task writes them
    relevant: list[tuple[int, ...]]  #: the steps that the last answer depends on
    lags: np.ndarray  #: (n,) whole numbers, about evenly spread over the orders of magnitude


def sample(task: Task, *, seed: int, trial: int = 0, q: int | None = None) -> Sequences:
    """Test sequences of a task with more than q steps; left out, most have more.

    Raises `InputError` where the task has no sequence as long.
    """
    stream = task.sequences(seed, trial, Purpose.TESTING)
    if q is None:
        drawn = [next(stream)[0] for _ in range(SEQUENCES)]
        q = min(sorted(map(len, drawn))[SEQUENCES // 2] - 1, LONGEST)
        check_whole("the most steps that an error of this task can flow back", q, 1)
        found = [x for x in drawn if len(x) > q]
    else:
        check_whole("q", q, 1, LONGEST)
        found = []
        for _ in range(DRAWN):
            x, _ = next(stream)
            if len(x) > q:
                found.append(x)
            if len(found) == SEQUENCES:
                break
        if not found:
            raise InputError(
                f"q must be below the length of the sequences, got {q}: none of {DRAWN} sequences "
                f"of the task {task.name} has more steps"
            )
    vectors = found
    if task.coding == "symbol":
        vectors = [np.eye(task.inputs)[x[:, 0].astype(int)] for x in found]
    return Sequences(vectors, found, [task.relevant(x) for x in found], spread(q))


def spread(q: int) -> np.ndarray:
    """Whole numbers from 1 to q, about `PER_DECADE` for each order of magnitude."""
    exponents = np.arange(0, np.log10(q) + 1e-9, 1 / PER_DECADE)
    return np.unique(np.append(np.rint(10**exponents).astype(int), q))
