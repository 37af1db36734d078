"""Every learner on every task: one grid, for the terminal and for the page."""

from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rich.console import Group
from rich.table import Table
from rich.text import Text

from longlag.experiments.matrix import NAME, Cell
from longlag.experiments.selection import TUNING_SUFFIX
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.study.counts import count
from longlag.report.style.plots import FAINT, GREEN, INK, WIDTH, style

KEY = (
    "Median sequences (guesses, where weights are guessed) of the trials that solved the task, and "
    "how many of the trials if not all. -: none within the budget, under no setting. n/a: does not "
    "apply. ...: not finished."
)


def of_matrix(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trials of the matrix that are shown: of a cell, those under the conditions chosen last.

    Of several budgets the largest counts. If no setting solved a task, all trials that were made to
    choose one are shown.
    """
    shown: dict[tuple[str, str], list[TrialRecord]] = {}
    tried: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in records:
        if record.key.experiment == NAME:
            shown.setdefault(_cell_of(record), []).append(record)
        elif record.key.experiment == NAME + TUNING_SUFFIX:
            tried.setdefault(_cell_of(record), []).append(record)
    kept = []
    for cell in shown | tried:
        mine = shown.get(cell, tried.get(cell, []))
        most = max(record.conditions.cap for record in mine)
        mine = [record for record in mine if record.conditions.cap == most]
        if cell in shown:
            kept += [record for record in mine if record.conditions == mine[-1].conditions]
        elif not any(record.status is Status.SOLVED for record in mine):
            kept += mine
    return kept


def cells_of(records: Sequence[TrialRecord]) -> list[Cell]:
    """The cells that these records of the matrix belong to."""
    found = {_cell_of(record): {"": record.conditions} for record in records}
    return [Cell(task, learner, found[task, learner]) for task, learner in sorted(found)]


def _cell_of(record: TrialRecord) -> tuple[str, str]:
    return record.key.row, record.conditions.learner.name


FEW = 8  #: learners whose names stand side by side


class Outcome(NamedTuple):
    """What became of the trials of a cell."""

    trials: int
    solved: int
    finished: int
    needed: float | None  #: median sequences, or guesses, to success
    steps: float | None  #: median network steps to success


def outcomes(records: Sequence[TrialRecord]) -> dict[tuple[str, str], Outcome]:
    """By task and learner."""
    groups: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in records:
        groups.setdefault(_cell_of(record), []).append(record)
    return {cell: _outcome(group) for cell, group in groups.items()}


def _outcome(group: Sequence[TrialRecord]) -> Outcome:
    solved = [record for record in group if record.status is Status.SOLVED]
    return Outcome(
        trials=len(group),
        solved=len(solved),
        finished=sum(record.status is not Status.INTERRUPTED for record in group),
        needed=median(record.to_success for record in solved) if solved else None,
        steps=median(record.steps for record in solved) if solved else None,
    )


def _words(cell: Cell, outcome: Outcome | None) -> str:
    if not cell.settings:
        return "n/a"
    if outcome is None or not outcome.finished:
        return "..."
    if outcome.needed is None:
        return "-" if outcome.finished == outcome.trials else "..."
    share = "" if outcome.solved == outcome.trials else f" ({outcome.solved}/{outcome.trials})"
    return count(outcome.needed) + share


def grid(cells: Sequence[Cell], records: Sequence[TrialRecord]) -> Group:
    """One line per task, one column per learner, and the reasons why some cells do not apply."""
    found = outcomes(records)
    learners = list(dict.fromkeys(cell.learner for cell in cells))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("task")
    for learner in learners:
        table.add_column(learner, justify="right")
    for task in dict.fromkeys(cell.task for cell in cells):
        row = [cell for cell in cells if cell.task == task]
        texts = [_text(cell, found.get((cell.task, cell.learner))) for cell in row]
        table.add_row(task, *texts)
    reasons = {f"{cell.learner} on {cell.task}: {cell.reason}" for cell in cells if cell.reason}
    return Group(table, Text(KEY, style="dim"), *(Text(f"n/a: {each}") for each in sorted(reasons)))


def _text(cell: Cell, outcome: Outcome | None) -> Text:
    words = _words(cell, outcome)
    solved = outcome is not None and outcome.solved > 0
    return Text(words, style="green" if solved else "red" if words == "-" else "dim")


def heat_map(
    cells: Sequence[Cell], records: Sequence[TrialRecord], *, width: float = WIDTH
) -> Figure:
    """The grid as a picture: the fewer network steps a learner needed, the stronger the colour.

    `width` is in inches; a grid of many learners is wider.
    """
    found = outcomes(records)
    tasks = list(dict.fromkeys(cell.task for cell in cells))
    learners = list(dict.fromkeys(cell.learner for cell in cells))
    steps = [outcome.steps for outcome in found.values() if outcome.steps]
    low, high = (np.log10(min(steps)), np.log10(max(steps))) if steps else (0.0, 1.0)
    with style():
        width = max(width, 1.2 + 0.62 * len(learners))
        figure = Figure(figsize=(width, 0.6 + 0.3 * len(tasks)), layout="constrained")
        axes = figure.add_subplot()
        for cell in cells:
            x, y = learners.index(cell.learner), tasks.index(cell.task)
            outcome = found.get((cell.task, cell.learner))
            square = partial(Rectangle, (x - 0.47, y - 0.44), 0.94, 0.88)
            if outcome and outcome.steps:
                strength = 1 - (np.log10(outcome.steps) - low) / max(high - low, 1e-9)
                alpha = (0.12 + 0.4 * strength) * outcome.solved / outcome.trials
                axes.add_patch(square(facecolor=GREEN, alpha=alpha))
            elif cell.settings:
                axes.add_patch(square(fill=False, edgecolor=FAINT, linewidth=0.5))
            axes.text(x, y, _words(cell, outcome), ha="center", va="center", fontsize=7.5)
        axes.set_xlim(-0.5, len(learners) - 0.5)
        axes.set_ylim(len(tasks) - 0.5, -0.5)
        many = len(learners) > FEW
        axes.set_xticks(
            range(len(learners)),
            learners,
            rotation=35 if many else 0,
            ha="left" if many else "center",
        )
        axes.set_yticks(range(len(tasks)), tasks)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelcolor=INK)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure
