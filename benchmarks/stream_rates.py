"""Learning rates of classes: one, several that are mixed, and step sizes that adapt online.

    python -m pip install "longlag[river]" statsmodels
    python benchmarks/stream_rates.py --data FOLDER

Everything is of the list for choosing of docs/choosing-measured.md; the folder holds `weather.csv`,
`etth1.csv` and `machine_temperature.csv` of it. A number is the share of wrong answers, a ratio
that over the share with the defaults. The classes in time are whether the next number is above the
mean of a day so far, as the class of Elec2 is, from the columns beside it, and from the last class
too.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from numba.extending import register_jitable

from longlag import LSTMClassifier
from longlag.rules import RMSProp
from longlag.rules.base import Rate, Rule
from longlag.simd.vectors import fma, select, sqrt

sys.path[:0] = [str(Path(__file__).parent)]
from csv_columns import column, names  # noqa: E402
from stream_defaults import geometric_mean, real_data  # noqa: E402

Stream = tuple[np.ndarray, np.ndarray]  # features (n, columns) and classes (n,)
SEEDS = (0, 1)
DECAY = 0.9995  #: of RMSProp's mean square, as the estimators have it


class GainsKernel(NamedTuple):
    """See `RuleKernel`."""

    rate: float
    meta: float
    keep: float

    moments = ("squares", "traces", "gains")

    @register_jitable
    def advance(self):
        """The same coefficients."""
        return self

    @register_jitable
    def change(self, moments, gradient):
        """The equations of `Gains`; the gain is kept less 1, as moments begin at 0."""
        square, trace, more = moments
        square = fma(DECAY, square, (1.0 - DECAY) * (gradient * gradient))
        g = gradient / (sqrt(square) + 1e-8)
        agreed = g * trace
        agreed = select(agreed > 2.0, 2.0, select(agreed < -2.0, -2.0, agreed))
        gain = (more + 1.0) * fma(self.meta, agreed, 1.0)
        gain = select(gain > 10.0, 10.0, select(gain < 0.1, 0.1, gain))
        trace = fma(self.keep, trace, (1.0 - self.keep) * g)
        return self.rate * gain * g, (square, trace, gain - 1.0)


@dataclass(frozen=True)
class Gains(Rule):
    """RMSProp with a gain for each weight that adapts online, after IDBD (Sutton 1992).

    A gain, in [0.1, 10], grows by the share meta g h, where the gradient g (over its root mean
    square) has the sign of h, the mean of the latest ones, and shrinks where it has not.
    """

    rate: Rate = 0.003
    meta: float = 0.1
    keep: float = 0.999  #: of the mean of the latest gradients, from one to the next

    name = "gains"
    citation: ClassVar[tuple[str, ...]] = ()
    kernel = GainsKernel

    @property
    def coefficients(self) -> GainsKernel:
        """See `Rule`."""
        return GainsKernel(self.rate, self.meta, self.keep)

    def reference(self, gradient, moments, n):
        """Not needed here."""
        raise NotImplementedError


def ruled(rule: Rule, seed: int) -> LSTMClassifier:
    """A classifier of one network with another rule."""
    model = LSTMClassifier(seed=seed)
    build = model._learner
    model._learner = lambda inputs: replace(build(inputs), rule=rule)
    return model


def rated(*rates: float) -> Callable[[int], LSTMClassifier]:
    """Classifiers of one network, or of one for each rate."""
    return lambda seed: LSTMClassifier(rate=rates[0] if len(rates) == 1 else rates, seed=seed)


SETTINGS: dict[str, Callable[[int], LSTMClassifier]] = {
    "rate 0.003 (the default)": rated(0.003),
    "rate 0.001": rated(0.001),
    "rate 0.01": rated(0.01),
    "rate 0.03": rated(0.03),
    "mean square of 10,000": partial(ruled, RMSProp(0.003, 0.9999)),
    "a gain for each weight, 0.03": partial(ruled, Gains(meta=0.03)),
    "a gain for each weight, 0.07": partial(ruled, Gains(meta=0.07)),
    "a gain for each weight, 0.1": partial(ruled, Gains(meta=0.1)),
    "two networks, 0.003 and 0.003": rated(0.003, 0.003),
    "two networks, 0.001 and 0.01": rated(0.001, 0.01),
    "two networks, 0.003 and 0.01": rated(0.003, 0.01),
    "two networks, 0.003 and 0.03": rated(0.003, 0.03),
    "three networks, 0.001, 0.003 and 0.01": rated(0.001, 0.003, 0.01),
    "three networks, 0.003, 0.01 and 0.03": rated(0.003, 0.01, 0.03),
}


def above(X: np.ndarray, y: np.ndarray, day: int) -> Stream:
    """Rows of X, and whether the number of the next row is above the mean of the latest `day`."""
    means = np.convolve(y, np.ones(day) / day)[: len(y)]
    return X[day:-1], (y[1:] > means[:-1])[day:].astype(int)


def told_last(stream: Stream) -> Stream:
    """The same rows, whose features include the class of the row before."""
    X, y = stream
    return np.column_stack([X, np.append(0, y[:-1])]), y


def streams(folder: Path) -> tuple[dict[str, Stream], dict[str, Stream]]:
    """The sets of classes for choosing, and the classes in time."""
    _, classes = real_data()
    weather, etth1 = folder / "weather.csv", folder / "etth1.csv"
    *features, target = names(weather)
    rows = np.column_stack([column(weather, name) for name in features])
    classes["weather"] = rows, column(weather, target).astype(int)
    loads = [name for name in names(etth1) if name not in ("date", "OT")]
    X = np.column_stack([column(etth1, name) for name in loads])
    machine = column(folder / "machine_temperature.csv", "value")
    alone = {
        "HUFL": above(X, column(etth1, "HUFL"), 24),
        "machine": above(machine[:, None], machine, 288),
    }
    return classes, alone | {f"{name} +": told_last(each) for name, each in alone.items()}


def wrong(make: Callable[[int], LSTMClassifier], stream: Stream) -> float:
    """The share of wrong answers, mean over the seeds."""
    X, y = stream
    return float(np.mean([np.mean(make(seed).learn_many(X, y) != y) for seed in SEEDS]))


def main() -> None:
    """Print a line for each setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=list(SETTINGS), choices=SETTINGS)
    given = parser.parse_args()
    classes, in_time = streams(given.data)
    heads = [*classes, "ratio", *in_time, "ratio in time"]
    print(f"| | {' | '.join(heads)} |\n|:--|{'--:|' * len(heads)}")
    usual: dict[str, float] = {}
    for name in dict.fromkeys(["rate 0.003 (the default)", *given.only]):
        cells = []
        for part in (classes, in_time):
            found = {key: wrong(SETTINGS[name], stream) for key, stream in part.items()}
            usual = found | usual
            ratio = geometric_mean({key: share / usual[key] for key, share in found.items()})
            cells += [f"{share:.3f}" for share in found.values()] + [f"{ratio:.3f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
