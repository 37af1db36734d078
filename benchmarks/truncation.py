"""Does truncation cost anything? The table and the picture of the experiment `truncation`.

Run it:  longlag reproduce truncation --store truncation.longlag
         python benchmarks/truncation.py truncation.longlag [docs/truncation]

The second table compares networks that began with the same weights and saw the same sequences,
where both solved the task: the geometric mean of the ratios of their sequences, with a bootstrap
interval.

Seconds are processor time: the mean number of steps of the networks that solved their task, times
what a step costs one of the networks side by side in which a study trains them.
"""

import math
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import bootstrap

from longlag import Conditions, Recent, Store, published
from longlag.experiments.plan import current
from longlag.experiments.population import Job, Population
from longlag.experiments.trial import Status, TrialKey, TrialRecord
from longlag.report.style.plots import BLUE, FAINT, GREEN, SKY, VERMILION, logarithmic, save, style

EXPERIMENT = published("truncation")
COLOURS = {"truncated": BLUE, "truncated-at-end": SKY, "full": VERMILION, "one-step": GREEN}
LANES = 16  #: networks side by side in a study, where no fewer pay
NEVER = Recent(wrong_below=1, average_below=1e-300)


class Cell(NamedTuple):
    """The trials of a row under a reading."""

    row: str
    reading: str
    trials: list[TrialRecord]

    @property
    def solved(self) -> list[TrialRecord]:
        """Those that met the stop rule."""
        return [record for record in self.trials if record.status is Status.SOLVED]


def cells(records: Sequence[TrialRecord]) -> list[Cell]:
    """The trials by row and reading, in the order of the experiment."""
    found = [
        Cell(row.name, reading, [r for r in records if (r.key.row, r.key.reading) == at])
        for row in EXPERIMENT.rows
        for reading in EXPERIMENT.shown(row)
        for at in [(row.name, reading)]
    ]
    return [cell for cell in found if cell.trials]


def step_cost(conditions: Conditions, rounds: int = 5) -> float:
    """Least ns of processor time per step and network, of some rounds of training."""
    endless = replace(conditions, stop=NEVER, cap=10**12, test=1)
    lanes = min(LANES, endless.learner.most_lanes)
    population = Population(endless, lanes)
    for trial in range(lanes):
        population.load(Job(TrialKey("cost", "", "", trial), endless))
    population.advance(0.2)
    costs = []
    for _ in range(rounds):
        steps, start = population.arrays.lanes["steps"].sum(), time.thread_time()
        population.advance(0.5)
        taken = time.thread_time() - start
        costs.append(taken * 1e9 / float(population.arrays.lanes["steps"].sum() - steps))
    return min(costs)


def line(cell: Cell) -> list[str]:
    """A line of the table."""
    conditions, solved = cell.trials[0].conditions, cell.solved
    ns = step_cost(conditions)
    entries = [cell.row, f"`{cell.reading}`", f"{len(solved)} of {len(cell.trials)}"]
    if solved:
        star = "*" if len(solved) < len(cell.trials) else ""
        sequences = [record.sequences for record in solved]
        seconds = statistics.mean(record.steps for record in solved) * ns / 1e9
        wrong = statistics.mean(record.wrong or 0 for record in solved)
        entries += [
            f"{statistics.mean(sequences):,.0f}{star}",
            f"{statistics.median(sequences):,.0f}",
            f"{min(sequences):,} to {max(sequences):,}",
            f"{wrong:.1f} of {solved[0].tested:,}",
            f"{seconds:.2g}{star}",
        ]
    else:
        entries += [f"none by {conditions.cap:,}", "-", "-", "-", "-"]
    return [*entries, f"{ns:.0f}", f"{conditions.learner.layout.bytes('float32'):,}"]


def compared(cut: Cell, full: Cell) -> list[str]:
    """Sequences with full credit over those with truncated credit, network by network."""
    whole = {record.key.trial: record for record in full.solved}
    ratios = [
        math.log(whole[record.key.trial].sequences / record.sequences)
        for record in cut.solved
        if record.key.trial in whole
    ]
    means = bootstrap((ratios,), np.mean, method="percentile", rng=1).confidence_interval
    ratio, low, high = np.exp([np.mean(ratios), means.low, means.high])
    return [
        cut.row,
        f"`{cut.reading}`",
        str(len(ratios)),
        f"{ratio:.2f}",
        f"{low:.2f} to {high:.2f}",
    ]


def pairs(found: Sequence[Cell]) -> list[list[str]]:
    """Every truncated cell beside the full one of its row."""
    full = {cell.row: cell for cell in found if cell.reading == "full"}
    return [compared(cell, full[cell.row]) for cell in found if "truncated" in cell.reading]


def table(found: Sequence[Cell]) -> str:
    """One line for each cell, in Markdown."""
    counted = ["solved", "mean", "median", "range", "wrong", "seconds", "ns per step", "bytes"]
    return markdown(["task, rule", "credit", *counted], map(line, found))


def markdown(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table whose first two columns are words, and the others numbers."""
    rule = [":--", ":--", *["--:"] * (len(heading) - 2)]
    return "\n".join(f"| {' | '.join(entries)} |" for entries in [heading, rule, *lines])


def figure(found: Sequence[Cell]) -> Figure:
    """Sequences to success of every network; those that did not solve the task are crosses."""
    rows = [(row, list(of_row)) for row, of_row in groupby(found, key=lambda cell: cell.row)]
    with style():
        drawn = Figure(figsize=(6.6, 1.05 * len(rows)), layout="constrained")
        axes = drawn.subplots(len(rows), 1, height_ratios=[len(of_row) for _, of_row in rows])
        for axis, (row, of_row) in zip(axes, rows, strict=True):
            for height, cell in enumerate(reversed(of_row)):
                for record in cell.trials:
                    mark = "o" if record.status is Status.SOLVED else "x"
                    at = height + (record.key.trial % 5 - 2) * 0.1  # beside, not upon each other
                    look = {"color": COLOURS[cell.reading], "alpha": 0.75, "markersize": 3.5}
                    axis.plot(record.sequences, at, mark, **look)
            axis.set_yticks(range(len(of_row)), [cell.reading for cell in reversed(of_row)])
            axis.set_ylim(-0.6, len(of_row) - 0.4)
            logarithmic(axis, "x")
            axis.set_title(row, loc="left")
            axis.grid(axis="x", color=FAINT, linewidth=0.4, alpha=0.35)
        axes[-1].set_xlabel("training sequences to success; crosses: not solved by then")
        return drawn


def main() -> None:
    """Print the table; save the picture where a name for it is given."""
    with Store(Path(sys.argv[1])) as store:
        found = cells(current(EXPERIMENT, store.records()))
    if len(sys.argv) > 2:
        save(figure(found), Path(sys.argv[2]))
    print(table(found), end="\n\n")
    heading = ["task, rule", "full beside", "pairs", "sequences, full / truncated", "95%"]
    print(markdown(heading, pairs(found)))


if __name__ == "__main__":
    main()
