"""Processor time of a sample and memory of a key in a fleet: a network for each of many series.

Run it:  python benchmarks/fleet.py [--keys 100_000] [--largest 1_000_000]

Every series gets one row per call, and the first calls, which compile and begin the networks, do
not count. Beside it, on the same data: a dict of River's pipelines (`StandardScaler` and
`LinearRegression`, one row at a time, as River has it), on a thousand of the keys; the same with
`LogisticRegression` beside a fleet that names one of two classes, whether a target is above 0; a
dict of
River's adaptive random forests (`ARFRegressor`) of ten trees, on `FORESTS` keys, each after
`GROWN` rows, whose memory is taken as the bytes that pickle writes; and PyTorch on a
thousand keys, an LSTM of as many cells for each key with the gradient of the last step alone and
plain gradient descent, as one batch (`torch.func.vmap` over stacked weights) and as a loop over
modules. PyTorch's networks carry no stored partials, so they learn less from a sample. The
contenders take turns. Processor time is that of all threads together, so that a busy machine
changes it less than the time on the clock, which is shown too.
"""

import argparse
import pickle
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from river import forest, linear_model, preprocessing

from longlag import Fleet, FleetClassifier

FEATURES, CELLS, FEW, REPEATS = 4, 8, 1000, 7
FORESTS, GROWN = 20, 500  #: forests, and the rows of each before it is measured


Times = tuple[float, float]  #: seconds a sample, of the processor and on the clock


def timed(run: Callable[[], None], samples: int) -> Callable[[], Times]:
    """Measures one run of so many samples."""

    def measure() -> Times:
        processor, clock = time.process_time(), time.perf_counter()
        run()
        passed = time.process_time() - processor, time.perf_counter() - clock
        return passed[0] / samples, passed[1] / samples

    return measure


def ours(keys: int, rows: int = 1, **options) -> tuple[Fleet, Callable[[], Times]]:
    """A fleet, and what measures one call with so many rows a key."""
    generator, names = np.random.default_rng(0), np.tile(np.arange(keys), rows)
    X, y = generator.normal(size=(len(names), FEATURES)), generator.normal(size=len(names))
    fleet = Fleet(CELLS, **options)
    fleet.learn_many(names, X, y)

    def run() -> None:
        fleet.learn_many(names, X, y)

    return fleet, timed(run, len(names))


def classes(keys: int, rows: int = 1, **options) -> tuple[FleetClassifier, Callable[[], Times]]:
    """`ours` of classes, with the probabilities of both classes as answers."""
    generator, names = np.random.default_rng(0), np.tile(np.arange(keys), rows)
    X, y = generator.normal(size=(len(names), FEATURES)), generator.normal(size=len(names)) > 0
    fleet = FleetClassifier(CELLS, **options)
    fleet.learn_many(names, X, y)

    def run() -> None:
        fleet.learn_proba_many(names, X, y)

    return fleet, timed(run, len(names))


def river(*, classify: bool = False) -> Callable[[], Times]:
    """Measures a dict of River's linear models, of numbers or of two classes."""
    rows = np.random.default_rng(0).normal(size=(FEW, FEATURES + 1)).tolist()
    samples = [(dict(enumerate(row[:-1])), row[-1] > 0 if classify else row[-1]) for row in rows]
    kind = linear_model.LogisticRegression if classify else linear_model.LinearRegression
    models = [preprocessing.StandardScaler() | kind() for _ in range(FEW)]

    def run() -> None:
        for model, (x, y) in zip(models, samples, strict=True):
            if classify:
                model.predict_proba_one(x)
            else:
                model.predict_one(x)
            model.learn_one(x, y)

    return timed(run, FEW)


def forests() -> tuple[int, Callable[[], Times]]:
    """Bytes of a forest, and what measures a dict of River's adaptive random forests."""
    rows = np.random.default_rng(0).normal(size=(GROWN, FEATURES + 1)).tolist()
    models = [forest.ARFRegressor(seed=n) for n in range(FORESTS)]
    samples = [(dict(enumerate(row[:-1])), row[-1]) for row in rows]
    for model in models:
        for x, y in samples:
            model.learn_one(x, y)
    size = len(pickle.dumps(models)) // FORESTS

    def run() -> None:
        for model, (x, y) in zip(models, samples, strict=False):
            model.predict_one(x)
            model.learn_one(x, y)

    return size, timed(run, FORESTS)


class Cell(torch.nn.Module):
    """An LSTM cell with a linear output."""

    def __init__(self):
        super().__init__()
        self.cell, self.output = torch.nn.LSTMCell(FEATURES, CELLS), torch.nn.Linear(CELLS, 1)

    def forward(self, x, h, c):
        h, c = self.cell(x, (h, c))
        return self.output(h), h, c


def torch_together() -> Callable[[], Times]:
    """Measures the cells of all keys as one batch, under `torch.func.vmap`."""
    cells = [Cell() for _ in range(FEW)]
    weights, buffers = torch.func.stack_module_state(cells)
    x, y = torch.randn(FEW, 1, FEATURES), torch.randn(FEW, 1, 1)
    states = [torch.zeros(FEW, 1, CELLS), torch.zeros(FEW, 1, CELLS)]

    def loss(weights, buffers, x, y, h, c):
        answer, h, c = torch.func.functional_call(cells[0], (weights, buffers), (x, h, c))
        return torch.nn.functional.mse_loss(answer, y), (h.detach(), c.detach())

    gradient = torch.func.vmap(torch.func.grad(loss, has_aux=True))

    def run() -> None:
        found, states[:] = gradient(weights, buffers, x, y, *states)
        with torch.no_grad():
            for name, each in found.items():
                weights[name] -= 0.003 * each

    return timed(run, FEW)


def torch_loop() -> Callable[[], Times]:
    """Measures one cell after the other."""
    cells = [Cell() for _ in range(FEW)]
    optimisers = [torch.optim.SGD(cell.parameters(), lr=0.003) for cell in cells]
    x, y, zeros = torch.randn(1, FEATURES), torch.randn(1, 1), torch.zeros(1, CELLS)
    states = [(zeros, zeros)] * FEW

    def run() -> None:
        for i, (cell, optimiser) in enumerate(zip(cells, optimisers, strict=True)):
            answer, h, c = cell(x, *states[i])
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(answer, y).backward()
            optimiser.step()
            states[i] = h.detach(), c.detach()

    return timed(run, FEW)


def largest(keys: int) -> None:
    """What a fleet of so many keys takes, which begin in calls of a tenth of them."""
    generator, fleet = np.random.default_rng(0), Fleet(CELLS, rule="gradient-descent")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for first in range(0, keys, keys // 10):
        X, y = generator.normal(size=(keys // 10, FEATURES)), generator.normal(size=keys // 10)
        fleet.learn_many(np.arange(first, first + keys // 10), X, y)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(fleet):,} keys: peak {after:.1f} GB, {before:.1f} GB before")
    start = time.perf_counter()
    fleet.learn_many(np.arange(keys), np.ones((keys, FEATURES)), np.ones(keys))
    print(f"  a row for each: {time.perf_counter() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=lambda text: int(text.replace("_", "")), default=100_000)
    parser.add_argument("--largest", type=lambda text: int(text.replace("_", "")), default=0)
    options = parser.parse_args()
    contenders: dict[str, Callable[[], Times]] = {}
    sizes: dict[str, int] = {}  #: bytes a key
    for rule in ("gradient-descent", "rmsprop"):
        for rows in (1, 10):
            name = f"{rule}, {rows} rows a key in a call"
            fleet, contenders[name] = ours(options.keys // rows, rows, rule=rule)
            sizes[name] = fleet.bytes_per_key
            name = f"two classes, {name}"
            classifiers, contenders[name] = classes(options.keys // rows, rows, rule=rule)
            sizes[name] = classifiers.bytes_per_key
    contenders["River, a dict of linear models"] = river()
    contenders["River, a dict of logistic regressions"] = river(classify=True)
    name = "River, a dict of random forests"
    sizes[name], contenders[name] = forests()
    contenders["PyTorch, one batch"] = torch_together()
    contenders["PyTorch, a loop"] = torch_loop()
    times: dict[str, list[Times]] = {name: [] for name in contenders}
    for _ in range(REPEATS):
        for name, measure in contenders.items():
            times[name].append(measure())
    print("microseconds a sample: lowest and median of processor time, lowest on the clock")
    for name, each in times.items():
        processor, clock = ([1e6 * seconds for seconds in one] for one in zip(*each, strict=True))
        memory = f"{sizes[name]:,} bytes a key" if name in sizes else ""
        figures = min(processor), statistics.median(processor), min(clock)
        print(f"{name:54}", *(f"{figure:9.2f}" for figure in figures), f" {memory}")
    if options.largest:
        largest(options.largest)


if __name__ == "__main__":
    main()
