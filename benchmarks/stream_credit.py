"""How an error finds the weights of a network on a stream: same streams, cells and rule for all.

    python -m pip install "longlag[river]" statsmodels
    python benchmarks/stream_credit.py --data FOLDER

The folder holds `etth1.csv`, `machine_temperature.csv`, `nyc_taxi.csv` and `elec2.csv`. Every
learner has 32 cells with the initial values of the estimators, and RMSProp. Prequential, in one
pass, inputs and targets standardised by their moments so far. Columns of zeros fill up the inputs
to `WIDTH`, so that one compilation serves all streams of a learner.

The rate of each learner is chosen on the list for choosing of docs/choosing-measured.md, once
for numbers (geometric mean of the error over that of the last value), for classes (share of wrong
answers), for the lag of 200 and for the bits of two steps before (squared error over the variance).
The table then shows the other list, and other seeds of what is generated.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from longlag import LSTM, Network, Rotating
from longlag.estimators.parameters import DECAY
from longlag.estimators.scaling import RunningScale
from longlag.learners.base import Learner
from longlag.learners.streams import StreamOptions
from longlag.rules import RMSProp

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column  # noqa: E402
from stream_defaults import bits, geometric_mean, lag, real_data, series  # noqa: E402
from wild_readings import generated  # noqa: E402

WIDTH, CELLS, SEEDS = 9, 32, (0, 1)
RATES = 0.0003, 0.001, 0.003, 0.01


class Samples(NamedTuple):
    """A stream: X (n, features), y (n,), NaN where there is no target."""

    X: np.ndarray
    y: np.ndarray


def network(cell: str, rate: float, **fields: Any) -> Learner:
    """The network that an estimator would have."""
    kind = LSTM if cell == "memory" else Rotating
    options = StreamOptions(CELLS, 1, True, False, WIDTH, "linear", RMSProp(rate, DECAY))
    return replace(kind.for_stream(cell, options), **fields)


LEARNERS: dict[str, Callable[[float], Learner]] = {
    "truncated (1997)": lambda rate: network("memory", rate),
    "no partials": lambda rate: network("memory", rate, credit="one-step"),
    "full, windows of 10": lambda rate: network("memory", rate, credit="full", depth=10),
    "full, windows of 100": lambda rate: network("memory", rate, credit="full", depth=100),
    "gated, diagonal, exact": lambda rate: network("memory", rate, cell_sources=("inputs",)),
    "rotating, exact": lambda rate: network("rotating", rate),
    "mixed, exact": lambda rate: network("mixed", rate),
}


def answers(learner: Learner, samples: Samples, seed: int) -> np.ndarray:
    """What the network says of every target before it learns it, in the target's units."""
    X, y = samples
    scaled = RunningScale.start(X.shape[1]).standardise(X, len(X))
    wide = np.zeros((len(X), WIDTH))
    wide[:, : X.shape[1]] = scaled
    targets = RunningScale.start(1)
    wanted, centre, spread = targets.standardise_targets(y[:, None])
    found = Network(learner, seed=seed, dtype="float32").learn(wide, wanted)
    return (centre + spread * found)[:, 0]


def over_last_value(found: np.ndarray, y: np.ndarray) -> float:
    """Mean absolute error over that of the last value; the first ten answers do not count."""
    return float(np.abs(found - y)[10:].mean() / np.abs(np.diff(y))[9:].mean())


def share_wrong(found: np.ndarray, y: np.ndarray) -> float:
    """Of classes 0 and 1."""
    return float(np.mean((found > 0.5) != (y > 0.5)))


def share_missed(found: np.ndarray, y: np.ndarray, last: int) -> float:
    """Mean squared error over the variance, of the last targets."""
    there = np.flatnonzero(~np.isnan(y))[-last:]
    return float(np.mean((found - y)[there] ** 2) / np.var(y[there]))


Error = Callable[[np.ndarray, np.ndarray], float]

ERRORS: dict[str, Error] = {
    "numbers": over_last_value,
    "classes": share_wrong,
    "lag 200": partial(share_missed, last=250),
    "bits": partial(share_missed, last=2000),
}


def for_choosing(data: Path) -> Iterator[tuple[str, Samples]]:
    """What is measured of every stream, and its samples."""
    numbers, classes = real_data()
    numbers["HUFL"] = series(column(data / "etth1.csv", "HUFL"))
    numbers["machine"] = series(column(data / "machine_temperature.csv", "value"))
    for X, y in numbers.values():
        if X.shape[1] <= WIDTH:
            yield "numbers", Samples(X, y)
    for X, y in classes.values():
        if X.shape[1] <= WIDTH and len(set(y)) == 2:
            yield "classes", Samples(X, y.astype(float))
    for seed in SEEDS:
        yield "lag 200", Samples(*lag(seed, questions=1000))
        yield "bits", Samples(*bits(seed))


def for_showing(data: Path) -> Iterator[tuple[str, str, Samples]]:
    """The same of the list for showing, with names."""
    yield "numbers", "taxi", Samples(*series(column(data / "nyc_taxi.csv", "value")))
    yield "numbers", "OT", Samples(*series(column(data / "etth1.csv", "OT")))
    yield "numbers", "generated", Samples(*series(generated(100)))
    names = ("period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer", "class")
    *features, wanted = (column(data / "elec2.csv", name) for name in names)
    yield "classes", "Elec2", Samples(np.column_stack(features), wanted)
    yield "lag 200", "lag 200", Samples(*lag(100, questions=1000))
    yield "bits", "bits", Samples(*bits(100))


def error(learner: Learner, kind: str, samples: Samples) -> float:
    """Mean over the seeds of the initial weights; infinite if a network diverges."""
    found = [ERRORS[kind](answers(learner, samples, seed), samples.y) for seed in SEEDS]
    return float(np.nan_to_num(np.mean(found), nan=np.inf))


def main() -> None:
    """Print a line for each learner: how it chose its rates, and what it has then."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    choosing, showing = list(for_choosing(given.data)), list(for_showing(given.data))
    kinds = list(ERRORS)
    shown = [name for _, name, _ in showing]
    print(f"| credit | weights | {' | '.join(f'{kind} (rate)' for kind in kinds)} |", end="")
    print(f" {' | '.join(shown)} |\n|---{'|--:' * (1 + len(kinds) + len(shown))}|")
    for name, make in LEARNERS.items():
        best: dict[str, tuple[float, float]] = {}
        for rate in RATES:
            found: dict[str, list[float]] = {kind: [] for kind in kinds}
            for kind, samples in choosing:
                found[kind].append(error(make(rate), kind, samples))
            for kind, errors in found.items():
                mean = geometric_mean(dict(enumerate(errors)))
                together = float(mean if kind == "numbers" else np.mean(errors))
                best[kind] = min(best.get(kind, (np.inf, rate)), (together, rate))
        chosen = [f"{best[kind][0]:.3f} ({best[kind][1]})" for kind in kinds]
        then = [f"{error(make(best[kind][1]), kind, samples):.3f}" for kind, _, samples in showing]
        weights = make(0.1).weights
        print(f"| {name} | {weights:,} | {' | '.join([*chosen, *then])} |", flush=True)


if __name__ == "__main__":
    main()
