"""Peak memory of a study of the 93-weight network, as many steps at T=1,000 as at T=1,000,000.

Run it:  python benchmarks/memory.py          Linux and macOS; each study has a process of its own.
"""

import resource
import subprocess
import sys

from longlag import LSTM, Adding, Study
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, TrialKey

STEPS = 20_000_000  # of each network
TRIALS = 16
NEVER = Recent(average_below=1e-12)


def study(T: int) -> None:
    """Train, and print the peak resident size in MB and the steps of a network."""
    conditions = Conditions(
        task=Adding(T),
        learner=LSTM(2, 1, output="linear", input_gate_biases=(-3.0, -6.0)),
        stop=NEVER,
        cap=STEPS // T,
        test=1,
        dtype="float32",
        seed=1,
    )
    trials = [(TrialKey("memory", f"T={T}", "", number), conditions) for number in range(TRIALS)]
    records = Study(trials, workers=1).run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB elsewhere
    print(megabytes, sum(record.steps for record in records) / TRIALS)


def main() -> None:
    peaks = []
    for T in (1_000, 1_000_000):
        output = subprocess.run(
            [sys.executable, __file__, str(T)], check=True, capture_output=True, text=True
        ).stdout
        megabytes, steps = map(float, output.split())
        peaks.append(megabytes)
        print(f"T={T:>9,}: {megabytes:7.1f} MB, {steps / 1e6:.1f} million steps of each network")
    print(f"difference:  {peaks[1] - peaks[0]:+7.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        study(int(sys.argv[1]))
    else:
        main()
