"""Microseconds per sample of one network that learns at every sample of a stream, on one core.

Run it:  python benchmarks/single.py

PyTorch's contender is `torch.nn.LSTM` with a linear output on the last ten samples, anew at every
sample, with an update each: what people use on streams. The contenders take turns.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from longlag.engine.stream_network import StreamNetwork
from longlag.learners.lstm import LSTM
from longlag.rules import Adam, GradientDescent

INPUTS, WINDOW, SECONDS, REPEATS = 4, 10, 0.1, 9
RULES = {"gradient descent": GradientDescent(1e-4), "adam": Adam(1e-4)}
OPTIMISERS = {"gradient descent": torch.optim.SGD, "adam": torch.optim.Adam}


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

    def measure() -> float:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < SECONDS:
            network.learn_many(X, Y)
            count += n
        return elapsed * 1e6 / count

    return measure


def one_by_one(cells: int, rule: str) -> Callable:
    """Measures `learn_one`, called from Python for every sample."""
    learner = LSTM(INPUTS, 1, blocks=cells, block_size=1, output="linear", rule=RULES[rule])
    network = StreamNetwork(learner)
    x, y = np.ones(INPUTS, np.float32), np.ones(1, np.float32)

    def measure() -> float:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < SECONDS:
            network.learn_one(x, y)
            count += 1
        return elapsed * 1e6 / count

    return measure


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

    def measure() -> float:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < SECONDS:
            step()
            count += 1
        return elapsed * 1e6 / count

    return measure


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
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(REPEATS):
        for name, measure in contenders.items():
            times[name].append(measure())
    for name, each in times.items():
        print(f"{name:52} {statistics.median(each):8.2f} us (lowest {min(each):.2f})")


if __name__ == "__main__":
    main()
