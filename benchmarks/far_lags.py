"""Lag against sequences to success for the six tasks of `longlag show far`, beside 1997.

Run it:  longlag reproduce far --T 1000 --seed 2 --store far.longlag      and likewise other lags
         python benchmarks/far_lags.py far.longlag [docs/far]
The second argument also saves the figure as SVG and PNG.
"""

import sys
from statistics import mean

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from longlag.experiments.files import published
from longlag.experiments.plan import current
from longlag.experiments.store import Store
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    logarithmic,
    save,
    style,
)

ENOUGH = 8  #: networks of ten
COLOURS = {
    "adding": BLUE,
    "multiplication": VERMILION,
    "6a": GREEN,
    "6b": ORANGE,
    "3a": PURPLE,
    "3c": SKY,
}
TITLES = {
    "adding": "adding",
    "multiplication": "multiplication",
    "6a": "order of two symbols (6a)",
    "6b": "order of three symbols (6b)",
    "3a": "two sequences (3a)",
    "3c": "two sequences, noisy target (3c)",
}
PAPER = {  # the published experiments, and the rows of the same task at the lags of 1997
    "adding": ("adding", ("T=100", "T=500", "T=1000")),
    "multiplication": ("multiplication", ("n_seq=140",)),
    "6a": ("temporal-order", ("6a",)),
    "6b": ("temporal-order", ("6b",)),
    "3a": ("two-sequence", ("T=100 N=3 ST1", "T=1000 N=3 ST1")),
    "3c": ("two-sequence-noisy-target", ("T=100 N=3",)),
}

Lines = dict[tuple[str, int], list[TrialRecord]]  #: trials of a task at a lag


def lines(path: str, reading: str) -> Lines:
    """The trials of `far` in a store, by task and T."""
    with Store(path, read_only=True) as store:
        records = current(published("far"), store.records("far"))
    found: Lines = {}
    for record in records:
        if record.key.reading == reading:
            task, T = record.key.row.split(" T=")
            found.setdefault((task, int(T)), []).append(record)
    return found


def solved(records: list[TrialRecord]) -> list[TrialRecord]:
    return [record for record in records if record.status is Status.SOLVED]


def table(found: Lines) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "T", "solved", "mean", "fewest", "most", "wrong, most", "of"):
        shown.add_column(name, justify="left" if name == "task" else "right")
    for (task, T), records in sorted(found.items()):
        good = solved(records)
        needed = [record.to_success for record in good]
        wrong = max((record.wrong for record in good), default=None)
        figures = (mean(needed), min(needed), max(needed), wrong) if needed else ("-",) * 4
        cells = (f"{one:,.0f}" if isinstance(one, int | float) else one for one in figures)
        tested = f"{records[0].conditions.test:,}"
        shown.add_row(task, f"{T:,}", f"{len(good)} of {len(records)}", *cells, tested)
    return shown


def printed(task: str) -> list[tuple[int, float]]:
    """T and the published mean of sequences to success."""
    name, rows = PAPER[task]
    experiment = published(name)
    points = []
    for row in map(experiment.find_row, rows):
        T = experiment.conditions(row.name).task.T  # type: ignore[attr-defined]
        points.append((T, row.published.sequences))  # type: ignore[union-attr]
    return points


def figure(found: Lines) -> Figure:
    """Ours as lines of dots, hollow where fewer than `ENOUGH` were solved; 1997 as crosses."""
    with style():
        drawn = Figure(figsize=(6.6, 4.4), layout="constrained")
        axes = drawn.subplots()
        for task, colour in COLOURS.items():
            points = []
            for (name, T), records in sorted(found.items()):
                good = solved(records)
                if name == task and good:
                    points.append((T, mean(each.to_success for each in good), len(good)))
            axes.plot(*zip(*printed(task), strict=True), "x", color=colour, markersize=6)
            if not points:
                continue
            axes.plot([p[0] for p in points], [p[1] for p in points], color=colour, linewidth=1.2)
            for T, needed, count in points:
                fill = colour if count >= ENOUGH else "none"
                axes.plot(T, needed, "o", color=colour, markerfacecolor=fill, markersize=5)
            axes.plot([], [], "o-", color=colour, markersize=5, label=TITLES[task])
        axes.plot([], [], "x", color=INK, label="1997, plain gradient descent")
        axes.set_xlabel("T, steps of the shortest sequence")
        axes.set_ylabel("sequences to success, mean")
        logarithmic(axes, "x")
        logarithmic(axes, "y")
        axes.grid(color=FAINT, linewidth=0.4, alpha=0.35)
        drawn.legend(loc="outside lower left", ncols=2)
    return drawn


def main() -> None:
    found = lines(sys.argv[1], "by-lag")
    Console(highlight=False).print(table(found))
    if len(sys.argv) > 2:
        save(figure(found), sys.argv[2])


if __name__ == "__main__":
    main()
