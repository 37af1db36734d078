"""Lags of 200, 2,000 and 20,000 steps on a stream: what helps `LSTMRegressor` to bridge them.

Run it:  python benchmarks/stream_lags.py [--lags 200 2000] [--seeds 0 1] [--only "the defaults"]
         python benchmarks/stream_lags.py --lags 2000 --questions 2000
         python benchmarks/stream_lags.py --lags 20000 --questions 4000 --unscaled

A question is a value that is shown once and asked for so many steps later, amid noise. The network
sees the noise, a mark at the value, and a mark at the question. It learns online, in one pass, and
is told nothing of the lag, except where a row says so. `--unscaled` shows the values, in [-1, 1],
and the marks, 1, as they are; standardised, a mark in each of 20,000 rows is 141. Each figure is
the squared error over the variance, in the last 200 of all questions: 0 is perfect, 1 is the mean.
"""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from longlag import LSTMRegressor
from longlag.learners.streams import OPEN, opposite, spread
from longlag.rules import Adam, RMSProp

QUESTIONS = {200: 3000, 2_000: 4000, 20_000: 8000}
LAST = 200  # questions that count
AT_ONCE = 200_000  # rows

Fields = dict[str, Any]


def holding(cells: int, shut: float) -> Fields:
    """Gates that hold a value from about one step to about exp(-shut) steps."""
    return both(spread(cells, OPEN, shut))


def both(biases: tuple[float, ...]) -> Fields:
    """Biases of input gates, and the opposite ones of forget gates."""
    return {"input_gate_biases": biases, "forget_gate_biases": opposite(biases)}


#: As far lags need it: its averages are those of many questions, and its epsilon hides nothing.
LONG_ADAM = Adam(0.01, beta2=0.9999, epsilon=1e-13)

#: The number of cells, and fields of the network at a lag that are no parameters of the estimator.
SETTINGS: dict[str, tuple[int, Callable[[int], Fields]]] = {
    "the defaults": (32, lambda lag: {}),
    "64 cells": (64, lambda lag: {}),
    "gates that hold for up to 60,000 steps": (32, lambda lag: holding(32, -11.0)),
    "the same, 64 cells": (64, lambda lag: holding(64, -11.0)),
    "weights in [-0.5, 0.5]": (32, lambda lag: {"weight_range": 0.5}),
    "weights in [-1.5, 1.5]": (32, lambda lag: {"weight_range": 1.5}),
    "an epsilon of 1e-13": (32, lambda lag: {"rule": RMSProp(0.003, 0.999, 1e-13)}),
    "gates see the cells and gates": (
        32,
        lambda lag: {"gate_sources": ("inputs", "cells", "gates")},
    ),
    "all gates told the lag": (32, lambda lag: both((-math.log(lag) - 2.2,) * 32)),
    "told the lag, weights in [-1, 1]": (
        32,
        lambda lag: both((-math.log(lag) - 2.2,) * 32) | {"weight_range": 1.0},
    ),
    "told the lag, weights in [-1, 1], Adam": (
        32,
        lambda lag: both((-math.log(lag) - 2.2,) * 32) | {"weight_range": 1.0, "rule": LONG_ADAM},
    ),
    "gates that hold for 50 to a million steps, weights in [-1, 1], Adam": (
        32,
        lambda lag: both(spread(32, -4.0, -14.0)) | {"weight_range": 1.0, "rule": LONG_ADAM},
    ),
    "told the lag, weights in [-1.5, 1.5], epsilon 1e-13": (
        32,
        lambda lag: (
            both((-math.log(lag) - 2.2,) * 32)
            | {"weight_range": 1.5, "rule": RMSProp(0.003, 0.999, 1e-13)}
        ),
    ),
    "up to 60,000 steps, weights in [-0.5, 0.5], epsilon 1e-13": (
        32,
        lambda lag: (
            holding(32, -11.0) | {"weight_range": 0.5, "rule": RMSProp(0.003, 0.999, 1e-13)}
        ),
    ),
}


def model(cells: int, fields: Fields, seed: int, *, scaling: bool) -> LSTMRegressor:
    """An estimator whose network has other fields."""
    made = LSTMRegressor(cells=cells, seed=seed, scaling=scaling)
    build = made._learner
    made._learner = lambda inputs: replace(build(inputs), **fields)
    return made


def share_missed(estimator: LSTMRegressor, lag: int, questions: int, seed: int) -> float:
    """Squared error over the variance, in the last of so many questions."""
    generator = np.random.default_rng(seed)
    at_once = max(AT_ONCE // lag, 1)
    asked, answered = [], []
    for _ in range(0, questions, at_once):
        X, y = np.zeros((lag * at_once, 3)), np.full(lag * at_once, np.nan)
        X[:, 0] = generator.uniform(-1, 1, len(X))
        X[::lag, 1] = X[lag - 1 :: lag, 2] = 1
        y[lag - 1 :: lag] = X[::lag, 0]
        answered += [*estimator.learn_many(X, y)[lag - 1 :: lag]]
        asked += [*y[lag - 1 :: lag]]
    targets, answers = np.array(asked[-LAST:]), np.array(answered[-LAST:])
    return float(np.mean((answers - targets) ** 2) / np.var(targets))


def main() -> None:
    """Print one line for each setting and lag, as soon as it is known."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lags", type=int, nargs="+", choices=QUESTIONS, default=[*QUESTIONS])
    parser.add_argument("--questions", type=int, help="in place of the usual number at a lag")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--unscaled", action="store_true")
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=SETTINGS, metavar="SETTING")
    given = parser.parse_args()
    print("| lag | setting | error, by seed | mean | µs a row |\n|---|---|---|---|---|")
    for lag in given.lags:
        questions = given.questions or QUESTIONS[lag]
        for name in given.only:
            cells, fields = SETTINGS[name]
            start = time.process_time()
            errors = [
                share_missed(
                    model(cells, fields(lag), seed, scaling=not given.unscaled),
                    lag,
                    questions,
                    seed,
                )
                for seed in given.seeds
            ]
            rows = len(errors) * questions * lag
            cost = (time.process_time() - start) / rows * 1e6
            by_seed = ", ".join(f"{error:.3f}" for error in errors)
            print(
                f"| {lag:,} | {name} | {by_seed} | {np.mean(errors):.3f} | {cost:.1f} |", flush=True
            )


if __name__ == "__main__":
    main()
