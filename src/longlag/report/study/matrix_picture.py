"""Every learner on every task, as a picture for a slide."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from longlag.experiments.matrix import Cell
from longlag.experiments.trial import TrialRecord
from longlag.report.study.learner_groups import COLOURS, font_weight, group_of
from longlag.report.study.matrix import Outcome, outcomes, ranked, words
from longlag.report.style.plots import FAINT, INK, short_name, style

PICTURE_KEY = (
    "Median sequences (or guesses) to success. As much of a field is filled as networks\n"
    "solved the task; the stronger, the fewer steps. -: no network shown.\n"
    "n/a: does not apply. Empty: not run to the end."
)
COLUMN, ROW = 0.56, 0.25  #: inches
NARROWEST = 6.6  #: inches: room for the words below
MARGINS = 1.7, 2.25  #: inches beside and above the fields, for names and words
WIDE, HIGH = 0.94, 0.86  #: of a field, as a share of its place
SHOWN = 24  #: letters of a name


def heat_map(cells: Sequence[Cell], records: Sequence[TrialRecord]) -> Figure:
    """The grid as a picture: the fewer network steps a learner needed, the stronger the colour.

    The more numerous of tasks and learners are rows; who solves most is first.
    """
    found = outcomes(records)
    tasks, learners = ranked(cells, found)
    by_place = {(cell.task, cell.learner): cell for cell in cells}
    strength = _strengths(found.values())
    upright = len(tasks) >= len(learners)
    rows, columns = (tasks, learners) if upright else (learners, tasks)
    with style():
        size = (
            max(NARROWEST, MARGINS[0] + COLUMN * len(columns)),
            MARGINS[1] + ROW * len(rows),
        )
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for y, row in enumerate(rows):
            for x, column in enumerate(columns):
                place = (row, column) if upright else (column, row)
                outcome = found.get(place)
                _field(axes, x, y, place[1], outcome, strength(outcome))
                said = words(by_place.get(place), outcome)
                if outcome and outcome.needed is not None:
                    said = _short(outcome.needed)
                weight = font_weight(place[1]) if outcome and outcome.solved else "normal"
                axes.text(x, y, said, ha="center", va="center", fontsize=7.5, fontweight=weight)
        _names(axes, rows, columns)
        _explained(figure, {group_of(learner) for learner in learners})
    return figure


def _strengths(found: Iterable[Outcome]) -> Callable[[Outcome | None], float]:
    """strength(outcome), from 0 to 1: of its colour, on a logarithmic scale of the steps."""
    steps = [outcome.steps for outcome in found if outcome.steps]
    low, high = (np.log10(min(steps)), np.log10(max(steps))) if steps else (0.0, 1.0)

    def strength(outcome: Outcome | None) -> float:
        if outcome is None or not outcome.steps:
            return 0.0
        return float(1 - (np.log10(outcome.steps) - low) / max(high - low, 1e-9))

    return strength


def _field(
    axes: Axes, x: int, y: int, learner: str, outcome: Outcome | None, strength: float
) -> None:
    """A rectangle that is filled from the left, where a network solved the task."""
    if not outcome or not outcome.solved:
        return
    corner = x - WIDE / 2, y - HIGH / 2
    colour = COLOURS[group_of(learner)]
    box = partial(Rectangle, corner, height=HIGH, linewidth=0)
    axes.add_patch(box(width=WIDE, facecolor=FAINT, alpha=0.12))
    alpha = 0.14 + 0.32 * strength
    axes.add_patch(box(width=WIDE * outcome.share, facecolor=colour, alpha=alpha))


def _names(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    names = [short_name(each, SHOWN) for each in columns]
    axes.set_xticks(range(len(columns)), names, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), [short_name(each, SHOWN) for each in rows])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=INK)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        if label.get_text() == "lstm":
            label.set_fontweight(font_weight("lstm"))
    for y in range(len(rows) + 1):
        axes.axhline(y - 0.5, color=FAINT, linewidth=0.4, alpha=0.3, zorder=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _explained(figure: Figure, groups: set[str]) -> None:
    """A title, and below the fields what they say."""
    figure.suptitle("Who solves what", x=0.01, ha="left", fontsize=12, fontweight="bold")
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=colour, alpha=0.4, label=group)
        for group, colour in COLOURS.items()
        if group in groups
    ]
    legend = figure.legend(
        handles=handles,
        loc="outside lower left",
        ncols=len(handles),
        title=PICTURE_KEY,
        title_fontsize=8.5,
        alignment="left",
    )
    legend.get_title().set_color(INK)


def _short(number: float) -> str:
    """A count in little room: two figures, or three.

    >>> _short(922), _short(4405), _short(46_054), _short(1_204_000)
    ('922', '4.4k', '46k', '1.2M')
    """
    if number < 1000:
        return f"{number:.0f}"
    size, unit = (number / 1e3, "k") if number < 999_500 else (number / 1e6, "M")
    return f"{size:.1f}{unit}" if size < 9.95 else f"{size:.0f}{unit}"
