"""What a study costs on two worker processes of Dask, and a fleet in files, beside two threads.

Run it:  python benchmarks/executors.py [repetitions]          Needs the extra `dask`.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from distributed import Client, LocalCluster

from longlag import LSTM, Adding, Conditions, DaskExecutor, Fleet, PartitionedFleet, Study, TrialKey
from longlag.experiments.stop import Recent

TRIALS, WORKERS = 32, 2  # two fills of the lanes: one for each worker
SEQUENCES = 20_000  # of 1,000 steps: some ten seconds of one core for all trials
NEVER = Recent(average_below=1e-12)  # every trial runs to its cap, so the work is the same
KEYS, PARTS, FEATURES = 20_000, 4, 4


class Times(NamedTuple):
    """Seconds of all processes together, and on the clock."""

    processor: float
    clock: float


def timed(run: Callable[[], object], processor: Callable[[], float]) -> Times:
    before, start = processor(), time.perf_counter()
    run()
    return Times(processor() - before, time.perf_counter() - start)


def trials(sequences: int):
    learner = LSTM(2, 1, output="linear", input_gate_biases=(-3.0, -6.0))
    conditions = Conditions(
        Adding(1000), learner, NEVER, cap=sequences, test=1, dtype="float32", seed=1
    )
    return [(TrialKey("executors", "T=1000", "", number), conditions) for number in range(TRIALS)]


def compare_studies(repetitions: int) -> None:
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
        DaskExecutor(cluster.scheduler_address) as executor,
    ):

        def processor() -> float:
            return time.process_time() + sum(client.run(time.process_time).values())

        def on_threads(sequences: int) -> None:
            Study(trials(sequences), workers=WORKERS).run(every=0.05)

        def on_dask(sequences: int) -> None:
            Study(trials(sequences), executor=executor).run(every=0.05)

        for run in (on_threads, on_dask):  # compiles
            run(1)
        ratios: list[Times] = []
        for _ in range(repetitions):  # in turn, as a busy machine changes its speed
            threads = timed(lambda: on_threads(SEQUENCES), processor)
            dask = timed(lambda: on_dask(SEQUENCES), processor)
            ratios.append(Times(*(a / b for a, b in zip(threads, dask, strict=True))))
            print(
                f"processor time: threads {threads.processor:.2f} s, Dask {dask.processor:.2f} s; "
                f"on the clock {threads.clock:.2f} and {dask.clock:.2f} s",
                flush=True,
            )
        for name, found in zip(Times._fields, zip(*ratios, strict=True), strict=True):
            print(f"efficiency by the {name}: {_spread(found)}")


def compare_fleets(repetitions: int) -> None:
    """What reading and writing its parts adds to a call, per key."""
    generator, keys = np.random.default_rng(0), [f"key {i}" for i in range(KEYS)]
    X, y = generator.normal(size=(KEYS, FEATURES)), generator.normal(size=KEYS)
    whole = Fleet(rule="gradient-descent")
    whole.learn_many(keys, X, y)
    with ThreadPoolExecutor(1) as executor, TemporaryDirectory() as folder:
        parts = PartitionedFleet.split(whole, Path(folder) / "fleet", PARTS, executor)
        parts.learn_many(keys, X, y)
        added = []
        for _ in range(repetitions):
            one = timed(lambda: whole.learn_many(keys, X, y), time.process_time).processor
            several = timed(lambda: parts.learn_many(keys, X, y), time.process_time).processor
            added.append((several - one) / KEYS * 1e6)
        print(f"a part's file adds, in µs a key and call: {_spread(added)}")


def _spread(numbers) -> str:
    return f"median {statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def main(repetitions: int) -> None:
    compare_fleets(repetitions)
    compare_studies(repetitions)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
