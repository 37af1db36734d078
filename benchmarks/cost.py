"""What a time step costs in time and memory, against the number of weights and the lag.

The claim of the 1997 paper: the truncated LSTM gradient takes O(1) operations per weight and step,
and memory that does not depend on the length of a sequence. Beside it RTRL, full BPTT and Elman
nets, which learn from one target at the end of every sequence.

Run it:  python benchmarks/cost.py [docs/cost]     the argument also saves the figure as SVG and PNG
A minute, most of it compiling.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from longlag import LSTM, Network
from longlag.learners.base import Learner
from longlag.learners.recurrent import BPTT, RTRL, Elman
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    GREEN,
    ORANGE,
    VERMILION,
    logarithmic,
    save,
    style,
)

UNITS = (4, 8, 16, 32)  # hidden units, or cells in blocks of two
STEPS = (1_000, 10_000, 100_000)
USUAL_UNITS, USUAL_STEPS = 8, 10_000  # of what is measured against the other
ROUNDS = 5

LEARNERS: dict[str, Callable[[int, int], Learner]] = {
    "LSTM": lambda units, T: LSTM(2, 1, blocks=units // 2),
    "RTRL": lambda units, T: RTRL(2, 1, hidden=units),
    "BPTT": lambda units, T: BPTT(2, 1, hidden=units, depth=T, interval=T),
    "Elman": lambda units, T: Elman(2, 1, hidden=units),
}
COLOURS = {"LSTM": BLUE, "RTRL": VERMILION, "BPTT": ORANGE, "Elman": GREEN}


class Cost(NamedTuple):
    learner: str
    units: int
    T: int
    weights: int
    bytes: int  # of one network in float32
    seconds: float  # of processor time per time step of training, lowest of the rounds


def measure() -> list[Cost]:
    """Every learner at every size and at every T; the contenders take turns."""
    cases = [(name, units, USUAL_STEPS) for name in LEARNERS for units in UNITS]
    cases += [(name, USUAL_UNITS, T) for name in LEARNERS for T in STEPS if T != USUAL_STEPS]
    learners = {case: LEARNERS[case[0]](*case[1:]) for case in cases}
    steps = {case: _steps(learner, case[2]) for case, learner in learners.items()}
    times: dict[tuple, list[float]] = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for case in cases:
            times[case].append(steps[case]())
    return [
        Cost(*case, each.weights, each.layout.bytes("float32"), min(times[case]))
        for case, each in learners.items()
    ]


def _steps(learner: Learner, T: int) -> Callable[[], float]:
    """A measurement of one network that learns one sequence of T steps: seconds per step.

    What a call from Python costs is left out, as the time of a sequence of two steps.
    """
    x = np.random.default_rng(1).uniform(-1, 1, (T, 2))
    network = Network(learner, dtype="float32")

    def seconds(steps: int) -> float:
        start = time.thread_time()  # others may use the machine too
        network.learn(x[:steps], [0.5])
        return time.thread_time() - start

    seconds(2)  # compiles
    return lambda: (seconds(T) - min(seconds(2) for _ in range(3))) / (T - 2)


def table(costs: list[Cost]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("learner", "units", "weights", "T", "ns per step", "ns per weight", "bytes"):
        shown.add_column(name, justify="left" if name == "learner" else "right")
    for each in sorted(costs, key=lambda each: (each.T, list(LEARNERS).index(each.learner))):
        ns = each.seconds * 1e9
        numbers = (each.units, each.weights, each.T, round(ns), ns / each.weights, each.bytes)
        cells = (f"{n:,.1f}" if isinstance(n, float) else f"{n:,}" for n in numbers)
        shown.add_row(each.learner, *cells)
    return shown


def figure(costs: list[Cost]) -> Figure:
    """Time and memory against the number of weights, and against T, all axes logarithmic."""
    with style():
        drawn = Figure(figsize=(6.6, 5.0), layout="constrained")
        (time_w, time_t), (bytes_w, bytes_t) = drawn.subplots(2, 2, sharex="col", sharey="row")
        for name, colour in COLOURS.items():
            mine = [each for each in costs if each.learner == name]
            by_size = sorted(each for each in mine if each.T == USUAL_STEPS)
            by_steps = sorted(
                (each for each in mine if each.units == USUAL_UNITS), key=lambda each: each.T
            )
            look: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 4, "label": name}
            for axes, of, x in ((0, by_size, "weights"), (1, by_steps, "T")):
                at = [getattr(each, x) for each in of]
                (time_w, time_t)[axes].plot(at, [each.seconds * 1e6 for each in of], **look)
                (bytes_w, bytes_t)[axes].plot(at, [each.bytes / 1e3 for each in of], **look)
        time_w.set_ylabel("µs per step")
        bytes_w.set_ylabel("kB of memory")
        bytes_w.set_xlabel("weights")
        bytes_t.set_xlabel("steps of a sequence, T")
        for axes in (time_w, time_t, bytes_w, bytes_t):
            logarithmic(axes, "x")
            logarithmic(axes, "y")
            axes.grid(color=FAINT, linewidth=0.4, alpha=0.35)
        time_w.set_title(f"T = {USUAL_STEPS:,}", fontsize=9.5)
        time_t.set_title(f"{USUAL_UNITS} hidden units or cells", fontsize=9.5)
        drawn.legend(*time_w.get_legend_handles_labels(), loc="outside lower left", ncols=4)
    return drawn


def main() -> None:
    costs = measure()
    Console(highlight=False).print(table(costs))
    if len(sys.argv) > 1:
        save(figure(costs), sys.argv[1])


if __name__ == "__main__":
    main()
