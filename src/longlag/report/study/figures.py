"""Pictures of a study: learning curves of its trials, and how many sequences they needed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator
from matplotlib.typing import LineStyleType

from longlag.errors import InputError
from longlag.experiments.experiment import Published
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Status, TrialRecord
from longlag.report.study.counts import count
from longlag.report.study.summary import Summary
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    NARROW,
    ORANGE,
    VERMILION,
    WIDTH,
    grid,
    logarithmic,
    short_name,
    style,
)
from longlag.report.style.room import fit, legend_below

PER_DECADE = 50  #: points of a learning curve, about one a pixel

# Each outcome differs in colour, line and mark, so it can be told without colour.
COLOURS = {
    Status.SOLVED: BLUE,
    Status.CAP: ORANGE,
    Status.DIVERGED: VERMILION,
    Status.INTERRUPTED: FAINT,
}
LINES: dict[Status, LineStyleType] = {
    Status.SOLVED: "-",
    Status.CAP: "--",
    Status.DIVERGED: ":",
    Status.INTERRUPTED: "-",
}
MARKS = {Status.SOLVED: "o", Status.CAP: "s", Status.DIVERGED: "x", Status.INTERRUPTED: ">"}
WORDS = {
    Status.SOLVED: "solved",
    Status.CAP: "at the cap",
    Status.DIVERGED: "diverged",
    Status.INTERRUPTED: "not over",
}


def learning_curves(
    records: Sequence[TrialRecord],
    published: Published | None = None,
    *,
    width: float = NARROW,
) -> Figure:
    """Mean absolute error against training sequences, one line per trial of a row and reading.

    The end of each line shows how the trial ended. The published mean is a vertical line, the
    published range a band. `width` is in inches.
    """
    if not records:
        raise InputError("no trials to draw, got an empty list: run some first")
    with style():
        figure = Figure(figsize=(width, 2.2 + 0.2 * width))
        axes = figure.add_subplot()
        ends = [(record.status, _curve(axes, record)) for record in records]
        _mark_ends(axes, ends)
        axes.set_xlabel("training sequences")
        axes.set_ylabel("mean absolute error")
        _publish(axes, published)
        logarithmic(axes, "x")
        logarithmic(axes, "y")
        grid(axes)
        _criterion(axes, records[0])
        fit(figure, [axes], above=0.17, below=_key(figure, records))
        _name_published(axes, published)
    return figure


def distribution(
    summaries: Sequence[Summary], records: Sequence[TrialRecord], *, width: float = WIDTH
) -> Figure:
    """What every trial needed to succeed, one strip per row and reading, with mean and median.

    Unsolved trials are open marks at the place where they stopped. `width` is in inches.
    """
    if not summaries:
        raise InputError("no trials to draw, got an empty list: run some first")
    strip = 0.66 if len(summaries) < 8 else 0.54  # inches
    with style():
        figure = Figure(figsize=(width, (1.1 if width > 5 else 1.5) + strip * len(summaries)))
        axes = figure.add_subplot()
        for place, ours in enumerate(summaries):
            _strip(axes, -place, ours, records, 15 if strip > 0.6 else 12)
        axes.set_ylim(-len(summaries) + 0.55, 0.7)
        axes.yaxis.set_major_locator(NullLocator())
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.06)
        logarithmic(axes, "x")
        grid(axes, "x")
        axes.set_xlabel(f"{_counted(summaries)} to success")
        fit(figure, [axes], below=_distribution_key(figure, summaries, width))
    return figure


def _curve(axes: Axes, record: TrialRecord) -> tuple[float, float] | None:
    """Draw the curve of a trial; returns its end, or None if there is nothing to draw."""
    sequences, errors = record.curve[:, 0], record.curve[:, 1]
    # The last stretch of a diverged network has no finite error.
    drawn = np.isfinite(errors) & (errors > 0)
    if not drawn.any():
        return None
    sequences, errors = _thinned(sequences[drawn], errors[drawn])
    axes.plot(
        sequences,
        errors,
        color=COLOURS[record.status],
        linestyle=LINES[record.status],
        linewidth=0.8,
        alpha=0.75 if record.status is Status.SOLVED else 0.9,
    )
    return sequences[-1], errors[-1]


def _mark_ends(axes: Axes, ends: Sequence[tuple[Status, tuple[float, float] | None]]) -> None:
    for status in Status:
        points = [point for each, point in ends if point and each is status]
        if points:
            axes.plot(*zip(*points, strict=True), **_mark(status, 4.5), zorder=4, clip_on=False)


def _mark(status: Status, size: float) -> dict[str, Any]:
    """The mark of a trial that ended so: full where it is solved, else open."""
    solved = status is Status.SOLVED
    return {
        "linestyle": "none",
        "color": COLOURS[status],
        "marker": MARKS[status],
        "markersize": size,
        "markerfacecolor": COLOURS[status] if solved else "none",
        "markeredgewidth": 0 if solved else 1.1,
    }


def _thinned(sequences: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most `PER_DECADE` points for ten times the sequences, each the mean of its neighbours."""
    places = np.floor(np.log10(np.maximum(sequences, 1)) * PER_DECADE)
    last = np.append(np.flatnonzero(np.diff(places)), len(places) - 1)
    first = np.append(0, last[:-1] + 1)
    means = np.add.reduceat(errors, first) / (last - first + 1)
    return sequences[last], means


def _publish(axes: Axes, published: Published | None) -> None:
    """The published mean as a line, which is part of the axis even if ours is far away."""
    if published is None or published.to_success is None:
        return
    if published.low is not None and published.high is not None:
        axes.axvspan(published.low, published.high, color=GREEN, alpha=0.12, linewidth=0)
    axes.axvline(published.to_success, color=GREEN, linewidth=1.3, zorder=3)


def _name_published(axes: Axes, published: Published | None) -> None:
    """The published mean in words over its line, inside the width of the axes."""
    if published is None or published.to_success is None:
        return
    to_axes = axes.transData + axes.transAxes.inverted()
    place = to_axes.transform((published.to_success, axes.get_ylim()[1]))[0]
    axes.annotate(
        f"paper: {count(published.to_success)}",
        (place, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if place < 0.2 else "right" if place > 0.8 else "center",
        va="bottom",
        color=GREEN,
        fontsize=8.5,
    )


def _criterion(axes: Axes, record: TrialRecord) -> None:
    """The mean error below which a trial may count as solved, where the rule has one."""
    stop = record.conditions.stop
    level = np.inf if isinstance(stop, TrainingSet) else stop.average_below
    if np.isfinite(level):
        axes.axhline(level, color=INK, linewidth=0.8, linestyle=(0, (1, 2.5)))
        axes.annotate(
            f"{'exam' if stop.name.startswith('exam') else 'stop rule'}: below {level:g}",
            (0.0, level),
            xycoords=("axes fraction", "data"),
            xytext=(3, 2.5),
            textcoords="offset points",
            fontsize=8,
        )


def _key(figure: Figure, records: Sequence[TrialRecord]) -> float:
    handles = []
    for status in Status:
        number = sum(record.status is status for record in records)
        if number:
            solved = status is Status.SOLVED
            handles.append(
                Line2D(
                    [],
                    [],
                    color=COLOURS[status],
                    linestyle=LINES[status],
                    linewidth=1,
                    marker=MARKS[status],
                    markersize=4.5,
                    markerfacecolor=COLOURS[status] if solved else "none",
                    label=f"{number} {WORDS[status]}",
                )
            )
    return legend_below(figure, handles, len(handles) if figure.get_figwidth() > 5 else 2)


def _strip(
    axes: Axes, place: float, ours: Summary, records: Sequence[TrialRecord], above: float
) -> None:
    axes.axhline(place, color=FAINT, linewidth=0.5, alpha=0.6, zorder=1)
    name = f"{short_name(ours.row)}, {short_name(ours.reading)}"
    axes.annotate(
        f"{name}: {ours.solved} of {ours.trials} solved",
        (0.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(0, above),
        textcoords="offset points",
        fontsize=8.5 if len(ours.row) + len(ours.reading) < 42 else 7.5,
    )
    _trials(axes, place, ours.of(records))
    _means(axes, place, ours)


def _trials(axes: Axes, place: float, trials: Sequence[TrialRecord]) -> None:
    for status in Status:
        at = [max(record.to_success, 1) for record in trials if record.status is status]
        if not at:
            continue
        alpha = 0.6 if status is Status.SOLVED else 1
        axes.plot(at, np.full(len(at), place), **_mark(status, 5), alpha=alpha, zorder=3)
        if status is Status.CAP and len(at) > 1:
            axes.annotate(
                f"{len(at)} \N{MULTIPLICATION SIGN}",
                (max(at), place),
                xytext=(0, -4),
                textcoords="offset points",
                ha="center",
                va="top",
                color=ORANGE,
                fontsize=8.5,
            )


def _means(axes: Axes, place: float, ours: Summary) -> None:
    """Our mean and median, and the published mean."""
    if ours.interval is not None:
        axes.plot(ours.interval, (place - 0.2, place - 0.2), color=BLUE, linewidth=1.2)
    if ours.mean is not None and ours.median is not None:
        axes.plot(ours.mean, place - 0.2, marker="D", color=BLUE, markersize=5, zorder=4)
        axes.plot(
            (ours.median, ours.median), (place - 0.12, place + 0.12), color=BLUE, linewidth=1.6
        )
    published = ours.published
    if published is not None and published.to_success is not None:
        low, high = place - 0.24, place + 0.24
        if published.low is not None and published.high is not None:
            band = np.array([published.low, published.high])
            axes.fill_between(band, low, high, color=GREEN, alpha=0.13, linewidth=0)
        axes.plot((published.to_success,) * 2, (low, high), color=GREEN, linewidth=1.6, zorder=2)


def _counted(summaries: Sequence[Summary]) -> str:
    return " or ".join(dict.fromkeys(ours.kind.counts for ours in summaries))


def _distribution_key(figure: Figure, summaries: Sequence[Summary], width: float) -> float:
    point = {"linestyle": "none", "markersize": 5}
    handles: list[Line2D | Patch] = [
        Line2D(
            [], [], marker="o", color=BLUE, alpha=0.6, markeredgewidth=0, label="trial", **point
        ),
        Line2D([], [], marker="|", color=BLUE, linestyle="none", markersize=9, label="median"),
        Line2D([], [], marker="D", color=BLUE, markersize=5, label="mean, 95% interval"),
    ]
    unsolved = {
        Status.CAP: any(ours.capped for ours in summaries),
        Status.DIVERGED: any(ours.diverged for ours in summaries),
        Status.INTERRUPTED: any(ours.interrupted for ours in summaries),
    }
    for status in (status for status, there in unsolved.items() if there):
        open_mark = {"marker": MARKS[status], "markerfacecolor": "none"}
        handles.append(
            Line2D([], [], color=COLOURS[status], label=WORDS[status], **open_mark, **point)
        )
    if any(ours.published and ours.published.to_success for ours in summaries):
        handles.append(Line2D([], [], color=GREEN, linewidth=1.6, label="paper's mean"))
    if any(ours.published and ours.published.low for ours in summaries):
        handles.append(Patch(color=GREEN, alpha=0.13, linewidth=0, label="paper's range"))
    columns = 2 if width < 5 else len(handles) if len(handles) < 6 else 4
    return legend_below(figure, handles, columns)
