"""Lag against sequences to success for the tasks of `longlag show far`, beside what is published.

Run it:  python benchmarks/far_lags.py [--store far.longlag] [docs/far]
A store of `longlag reproduce far --seed 2`, with `--reading marks` or another of `READINGS`, takes
the place of the figures in far_measured.toml where it has all trials of a row. A name saves the
figure as SVG and PNG.
"""

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from longlag.experiments.files import published
from longlag.experiments.plan import current
from longlag.experiments.store import Store
from longlag.report.study.counts import count
from longlag.report.study.summary import summaries
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

ENOUGH = 0.8  #: of the networks that were run
#: Of the learners of far_measured.toml: experiment, reading, the task if no row names it.
READINGS = {
    "any-lag": ("far", "any-lag", ""),
    "marks": ("far", "marks", ""),
    "latches": ("far", "latches", ""),
    "by-lag": ("far", "by-lag", ""),
    "small": ("adding-far", "ten-blocks", "adding "),
}
#: Of the learners that are drawn.
MARKERS = {"by-lag": ("o", "-"), "marks": ("s", "--"), "latches": ("s", "--"), "small": ("D", ":")}
#: The T from which some are drawn: below, they would hide the one for all tasks.
DRAWN_FROM = {"marks": 1_000_000, "latches": 1_000_000}
TASKS = {
    "adding": ("adding", BLUE),
    "multiplication": ("multiplication", VERMILION),
    "6a": ("order of two symbols (6a)", GREEN),
    "6b": ("order of three symbols (6b)", ORANGE),
    "3a": ("two sequences (3a)", PURPLE),
    "3c": ("two sequences, noisy target (3c)", SKY),
}
PAPER = {  # the published experiments, and the rows of the same task at the lags of 1997
    "adding": ("adding", ("T=100", "T=500", "T=1000")),
    "multiplication": ("multiplication", ("n_seq=140",)),
    "6a": ("temporal-order", ("6a",)),
    "6b": ("temporal-order", ("6b",)),
    "3a": ("two-sequence", ("T=100 N=3 ST1", "T=1000 N=3 ST1")),
    "3c": ("two-sequence-noisy-target", ("T=100 N=3",)),
}
#: Adding at T=10,000 by a feed-forward net and a mean over time, with attention and without, in
#: epochs of 100,000 sequences (Raffel & Ellis 2015).
OFFLINE = [(10_000, 200_000), (10_000, 1_700_000)]


@dataclass(frozen=True)
class Point:
    """The networks of one learner on a task at a T."""

    task: str
    T: int
    solved: int
    run: int
    mean: float | None  #: sequences to success of those solved
    fewest: int | None
    most: int | None
    wrong: int | None = None  #: test sequences, of the worst network
    tested: int | None = None


Points = dict[tuple[str, str, int], Point]  #: of a learner, task and T


def measured() -> Points:
    """The figures in far_measured.toml."""
    tables = tomllib.loads((Path(__file__).parent / "far_measured.toml").read_text())
    points = [(learner, Point(**each)) for learner, rows in tables.items() for each in rows]
    return {(learner, each.task, each.T): each for learner, each in points}


def stored(path: Path) -> Points:
    """The rows of a store whose trials are over."""
    found: Points = {}
    for learner, (name, reading, prefix) in READINGS.items():
        experiment = published(name)
        with Store(path, read_only=True) as store:
            records = current(experiment, store.records(name))
        for each in summaries(experiment, records):
            if each.reading != reading or each.interrupted:
                continue
            task, T = (prefix + each.row).split(" T=")
            found[learner, task, int(T)] = Point(
                task,
                int(T),
                each.solved,
                each.trials,
                each.mean,
                each.lowest,
                each.highest,
                each.most_wrong,
                each.tested,
            )
    return found


def table(points: Points) -> Table:
    shown = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name in ("learner", "task", "T", "solved", "mean", "fewest", "most", "wrong", "of"):
        left = name in ("learner", "task")
        shown.add_column(name, justify="left" if left else "right", no_wrap=True)
    for (learner, task, T), each in sorted(points.items()):
        figures = map(count, (each.mean, each.fewest, each.most, each.wrong, each.tested))
        shown.add_row(learner, task, f"{T:,}", f"{each.solved} of {each.run}", *figures)
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


def draw(axes: Axes, points: list[Point], colour: str, learner: str) -> None:
    """One learner on one task, hollow where fewer than `ENOUGH` were solved."""
    marker, line = MARKERS[learner]
    reached = [each for each in points if each.mean is not None]
    axes.plot(
        [each.T for each in reached],
        [each.mean for each in reached],
        line,
        color=colour,
        linewidth=1.2,
    )
    for each in reached:
        fill = colour if each.solved >= ENOUGH * each.run else "none"
        axes.plot(each.T, each.mean, marker, color=colour, markerfacecolor=fill, markersize=5)


def figure(found: Points) -> Figure:
    """Ours as lines of dots, what is published as crosses."""
    with style():
        drawn = Figure(figsize=(7.2, 4.8), layout="constrained")
        axes = drawn.subplots()
        for name, (title, colour) in TASKS.items():
            axes.plot(*zip(*printed(name), strict=True), "x", color=colour, markersize=6)
            for learner in MARKERS:
                points = [
                    each
                    for (who, task, T), each in sorted(found.items())
                    if (who, task) == (learner, name) and DRAWN_FROM.get(learner, 0) <= T
                ]
                draw(axes, points, colour, learner)
            axes.plot([], [], "-", color=colour, linewidth=2, label=title)
        axes.plot(*zip(*OFFLINE, strict=True), "+", color=TASKS["adding"][1], markersize=8)
        for label, marker in (
            ("1997, plain gradient descent", "x"),
            ("adding, a mean over time, offline (2015)", "+"),
            ("ours, one learner for six tasks (by-lag)", "o"),
            ("ours, smaller settings (marks, latches)", "s"),
            ("ours, 91 weights for adding", "D"),
        ):
            axes.plot([], [], marker, color=INK, markersize=5, label=label)
        axes.set_xlabel("T, steps of the shortest sequence")
        axes.set_ylabel("sequences to success, mean")
        logarithmic(axes, "x")
        logarithmic(axes, "y")
        axes.grid(color=FAINT, linewidth=0.4, alpha=0.35)
        drawn.legend(loc="outside lower left", ncols=2)
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figure", nargs="?", help="where the figure goes, without a suffix")
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    found = measured() | (stored(asked.store) if asked.store else {})
    Console(highlight=False).print(table(found))
    if asked.figure:
        save(figure(found), asked.figure)


if __name__ == "__main__":
    main()
