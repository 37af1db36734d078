"""Lag against sequences to success for the six tasks of `longlag show far`, beside 1997.

Run it:  longlag reproduce far --T 1000 --seed 2 --store far.longlag      and likewise other lags
         python benchmarks/far_lags.py far.longlag [docs/far]
The second argument also saves the figure as SVG and PNG.
"""

import sys

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from longlag.experiments.files import published
from longlag.experiments.plan import current
from longlag.experiments.store import Store
from longlag.report.study.counts import count
from longlag.report.study.summary import Summary, summaries
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

Lines = dict[tuple[str, int], Summary]  #: of a task at a T


def lines(path: str, reading: str) -> Lines:
    """The trials of `far` in a store, by task and T."""
    far = published("far")
    with Store(path, read_only=True) as store:
        records = current(far, store.records(far.name))
    found: Lines = {}
    for each in summaries(far, records):
        if each.reading == reading:
            task, T = each.row.split(" T=")
            found[task, int(T)] = each
    return found


def table(found: Lines) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "T", "solved", "mean", "fewest", "most", "wrong, most", "of"):
        shown.add_column(name, justify="left" if name == "task" else "right")
    for (task, T), each in sorted(found.items()):
        figures = map(count, (each.mean, each.lowest, each.highest, each.most_wrong, each.tested))
        shown.add_row(task, f"{T:,}", f"{each.solved} of {each.trials}", *figures)
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
            points = [
                (T, each.mean, each.solved)
                for (name, T), each in sorted(found.items())
                if name == task and each.mean is not None
            ]
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
