"""The time of one online training step on one core, beside PyTorch where it is installed."""

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any, Literal

from rich.table import Table

from longlag.experiments.population import Job, Population
from longlag.experiments.stop import Recent
from longlag.experiments.trial import Conditions, TrialKey
from longlag.learners.lstm import LSTM
from longlag.tasks.adding import Adding

SECONDS = 0.5  #: of one measurement
LENGTH = 100  #: of the sequences that PyTorch is given


def measure(repeats: int) -> list[dict[str, Any]]:
    """Nanoseconds per time step of one network: data, forward, backward and update included.

    Returns one dict per contender: "what", "median", "lowest" and "highest" in ns, and
    "times_slower" against the first contender. The contenders take turns, so a change in the speed
    of the machine affects all of them alike. The network is the one of the adding problem, with 93
    weights. PyTorch's is `torch.nn.LSTM` with 4 units and a linear output: 133 weights, full
    backpropagation through time and SGD.
    """
    contenders = {
        "longlag, 16 networks, float32, T=1000": _ours(1000, 16, "float32"),
        "longlag, 16 networks, float32, T=100": _ours(100, 16, "float32"),
        "longlag, 8 networks, float64, T=1000": _ours(1000, 8, "float64"),
        "longlag, 1 network, float32, T=1000": _ours(1000, 1, "float32"),
    }
    if importlib.util.find_spec("torch"):
        contenders["torch.nn.LSTM, batch 256, float32, T=100"] = _torch(256)
        contenders["torch.nn.LSTM, batch 1, float32, T=100"] = _torch(1)
    times: dict[str, list[float]] = {what: [] for what in contenders}
    for _ in range(repeats):
        for what, run in contenders.items():
            times[what].append(run())
    first = statistics.median(next(iter(times.values())))
    return [
        {
            "what": what,
            "median": statistics.median(each),
            "lowest": min(each),
            "highest": max(each),
            "times_slower": statistics.median(each) / first,
        }
        for what, each in times.items()
    ]


def table(rows: list[dict[str, Any]]) -> Table:
    """The measurements for the terminal."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("ns per step of one network, all included; one core")
    for name in ("median", "lowest", "highest", "times slower"):
        shown.add_column(name, justify="right")
    for row in rows:
        numbers = (row["median"], row["lowest"], row["highest"], row["times_slower"])
        shown.add_row(row["what"], *(f"{number:,.1f}" for number in numbers))
    return shown


def _ours(T: int, lanes: int, dtype: Literal["float32", "float64"]) -> Callable[[], float]:
    """A measurement of `lanes` networks that train without end on the adding problem."""
    never = Recent(wrong_below=1, average_below=1e-300)
    learner = LSTM(2, 1, output="linear", weight_range=1.0, input_gate_biases=(-3.0, -6.0))
    conditions = Conditions(Adding(T), learner, never, cap=10**12, test=1, dtype=dtype, seed=1)
    population = Population(conditions, lanes)
    for trial in range(lanes):
        population.load(Job(TrialKey("bench", f"T={T}", "", trial), conditions))
    population.advance(SECONDS)  # measures how many chunks fill that time

    def run() -> float:
        before = population.arrays.lanes[0].copy()
        population.advance(SECONDS)
        after = population.arrays.lanes[0]
        return (
            float((after["seconds"] - before["seconds"]) * 1e9 / (after["steps"] - before["steps"]))
            / lanes
        )

    return run


def _torch(batch: int) -> Callable[[], float]:
    """A measurement of one network in PyTorch, given `batch` sequences at a time."""
    import torch

    torch.set_num_threads(1)
    network = torch.nn.LSTM(2, 4, batch_first=True)
    output = torch.nn.Linear(4, 1)
    optimiser = torch.optim.SGD([*network.parameters(), *output.parameters()], lr=0.01)
    x, target = torch.rand(batch, LENGTH, 2), torch.rand(batch, 1)

    def step() -> None:
        optimiser.zero_grad()
        states, _ = network(x)
        torch.nn.functional.mse_loss(output(states[:, -1]), target).backward()
        optimiser.step()

    step()

    def run() -> float:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < SECONDS:
            step()
            count += 1
        return elapsed * 1e9 / (count * LENGTH * batch)

    return run
