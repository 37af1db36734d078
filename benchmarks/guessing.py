"""Guesses per second of random weight guessing, and what a million of them take.

A guess is rejected at its first wrong sequence; sequences have 500 to 600 steps. Processor time
says what one core does on a machine that is busy with other things, too.

Run it:  python benchmarks/guessing.py
"""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

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


class Worker:
    """A population that guesses without end: a lane whose trial is solved gets another one."""

    def __init__(self, task: Task, learner: Guessing, seed: int):
        self.conditions = Conditions(task, learner, TrainingSet(), 10**12, 1, "float32", seed)
        self.population = Population(self.conditions, LANES)
        self.trials = count()
        self.ended = Counter()  # of trials that are over
        for _ in range(LANES):
            self.load()

    def load(self) -> None:
        """Begin another trial in a free lane."""
        key = TrialKey("guessing", "", "", next(self.trials))
        self.population.load(Job(key, self.conditions))

    def run(self) -> None:
        """Guess for the time of a measurement."""
        end = time.perf_counter() + SECONDS
        while (left := end - time.perf_counter()) > 0:
            for ended in self.population.advance(left):
                self.ended.update(guesses=ended.record.guesses or 0, steps=ended.record.steps)
                self.load()

    def so_far(self, name: str) -> int:
        """Guesses, or steps, of all trials."""
        return self.ended[name] + int(self.population.arrays.lanes[name].sum())


def measure(workers: list[Worker], pool: ThreadPoolExecutor) -> tuple[float, float, float]:
    """Seconds and processor seconds per guess of all workers together, and the latter per step."""

    def total(name: str) -> int:
        return sum(worker.so_far(name) for worker in workers)

    guesses, steps = total("guesses"), total("steps")
    start, used = time.perf_counter(), time.process_time()
    list(pool.map(Worker.run, workers))
    elapsed, used = time.perf_counter() - start, time.process_time() - used
    guesses, steps = total("guesses") - guesses, total("steps") - steps
    return elapsed / guesses, used / guesses, used / steps


def main() -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, task, learner in CASES:
            workers = [Worker(task, learner, seed) for seed in range(WORKERS)]
            measure(workers, pool)  # finds out how many chunks a slice has
            measured = [measure(workers, pool) for _ in range(REPEATS)]
            wall, used, step = (statistics.median(each) for each in zip(*measured, strict=True))
            print(
                f"{name}: {1 / wall:,.0f} guesses/s; a million in {1e6 * wall:.1f} s with "
                f"{WORKERS} workers (lowest {1e6 * min(measured)[0]:.1f}), {1e6 * used:.1f} s of "
                f"processor time; {1e9 * step:.1f} ns per step of a net",
                flush=True,
            )


if __name__ == "__main__":
    main()
