"""Time of a study of 32 trials with two workers, over that with one.

Run it:  python benchmarks/workers.py [repetitions]          Needs two idle cores.
"""

import statistics
import sys
import time

from longlag import LSTM, Adding, Study
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, TrialKey

TRIALS = 32  # two fills of the lanes for one worker, one for each of two
NEVER = Recent(average_below=1e-12)  # every trial runs to its cap, so the work is the same


def seconds(workers: int, sequences: int) -> float:
    """Wall-clock time of the study, from its start to its last record."""
    conditions = Conditions(
        task=Adding(1000),
        learner=LSTM(2, 1, output="linear", input_gate_biases=(-3.0, -6.0)),
        stop=NEVER,
        cap=sequences,
        test=1,
        dtype="float32",
        seed=1,
    )
    trials = [(TrialKey("workers", "T=1000", "", number), conditions) for number in range(TRIALS)]
    start = time.perf_counter()
    Study(trials, workers=workers).run(every=0.01)
    return time.perf_counter() - start


def main(repetitions: int) -> None:
    for workers in (1, 2):  # compiles, for every number of lanes that the study will use
        seconds(workers, sequences=1)
    one, two = [], []
    for _ in range(
        repetitions
    ):  # in turn, so that a machine that changes its speed is fair to both
        one.append(seconds(1, sequences=10_000))
        two.append(seconds(2, sequences=10_000))
        print(f"one worker {one[-1]:6.2f} s, two {two[-1]:6.2f} s, ratio {two[-1] / one[-1]:.2f}")
    ratio = statistics.median(b / a for a, b in zip(one, two, strict=True))
    print(
        f"medians {statistics.median(one):.2f} s, {statistics.median(two):.2f} s, ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
