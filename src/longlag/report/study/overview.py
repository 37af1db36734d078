"""Every published mean at a glance: ours over the paper's, on one axis."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from longlag.errors import InputError
from longlag.report.study.comparison import Comparison
from longlag.report.study.summary import CLOSE, Summary
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    VERMILION,
    WIDTH,
    short_name,
    style,
)
from longlag.report.style.room import fit, legend_below

ROW = 0.185  #: inches
BEYOND = 60.0  #: ratios beyond this factor are drawn at the edge


def overview(compared: Sequence[Comparison], *, width: float = WIDTH) -> Figure:
    """Our mean over the published one, a line per published mean, grouped by experiment.

    The band is a factor of 1.5 to either side; the bar through a dot is the range of our trials.
    Open marks are means over the solved trials only. `width` is in inches.
    """
    if not compared:
        raise InputError("no published means to compare with, got an empty list")
    groups = [
        (name, list(group))
        for name, group in groupby(compared, key=lambda each: each.experiment.title)
    ]
    lines = len(compared) + 1.25 * len(groups)  # a group's title has its own line
    with style():
        figure = Figure(figsize=(width, 0.9 + ROW * lines))
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.axvspan(1 / CLOSE, CLOSE, color=GREEN, alpha=0.13, linewidth=0)
        axes.axvline(1, color=GREEN, linewidth=1.1)
        place, ticks = 0.0, []
        for name, group in groups:
            place -= 1.25
            axes.annotate(
                short_name(name),
                (0.01, place),
                xycoords=("figure fraction", "data"),
                va="center",
                fontsize=8.5,
                fontweight="bold",
            )
            for each in group:
                place -= 1
                _line(axes, place, each)
                ticks.append((place, short_name(each.row.name, 40)))
        axes.set_ylim(place - 0.7, -0.6)
        axes.set_yticks(*zip(*ticks, strict=True), fontsize=7.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        _scale(axes, width)
        axes.set_xlabel("our mean / the paper's")
        fit(figure, [axes], below=_key(figure, compared, width))
    return figure


def _line(axes: Axes, place: float, each: Comparison) -> None:
    axes.axhline(place, color=FAINT, linewidth=0.4, alpha=0.5, zorder=0.5)
    published = each.row.published
    assert published is not None
    assert published.to_success is not None
    if each.modern and each.modern.ratio:
        _mark(axes, place, each.modern, marker="D", color=PURPLE, markersize=3.2)
    ours = each.ours
    if ours is None or ours.ratio is None or ours.lowest is None or ours.highest is None:
        words = "none solved" if ours else "not run"
        axes.annotate(
            words,
            (1.0, place),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
            fontsize=7.5,
            color=VERMILION if ours else INK,
        )
        return
    span = [_bounded(one / published.to_success) for one in (ours.lowest, ours.highest)]
    colour = BLUE if ours.close else ORANGE
    axes.plot(span, (place, place), color=colour, linewidth=1.1, alpha=0.6)
    _mark(axes, place, ours, marker="o", color=colour, markersize=5)


def _mark(axes: Axes, place: float, ours: Summary, *, marker: str, color: str, markersize: float):
    assert ours.ratio is not None
    axes.plot(
        _bounded(ours.ratio),
        place,
        marker=marker,
        color=color,
        markersize=markersize,
        markerfacecolor="none" if ours.biased else color,
        zorder=4,
        clip_on=False,
    )


def _bounded(ratio: float) -> float:
    return min(max(ratio, 1 / BEYOND), BEYOND)


def _scale(axes: Axes, width: float) -> None:
    """Room for a factor of 3 to either side at least, and plain numbers."""
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 1 / 3.2), max(high, 3.2))
    axes.xaxis.set_minor_locator(NullLocator())
    factors = (3, 10, 30) if width > 5 else (3, 10)
    marks = {"1": 1.0} | {f"{factor}": float(factor) for factor in factors}
    marks |= {f"1/{factor}": 1 / factor for factor in factors}
    low, high = axes.get_xlim()
    shown = {text: at for text, at in marks.items() if low <= at <= high}
    axes.set_xticks(list(shown.values()), list(shown))


def _key(figure: Figure, compared: Sequence[Comparison], width: float) -> float:
    mark = partial(Line2D, [], [], linestyle="none")
    dot = partial(mark, marker="o", markersize=5)
    ours = [each.ours for each in compared if each.ours and each.ours.ratio is not None]
    handles: list[Line2D | Patch] = [Patch(color=GREEN, alpha=0.13, label=f"a factor of {CLOSE:g}")]
    handles.append(dot(color=BLUE, label="ours, inside"))
    if not all(each.close for each in ours):
        handles.append(dot(color=ORANGE, label="ours, outside"))
    if any(each.biased for each in ours):
        handles.append(dot(color=INK, markerfacecolor="none", label="not all solved"))
    if any(each.modern and each.modern.ratio for each in compared):
        handles.append(mark(marker="D", markersize=3.2, color=PURPLE, label="modern setting"))
    return legend_below(figure, handles, len(handles) if width > 5 else 2)
