"""Pictures of many groups: how well each is predicted, and the latest rows of the worst ones."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from longlag.forecasting.groups import Groups
from longlag.report.stream.figures import draw_classes
from longlag.report.stream.group_scores import GroupScore
from longlag.report.style.plots import BLUE, INK, ORANGE, WIDTH, grid, logarithmic, style

DRAWN = 10  #: groups, those that are predicted worst
POINTS = 300  #: of the curve of all groups
LATEST = 60  #: rows of each group
CLASSES = 4  #: of each group, the most frequent ones; the others share a line


def ranks(scores: list[GroupScore], last: str, *, width: float = WIDTH) -> Figure:
    """The errors of all groups, best first, each divided by the error of its last value.

    `scores` are in this order, as `group_scores` gives them; `last` is what the last value is.
    """
    ratios = np.array([each.ratio for each in scores])
    places = np.unique(np.linspace(0, len(ratios) - 1, POINTS).round().astype(int))
    shares = (places + 0.5) / len(ratios)
    with style():
        figure = Figure(figsize=(width, 1.8 + 0.12 * width), layout="constrained")
        axes = figure.add_subplot()
        axes.axhline(1.0, color=ORANGE, linestyle="--", linewidth=1.1, label=last)
        marks = "o" if len(places) < 40 else ""
        axes.plot(
            shares, ratios[places], BLUE, marker=marks, markersize=3, linewidth=1.4, label="LSTM"
        )
        if np.isfinite(ratios).all() and (ratios > 0).all():
            logarithmic(axes, "y")
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel("groups, the best first")
        axes.set_ylabel("relative error")
        grid(axes)
        figure.legend(loc="outside upper left", ncols=2, handletextpad=0.4)
    return figure


def worst(groups: Groups, scores: list[GroupScore], *, width: float = WIDTH) -> Figure:
    """The latest targets and predictions of the groups that are predicted worst, worst first."""
    shown = scores[::-1][:DRAWN]
    columns = min(len(shown), 2)
    lines = -(-len(shown) // columns)
    with style():
        figure = Figure(figsize=(width, 0.4 + 1.25 * lines), layout="constrained")
        for axes, each in zip(
            figure.subplots(lines, columns, squeeze=False).flat, shown, strict=False
        ):
            member = groups.members[each.name]
            recent = member.recent[-LATEST:, :3].T
            if groups.question.classify:
                draw_classes(axes, member.series.classes, *recent, most=CLASSES)
            else:
                rows, targets, answers = recent
                axes.plot(rows, targets, color=INK, linewidth=1.8, alpha=0.45, label="target")
                axes.plot(rows, answers, color=BLUE, linewidth=1.0, label="prediction")
            axes.set_title(f"{each.title}: {each.ratio:.3g}", loc="left", fontsize="small")
            axes.tick_params(labelsize="x-small")
            grid(axes)
        for axes in figure.axes[len(shown) :]:
            axes.set_visible(False)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        ncols = len(labels)
        figure.legend(handles, labels, loc="outside upper left", ncols=ncols, handletextpad=0.4)
    return figure
