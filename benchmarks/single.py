"""Microseconds per sample of one network that learns at every sample of a stream, on one core.

Run it:  python benchmarks/single.py

They are of processor time, so other work on the machine counts little. The estimators have their
defaults (32 cells, RMSProp, scaling); called for each sample from Python, and in bulk. PyTorch's
contender is `torch.nn.LSTM` with a linear output on the last ten samples, anew at every sample,
with an update each: what people use on streams. The contenders take turns.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from longlag import LSTMClassifier, LSTMRegressor
from longlag.engine.stream_network import StreamNetwork
from longlag.learners.lstm import LSTM
from longlag.rules import Adam, GradientDescent

INPUTS, WINDOW, SECONDS, REPEATS = 4, 10, 0.1, 9
RULES = {"gradient descent": GradientDescent(1e-4), "adam": Adam(1e-4)}
OPTIMISERS = {"gradient descent": torch.optim.SGD, "adam": torch.optim.Adam}


def timed(step: Callable[[], object], samples: int) -> Callable[[], float]:
    """Measures a step that takes so many samples."""

    def measure() -> float:
        count, start = 0, time.process_time()
        while (elapsed := time.process_time() - start) < SECONDS:
            step()
            count += samples
        return elapsed * 1e6 / count

    return measure


def estimators() -> dict[str, Callable[[], float]]:
    """The estimators with their defaults: one call a sample, and one call for many."""
    X = np.random.default_rng(0).normal(size=(20_000, INPUTS))
    sample = dict(zip("abcd", X[0].tolist(), strict=True))
    contenders = {}
    for model, y in (
        (LSTMRegressor(), X[:, 0]),
        (LSTMClassifier(), np.where(X[:, 0] > 0, "up", "down")),
    ):
        named, target = model.clone(), y[0].item()
        model.learn_many(X, y)
        for n in range(100):
            named.learn_one(sample, y[n].item())
        title = type(model).__name__
        contenders |= {
            f"{title}, learn_one": timed(partial(named.learn_one, sample, target), 1),
            f"{title}, predict_one": timed(partial(named.predict_one, sample), 1),
            f"{title}, learn_many": timed(partial(model.learn_many, X, y), len(X)),
        }
    return contenders


def ours(cells: int, rule: str, sources: tuple = ("inputs",), fading: bool = False) -> Callable:
    """Measures one network in bulk; with `fading`, on inputs and targets that are zero by now."""
    learner = LSTM(
        INPUTS,
        1,
        blocks=cells,
        block_size=1,
        cell_sources=("inputs", "cells"),
        gate_sources=sources,
        forget_gates=True,
        output="linear",
        rule=RULES[rule],
    )
    network, generator = StreamNetwork(learner), np.random.default_rng(0)
    n = max(20, 20_000 // cells)
    X, Y = generator.normal(size=(n, INPUTS)), generator.normal(size=(n, 1))
    X, Y = X.astype(np.float32), Y.astype(np.float32)
    network.learn_many(X, Y)
    if fading:
        X[:], Y[:] = 0, 0
        for _ in range(20_000 // n):
            network.learn_many(X, Y)

    return timed(lambda: network.learn_many(X, Y), n)


def one_by_one(cells: int, rule: str) -> Callable:
    """Measures `learn_one`, called from Python for every sample."""
    learner = LSTM(INPUTS, 1, blocks=cells, block_size=1, output="linear", rule=RULES[rule])
    network = StreamNetwork(learner)
    x, y = np.ones(INPUTS, np.float32), np.ones(1, np.float32)

    return timed(lambda: network.learn_one(x, y), 1)


def theirs(cells: int, rule: str) -> Callable:
    """Measures PyTorch on the last `WINDOW` samples."""
    network, output = torch.nn.LSTM(INPUTS, cells), torch.nn.Linear(cells, 1)
    optimiser = OPTIMISERS[rule]([*network.parameters(), *output.parameters()], lr=1e-4)
    window, target = torch.randn(WINDOW, 1, INPUTS), torch.randn(1, 1)

    def step() -> None:
        states, _ = network(window)
        loss = torch.nn.functional.mse_loss(output(states[-1]), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    step()

    return timed(step, 1)


def main() -> None:
    torch.set_num_threads(1)
    contenders = {}
    for rule in RULES:
        for cells in (8, 64, 256):
            contenders[f"{cells} cells, {rule}"] = ours(cells, rule)
            contenders[f"{cells} cells, {rule}, torch"] = theirs(cells, rule)
    for cells in (64, 256):
        name = f"{cells} cells, gradient descent, gates fed by cells too"
        contenders[name] = ours(cells, "gradient descent", ("inputs", "cells"))
    contenders["64 cells, adam, nothing but zeros"] = ours(64, "adam", fading=True)
    contenders["8 cells, gradient descent, one by one"] = one_by_one(8, "gradient descent")
    contenders |= estimators()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(REPEATS):
        for name, measure in contenders.items():
            times[name].append(measure())
    for name, each in times.items():
        print(f"{name:52} {statistics.median(each):8.2f} us (lowest {min(each):.2f})")


if __name__ == "__main__":
    main()
