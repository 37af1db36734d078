"""A picture of the half-lives of cells, with the periods of those that rotate."""

import matplotlib.ticker
import numpy as np
from matplotlib.figure import Figure

from longlag.report.stream.half_lives import HalfLives
from longlag.report.style.plots import (
    BLUE,
    INK,
    VERMILION,
    WIDTH,
    grid,
    legend_above,
    logarithmic,
    short_name,
    style,
)

SHOWN = 40  #: cells


def half_life_figure(found: HalfLives, *, width: float = WIDTH) -> Figure:
    """A line for each cell, or for some of them, spread from the shortest half-life on."""
    count = len(found.times)
    shown = np.linspace(0, count - 1, min(count, SHOWN)).round().astype(int)
    rows = np.arange(len(shown))
    with style():
        figure = Figure(figsize=(width, 1.0 + 0.14 * len(shown)), layout="constrained")
        axes = figure.add_subplot()
        ends = found.shorter[shown], found.longer[shown]
        label = "one deviation of its gate"
        axes.hlines(rows, *ends, color=BLUE, alpha=0.4, linewidth=2.0, label=label)
        axes.plot(found.times[shown], rows, ".", color=BLUE, label="half is left")
        periods = found.periods[shown]
        if not np.isnan(periods).all():
            axes.plot(periods, rows, "x", color=VERMILION, markersize=4, label="period")
        logarithmic(axes, "x")
        axes.set_xlabel("rows")
        # Many cells have the same strongest input, so a cell has its number, too.
        labels = [f"{short_name(found.inputs[n], 20)}, cell {found.cells[n]}" for n in shown]
        axes.set_yticks(rows, labels, fontsize=6.5)
        axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.set_ylim(-0.8, len(shown) - 0.2)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        grid(axes, "x")
        legend_above(figure)
    return figure
