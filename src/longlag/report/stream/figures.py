"""Pictures of a stream: the latest predictions beside the truth, and the course of the errors."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from longlag.forecasting.stream_view import StreamView
from longlag.report.style.plots import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    VERMILION,
    WIDTH,
    grid,
    legend_above,
    logarithmic,
    short_name,
    style,
)

MOST_CLASSES = 12  #: classes with a line of their own; rarer classes share the lowest line
#: Of the network and of the naive predictions: colour and line.
LOOKS = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"), (VERMILION, "-."))


def latest(evaluation: StreamView, *, width: float = WIDTH) -> Figure:
    """The targets of the latest rows, and their predictions."""
    classify = evaluation.question.classify
    most = round((30 if classify else 60) * width)  # more points overlap
    rows, targets, answers, *ends = evaluation.recent[-most:].T
    dates = _dates(evaluation, len(rows))
    if dates is not None:
        rows = dates
    with style():
        figure = Figure(figsize=(width, 2.0 + 0.16 * width), layout="constrained")
        axes = figure.add_subplot()
        if classify:
            draw_classes(axes, evaluation.series.classes, rows, targets, answers)
        else:
            if ends:
                label = f"{evaluation.question.interval:.4g} of the targets"
                axes.fill_between(rows, *ends, color=BLUE, alpha=0.3, linewidth=0, label=label)
            axes.plot(rows, targets, color=INK, linewidth=2.4, alpha=0.45, label="target")
            axes.plot(rows, answers, color=BLUE, linewidth=1.0, label="prediction")
            axes.set_ylabel(short_name(evaluation.question.targets[0], 16))
        if dates is not None:
            locator = AutoDateLocator(minticks=3, maxticks=round(width) + 1)
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        else:
            axes.set_xlabel("row")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axes.xaxis.set_major_locator(MaxNLocator(round(width) + 1, integer=True))
        grid(axes)
        legend_above(figure)
    return figure


def _dates(evaluation: StreamView, rows: int) -> np.ndarray | None:
    """The times of the latest rows, in days; None unless all of them are dates in order."""
    texts = evaluation.latest_times[-rows:]
    if evaluation.times is None or len(texts) < rows or rows < 2:
        return None
    clocks = evaluation.times.clocks(texts)
    return clocks / 86_400.0 if (np.diff(clocks) >= 0).all() else None


def course(evaluation: StreamView, *, width: float = WIDTH) -> Figure:
    """Mean errors of the network and of the naive predictions, over stretches of the stream."""
    ends, means = evaluation.course.means()
    with style():
        figure = Figure(figsize=(width, 2.0 + 0.16 * width), layout="constrained")
        axes = figure.add_subplot()
        names = evaluation.series.predictors
        for name, errors, (colour, line) in zip(names, means.T, LOOKS, strict=False):
            axes.plot(ends, errors, color=colour, linestyle=line, linewidth=1.1, label=name)
        axes.set_xlabel("rows judged")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.xaxis.set_major_locator(MaxNLocator(round(width) + 1, integer=True))
        if evaluation.question.classify:
            axes.set_ylabel("share of wrong answers")
            axes.set_ylim(bottom=0)
        else:
            axes.set_ylabel("mean absolute error")
            if is_logarithmic(evaluation):
                logarithmic(axes, "y")
        grid(axes)
        legend_above(figure)
    return figure


def is_logarithmic(evaluation: StreamView) -> bool:
    """Whether errors are drawn on a logarithmic scale, where no mean may be 0."""
    return not evaluation.question.classify and bool((evaluation.course.means()[1] > 0).all())


def draw_classes(
    axes: Axes,
    names: list[str],
    rows: np.ndarray,
    targets: np.ndarray,
    answers: np.ndarray,
    most: int = MOST_CLASSES,
) -> None:
    """A line for each class: the rows of the class, and the answers that named the class.

    Beyond the `most` frequent classes, the others share a line.
    """
    seen, often = np.unique(targets[targets >= 0].astype(int), return_counts=True)
    shown = sorted(seen[np.argsort(-often, kind="stable")][:most].tolist())
    places = np.full(len(names) + 1, len(shown))  # the last place is for -1, no class
    places[shown] = np.arange(len(shown))
    given, answered = targets >= 0, answers >= 0
    right = answered & (targets == answers)
    wrong = answered & given & ~right
    for which, values, mark, colour, below, label in (
        (given, targets, "|", INK, 0.0, "class"),
        (right, answers, "|", BLUE, 0.2, "right answer"),
        (wrong, answers, "x", VERMILION, 0.2, "wrong answer"),
    ):
        height = places[values[which].astype(int)] + below
        axes.plot(
            rows[which],
            height,
            marker=mark,
            color=colour,
            linestyle="none",
            markersize=5 if mark == "|" else 3.5,
            markeredgewidth=0.9,
            label=label,
        )
    labels = [short_name(names[code], 16) for code in shown]
    if len(names) > len(shown):
        labels.append("others")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
