"""How the defaults of `LSTMRegressor` and `LSTMClassifier` were chosen, and what else was tried.

    python -m pip install "longlag[river]" statsmodels
    python benchmarks/stream_defaults.py [--seeds 2] [--only "the defaults" "mixed cells"]

Each row is a setting that differs from the defaults in one thing. Prequential, in one pass:

- numbers: mean absolute error over that of the last value, on eight series; geometric mean
- classes: share of wrong answers on three sets; mean
- lag: a value is shown, and asked for 200 steps later, amid noise; mean squared error over the
  variance, in the last 250 of 2,000 questions
- bits: random bits, each asked for two steps later; the same over the last 2,000 of 12,000
"""

import argparse
from dataclasses import replace

import numpy as np

from longlag import LSTMClassifier, LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.learners import stream_cells
from longlag.readers.sources import Rows
from longlag.rules import RMSProp

BOTH = ("inputs", "cells")

#: Parameters of the estimator, and fields of its network that are no parameters.
SETTINGS = {
    "the defaults": ({}, {}),
    "rate 0.001": ({"rate": 0.001}, {}),
    "rate 0.01": ({"rate": 0.01}, {}),
    "mean square of 100 targets": ({}, {"rule": RMSProp(0.003, 0.99)}),
    "the same, rate 0.005": ({}, {"rule": RMSProp(0.005, 0.99)}),
    "mean square of 1,000, rate 0.005": ({}, {"rule": RMSProp(0.005, 0.999)}),
    "mean square of 10,000": ({}, {"rule": RMSProp(0.003, 0.9999)}),
    "Adam": ({"rule": "adam"}, {}),
    "Adam, rate 0.01": ({"rule": "adam", "rate": 0.01}, {}),
    "gradient descent, rate 0.01": ({"rule": "gradient-descent", "rate": 0.01}, {}),
    "8 cells": ({"cells": 8}, {}),
    "64 cells": ({"cells": 64}, {}),
    "two cells a block": ({"block_size": 2}, {}),
    "peepholes": ({"peepholes": True}, {}),
    "no forget gates": ({"forget_gates": False}, {}),
    "gates see the cells too": ({}, {"gate_sources": BOTH}),
    "outputs do not see the inputs": ({}, {"output_sources": ("cells",)}),
    "all forget biases 1, input biases drawn": ({}, {"forget_gate_biases": 1.0}),
    "no scaling": ({"scaling": False}, {}),
} | {f"{cell} cells": ({"cell": cell}, {}) for cell in stream_cells() if cell != "memory"}


def model(kind, setting, seed):
    """An estimator whose network has other fields."""
    parameters, fields = setting
    made = kind(**parameters, seed=seed)
    if fields:
        if "forget_gate_biases" in fields:
            blocks = made.cells // made.block_size
            fields = {"forget_gate_biases": (1.0,) * blocks, "input_gate_biases": ()}
        build = made._learner
        made._learner = lambda inputs: replace(build(inputs), **fields)
    return made


def series(values):
    """One step ahead: the value before is the only feature."""
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    return values[:-1, None], values[1:]


def table(stream):
    """The samples of a data set of River as arrays."""
    samples = list(stream)
    names = sorted(samples[0][0])
    X = np.array([[float(x[name]) for name in names] for x, _ in samples])
    return X, np.array([y for _, y in samples])


def real_data():
    """What ships with River and statsmodels: numbers and classes."""
    from river import datasets
    from statsmodels.datasets import co2, elnino, macrodata, sunspots

    macro = macrodata.load_pandas().data.drop(columns=["year", "quarter"])
    unemployment = macro.columns.get_loc("unemp")
    numbers = {
        "sunspots": series(sunspots.load_pandas().data["SUNACTIVITY"]),
        "co2": series(co2.load_pandas().data["co2"]),
        "elnino": series(elnino.load_pandas().data.drop(columns="YEAR").to_numpy().ravel()),
        "airline": series([y for _, y in datasets.AirlinePassengers()]),
        "water": series([y for _, y in datasets.WaterFlow()]),
        "unemployment": (macro.to_numpy()[:-1], macro.to_numpy()[1:, unemployment]),
        "approval": table(datasets.TrumpApproval()),
        "chicks": table(datasets.ChickWeights()),
    }
    classes = {
        "phishing": table(datasets.Phishing()),
        "bananas": table(datasets.Bananas()),
        "segments": table(datasets.ImageSegments()),
    }
    return numbers, classes


def lag(seed, steps=200, questions=2000):
    """The first input is noise; the second marks what to keep, the third asks for it."""
    generator = np.random.default_rng(seed)
    X, y = np.zeros((steps * questions, 3)), np.full(steps * questions, np.nan)
    X[:, 0] = generator.uniform(-1, 1, len(X))
    X[::steps, 1] = X[steps - 1 :: steps, 2] = 1
    y[steps - 1 :: steps] = X[::steps, 0]
    return X, y


def bits(seed, n=12_000):
    """Random bits and those of two steps before."""
    x = np.random.default_rng(seed).integers(0, 2, n).astype(float)
    return x[:, None], np.roll(x, 2)


def share_missed(estimator, X, y, last):
    """Mean squared error over the variance, of the last targets."""
    answers = estimator.learn_many(X, y)
    there = np.flatnonzero(~np.isnan(y))[-last:]
    return np.mean((answers - y)[there] ** 2) / np.var(y[there])


def departures(X, y, seed):
    """Answers of `longlag learn --horizon 0`: departures from the better naive prediction."""
    features = tuple(map(str, range(X.shape[1])))
    evaluation = Evaluation(Question(("y",), features, (0,)), LSTMRegressor(seed=seed))
    return evaluation.step(Rows(1, X, y, None))[:, 0]


def over_last_value(answers, y):
    """Mean absolute error over that of the last value; the first ten answers do not count."""
    missed = np.mean([np.abs(answer - y)[10:].mean() for answer in answers])
    return missed / np.abs(np.diff(y))[9:].mean()


def geometric_mean(ratios):
    """Of the values of a dict."""
    return np.exp(np.mean(np.log(list(ratios.values()))))


def main():
    """Print one line for each setting, and of the defaults one for the series."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=SETTINGS, metavar="SETTING")
    given = parser.parse_args()
    seeds = range(given.seeds)
    numbers, classes = real_data()
    print("| setting | numbers | classes | lag, by seed | bits |\n|---|---|---|---|---|")
    for name in given.only:
        setting = SETTINGS[name]
        ratios, wrong = {}, {}
        for key, (X, y) in numbers.items():
            answers = [model(LSTMRegressor, setting, seed).learn_many(X, y) for seed in seeds]
            ratios[key] = over_last_value(answers, y)
        for key, (X, y) in classes.items():
            answers = [model(LSTMClassifier, setting, seed).learn_many(X, y) for seed in seeds]
            wrong[key] = np.mean([answer != y for answer in answers])
        lags = [
            share_missed(model(LSTMRegressor, setting, seed), *lag(seed), 250) for seed in seeds
        ]
        recalled = [
            share_missed(model(LSTMRegressor, setting, seed), *bits(seed), 2000) for seed in seeds
        ]
        print(
            f"| {name} | {geometric_mean(ratios):.2f} | {np.mean(list(wrong.values())):.3f} | "
            f"{', '.join(f'{each:.2f}' for each in lags)} | {np.mean(recalled):.3f} |",
            flush=True,
        )
        if name == "the defaults":
            each = ratios | wrong
            print("\n", ", ".join(f"{key} {value:.2f}" for key, value in each.items()))
            learned = {
                key: over_last_value([departures(X, y, seed) for seed in seeds], y)
                for key, (X, y) in numbers.items()
            }
            print("\n longlag learn:", ", ".join(f"{k} {v:.2f}" for k, v in learned.items()))
            print(f"\n together {geometric_mean(learned):.2f}\n")


if __name__ == "__main__":
    main()
