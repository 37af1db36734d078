"""Guesses per second of random weight guessing, and what a million of them take.

A guess is rejected at its first wrong sequence; sequences have 500 to 600 steps. Processor time
says what one core does on a machine that is busy with other things, too.

Run it:  python benchmarks/guessing.py
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from longlag.experiments.population import Job, Population
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Conditions, TrialKey
from longlag.learners.guessing import Guessing
from longlag.tasks.base import Task
from longlag.tasks.latch import Latch
from longlag.tasks.parity import Parity
from longlag.tasks.tomita import Tomita

LANES, SECONDS, REPEATS, WORKERS = 16, 0.5, 7, 2
A2 = Guessing(
    *(1, 1, 10),
    hidden_sources=("inputs", "self", "outputs"),
    output_sources=("inputs", "hidden"),
    biased=("hidden", "outputs"),
)
CASES: list[tuple[str, Task, Guessing]] = [
    ("parity, A1", Parity(), Guessing(1, 1)),
    ("parity, A2", Parity(), A2),
    ("2-sequence, A1", Latch(), Guessing(1, 1)),
    ("Tomita 4, A1 with two hidden units", Tomita(4), Guessing(1, 1, 2)),
]


def without_end(task: Task, learner: Guessing, first: int) -> Population:
    """Trials with training sets so large that no guess is right on them."""
    conditions = Conditions(task, learner, TrainingSet(10**9), 10**12, 1, "float32", seed=1)
    population = Population(conditions, LANES)
    for trial in range(first, first + LANES):
        population.load(Job(TrialKey("guessing", "", "", trial), conditions))
    population.advance(SECONDS)  # finds out how many chunks that takes
    return population


def guesses(populations: list[Population]) -> int:
    """So far."""
    return sum(int(each.arrays.lanes["guesses"].sum()) for each in populations)


def measure(populations: list[Population], pool: ThreadPoolExecutor) -> tuple[float, float, float]:
    """Seconds and processor seconds per guess of all workers together, and per step of a net."""
    steps = sum(int(each.arrays.lanes["steps"].sum()) for each in populations)
    before, start, used = guesses(populations), time.perf_counter(), time.process_time()
    list(pool.map(lambda each: each.advance(SECONDS), populations))
    elapsed, used = time.perf_counter() - start, time.process_time() - used
    steps = sum(int(each.arrays.lanes["steps"].sum()) for each in populations) - steps
    done = guesses(populations) - before
    return elapsed / done, used / done, used / steps


def main() -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, task, learner in CASES:
            populations = [without_end(task, learner, i * LANES) for i in range(WORKERS)]
            measured = [measure(populations, pool) for _ in range(REPEATS)]
            wall, used, step = (statistics.median(each) for each in zip(*measured, strict=True))
            print(
                f"{name}: {1 / wall:,.0f} guesses/s, a million in {1e6 * wall:.1f} s with {WORKERS} "
                f"workers (lowest {1e6 * min(measured)[0]:.1f}), or {1e6 * used:.1f} s of processor "
                f"time, {1e9 * step:.1f} ns per step of a net",
                flush=True,
            )


if __name__ == "__main__":
    main()
