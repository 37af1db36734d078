"""Time of `longlag reproduce adding --T 100` from its start: to the first progress, to the end.

Run it:  python benchmarks/cold_start.py          Every run has a new process and a new store; the
first of each pair compiles, the second finds on disk what was compiled.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPETITIONS = 3


def run(compiled: str) -> tuple[float, float]:
    """Seconds to the first line that shows trials in work, and to the end.

    `compiled` is the folder for what Numba compiles.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.longlag"
        command = [sys.executable, "-m", "longlag.cli", "reproduce", "adding", "--T", "100"]
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--store", str(store)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"NUMBA_CACHE_DIR": compiled},
        )
        assert process.stderr is not None
        first = None
        for line in process.stderr:
            if first is None and " trials, " in line:
                first = time.perf_counter() - start
        if process.wait():
            sys.exit(f"the command failed with status {process.returncode}")
        if first is None:
            sys.exit("the command ended before it showed any progress")
        return first, time.perf_counter() - start


def main() -> None:
    cold, warm = [], []
    for _ in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as compiled:
            cold.append(run(compiled))
            warm.append(run(compiled))
    for name, runs in (("cold", cold), ("warm", warm)):
        for first, end in runs:
            print(f"{name}: first progress after {first:5.1f} s, end after {end:5.1f} s")
        first, end = (statistics.median(times) for times in zip(*runs, strict=True))
        print(f"{name}, medians:         {first:5.1f} s,           {end:5.1f} s")
    print("Off a terminal a line of progress comes every 5 s; on a terminal it is live.")


if __name__ == "__main__":
    main()
