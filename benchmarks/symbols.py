"""Nanoseconds per step of one network whose inputs are symbols, all included, on one core.

Run it:  python benchmarks/symbols.py
"""

import statistics
import time

from longlag import LSTM
from longlag.experiments.population import Job, Population
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, TrialKey
from longlag.rules import GradientDescent
from longlag.tasks.base import Task
from longlag.tasks.noise_free import Distractors, NoiseFreeRandom

LANES, SECONDS, REPEATS = 16, 0.5, 7
NEVER = Recent(wrong_below=1, average_below=1e-300)

SHORTCUTS = LSTM(
    *(101, 101),
    coding="symbol",
    blocks=1,
    block_size=1,
    output_gates=False,
    cell_sources=("inputs",),
    gate_sources=("inputs",),
    output_sources=("inputs", "cells"),
    biased=(),
    g="[0,1]",
    h="identity",
    rule=GradientDescent(1.0),
)
DISTRACTORS = LSTM(
    *(1004, 2),
    coding="symbol",
    block_size=1,
    biased=(),
    rule=GradientDescent(0.01),
)
CASES: list[tuple[str, Task, LSTM]] = [
    ("2c, p = q = 1000", Distractors(p=1000, q=1000), DISTRACTORS),
    ("2b, p = 100, an error at every step", NoiseFreeRandom(p=100), SHORTCUTS),
]


def measure(task: Task, learner: LSTM) -> tuple[float, list[float]]:
    """Seconds until the first chunk is through, and nanoseconds per step, several times."""
    conditions = Conditions(task, learner, NEVER, 10**12, test=1, dtype="float32", seed=1)
    start = time.perf_counter()
    population, times = Population(conditions, LANES), []
    for trial in range(LANES):
        population.load(Job(TrialKey("symbols", "", "", trial), conditions))
    population.advance(0.001)
    compiling = time.perf_counter() - start
    for _ in range(REPEATS):
        before = population.arrays.lanes[0].copy()
        population.advance(SECONDS)
        after = population.arrays.lanes[0]
        seconds, steps = (float(after[k] - before[k]) for k in ("seconds", "steps"))
        times.append(seconds * 1e9 / steps / LANES)
    return compiling, times


def main() -> None:
    for name, task, learner in CASES:
        compiling, times = measure(task, learner)
        print(
            f"{name}, {learner.weights} weights: {statistics.median(times):.1f} ns "
            f"(lowest {min(times):.1f}), compiled in {compiling:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
