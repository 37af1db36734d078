"""Cell states along a stream without resets, with and without forget gates: docs/forgetting.md.

Run it:  python benchmarks/forgetting.py          some two minutes

Networks of the experiment `continual-reber` learn from a million symbols, in streams of 1,000, and
then read one stream of 10,000 with their weights frozen.
"""

from statistics import median

import numpy as np

from longlag import Network, Study
from longlag.experiments.files import published
from longlag.experiments.trial import TrialKey
from longlag.tasks.reber import ALPHABET, CONTINUAL, ContinualReber

EXPERIMENT = published("continual-reber")
ROWS = ("1997 cell", "forget gates")
NETWORKS = 8
STREAMS = 1000  # of training; a network that solves the task stops before
READ = 10_000  # symbols
PARTS = ((1, 10), (11, 100), (101, 1000), (1001, READ))  # of the stream that is read


def legal_symbols(x: np.ndarray) -> np.ndarray:
    """Which symbols may follow each: shape (steps, symbols)."""
    legal, node = np.zeros((len(x), len(ALPHABET)), bool), 0
    for step, symbol in enumerate(x):
        node = CONTINUAL[node][ALPHABET[int(symbol)]]
        legal[step, [ALPHABET.index(may) for may in CONTINUAL[node]]] = True
    return legal


def trained(row: str) -> list[Network]:
    reading = EXPERIMENT.readings[0].name
    given = EXPERIMENT.conditions(row, reading, seed=1, dtype="float32", overrides={"cap": STREAMS})
    trials = [(TrialKey("forgetting", row, reading, number), given) for number in range(NETWORKS)]
    return [Network.from_column(given.learner, record.column) for record in Study(trials).run()]


def main() -> None:
    x = next(ContinualReber(length=READ).sequences(seed=2))[0][:, 0]
    legal = legal_symbols(x)
    print(f"Medians of {NETWORKS} networks:")
    print("row           symbols           largest |s|   mean h'(s)   wrong answers")
    for row in ROWS:
        states, wrong = [], []
        for network in trained(row):
            states.append(np.abs(network.record(x)["states"]))
            y = network.predict(x)
            least = np.where(legal, y, np.inf).min(axis=1)
            wrong.append(least <= np.where(legal, -np.inf, y).max(axis=1))
        for first, last in PARTS:
            part = slice(first - 1, last)
            size = median(s[part].max() for s in states)
            slope = median(np.mean(0.5 - 0.5 * np.tanh(s[part] / 2) ** 2) for s in states)
            errors = median(w[part].mean() for w in wrong)
            print(f"{row:13} {first:6,} to {last:6,} {size:14.1f} {slope:12.3f} {errors:14.2%}")


if __name__ == "__main__":
    main()
