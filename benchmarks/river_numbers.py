"""The regression track of River's benchmark: errors and times of longlag and River's models.

    python benchmarks/river_numbers.py

ChickWeights and TrumpApproval, which ship with River, each under two protocols: from the features
alone, and with the target of the row before among them. Every model predicts each row and then
learns it. Models and settings are those of River's own benchmark (`benchmarks/config.py` of its
repository). Both sets are among the data on which longlag's defaults were chosen.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from river import datasets, dummy, forest, linear_model, neighbors, rules, stats, tree
from river.ensemble import BaggingRegressor, EWARegressor, SRPRegressor
from river.preprocessing import StandardScaler

from longlag import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.readers.sources import Rows

SEED, SEEDS = 42, (0, 1, 2)  # of River's models, as in its benchmark; of ours
LAST = "last target"

Stream = list[tuple[dict[str, float], float]]

RIVER: dict[str, Callable[[], Any]] = {
    "mean so far": lambda: dummy.StatisticRegressor(stats.Mean()),
    "linear regression": linear_model.LinearRegression,
    "linear regression, l1": lambda: linear_model.LinearRegression(l1=1.0),
    "linear regression, l2": lambda: linear_model.LinearRegression(l2=1.0),
    "passive-aggressive": lambda: linear_model.PARegressor(mode=1),
    "k nearest neighbours": neighbors.KNNRegressor,
    "AMRules": rules.AMRules,
    "Hoeffding tree": tree.HoeffdingTreeRegressor,
    "Hoeffding adaptive tree": lambda: tree.HoeffdingAdaptiveTreeRegressor(seed=SEED),
    "stochastic gradient tree": tree.SGTRegressor,
    "adaptive random forest": lambda: forest.ARFRegressor(seed=SEED),
    "Mondrian forest (AMF)": lambda: forest.AMFRegressor(seed=SEED),
    "streaming random patches": lambda: SRPRegressor(seed=SEED),
    "bagging": lambda: BaggingRegressor(
        tree.HoeffdingAdaptiveTreeRegressor(bootstrap_sampling=False), seed=SEED
    ),
    "exponentially weighted average": lambda: EWARegressor(
        [
            linear_model.LinearRegression(),
            tree.HoeffdingAdaptiveTreeRegressor(),
            neighbors.KNNRegressor(),
            rules.AMRules(),
        ]
    ),
}
UNSCALED = {"stochastic gradient tree"}  #: the others see standardised features


def told_last(stream: Stream) -> Stream:
    """The same rows, whose features include the target of the row before; 0 in the first."""
    before = [0.0, *(y for _, y in stream[:-1])]
    return [(x | {LAST: last}, y) for (x, y), last in zip(stream, before, strict=True)]


def error(answers: Any, stream: Stream) -> float:
    """The mean absolute error."""
    return float(np.mean(np.abs(np.asarray(answers) - [y for _, y in stream])))


def one_by_one(model: Any, stream: Stream) -> tuple[float, float]:
    """The error of a model of River, and its microseconds a row."""
    answers, start = [], time.process_time()
    for x, y in stream:
        answers.append(model.predict_one(x) or 0.0)  # some have no answer at first
        model.learn_one(x, y)
    return error(answers, stream), 1e6 * (time.process_time() - start) / len(stream)


def longlag(stream: Stream, seed: int) -> tuple[float, float]:
    """The same of `LSTMRegressor`, the whole stream in one call."""
    names, y = list(stream[0][0]), np.array([y for _, y in stream])
    X = np.array([[x[name] for name in names] for x, _ in stream])
    model = LSTMRegressor(seed=seed)
    model.compile()
    start = time.process_time()
    answers = model.learn_many(X, y)
    return error(answers, stream), 1e6 * (time.process_time() - start) / len(stream)


def longlag_learn(stream: Stream, seed: int) -> tuple[float, float]:
    """The same of `longlag learn --horizon 0`, which knows the targets so far by itself."""
    names, y = list(stream[0][0]), np.array([y for _, y in stream])
    X = np.array([[x[name] for name in names] for x, _ in stream])
    evaluation = Evaluation(Question(("y",), tuple(names), (0,)), LSTMRegressor(seed=seed))
    evaluation.compile()
    start = time.process_time()
    answers = np.nan_to_num(evaluation.step(Rows(1, X, y, None))[:, 0])  # none before the first
    return error(answers, stream), 1e6 * (time.process_time() - start) / len(stream)


def main() -> None:
    """Print a line for each model."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    streams: dict[str, Stream] = {}
    for kind in (datasets.ChickWeights, datasets.TrumpApproval):
        stream = [({k: float(v) for k, v in x.items()}, float(y)) for x, y in kind()]
        streams |= {kind.__name__: stream, f"{kind.__name__} and last": told_last(stream)}
    print("| | " + " | ".join(f"{name}, {len(rows):,}" for name, rows in streams.items()), end="")
    print(" | µs a row |\n|:--|" + "--:|" * (len(streams) + 1))
    for name, run in {"longlag": longlag, "longlag learn": longlag_learn}.items():
        found = [[run(rows, seed) for seed in SEEDS] for rows in streams.values()]
        cells = [", ".join(f"{missed:.3g}" for missed, _ in runs) for runs in found]
        cost = np.mean([spent for runs in found for _, spent in runs])
        print(f"| {name} | {' | '.join(cells)} | {cost:,.0f} |", flush=True)
    values = [error([0.0, *(y for _, y in rows[:-1])], rows) for rows in streams.values()]
    print("| last value | " + " | ".join(f"{missed:.3g}" for missed in values) + " | |")
    for name, make in RIVER.items():
        found = []
        for rows in streams.values():
            model = make() if name in UNSCALED else StandardScaler() | make()
            found.append(one_by_one(model, rows))
        cells, cost = [f"{missed:.3g}" for missed, _ in found], np.mean([s for _, s in found])
        print(f"| {name} | {' | '.join(cells)} | {cost:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
