"""How much of an error is left after q steps: a figure and a table."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter
from rich.table import Table
from rich.text import Text

from longlag.errorflow.comparison import Curve
from longlag.errors import InputError
from longlag.quoting import counted
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    grid,
    logarithmic,
    style,
)

LOWEST, HIGHEST = -24, 12  #: powers of ten that the figure shows

TITLES = {
    "conventional": "conventional nets, by their weights",
    "lstm": "LSTM",
    "PyTorch": "PyTorch, as initialised",
}
COLOURS = {"lstm": (GREEN, SKY, BLUE)}
OTHER_COLOURS = (VERMILION, ORANGE, PURPLE, SKY, BLUE, GREEN)

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def flow_figure(curves: Sequence[Curve]) -> Figure:
    """A panel for each kind of network, both axes logarithmic.

    A line is the median over the sequences, and its band is the range. A dotted line is the paper's
    bound on a conventional net. Rings are the steps that the answer depends on. The legend says
    what is left after the largest lag.
    """
    if not curves:
        raise InputError("no error flow to draw, got an empty list: measure some first")
    systems = list(dict.fromkeys(curve.system for curve in curves))
    columns = min(2, len(systems))
    rows = -(-len(systems) // columns)
    with style():
        figure = Figure(figsize=(WIDTH, 0.3 + 3.9 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, system in zip(panels.flat, systems, strict=False):
            _panel(axes, [curve for curve in curves if curve.system == system])
            axes.set_title(TITLES.get(system, system), fontsize=9.5)
        for axes in panels.flat[len(systems) :]:
            axes.set_visible(False)
        _scale(panels, int(max(curve.lags[-1] for curve in curves)))
    return figure


def flow_table(curves: Sequence[Curve]) -> Table:
    """Decimal logarithms of the flow at q = 1, 10, 100, ... and at the largest lag."""
    last = int(max(curve.lags[-1] for curve in curves))
    shown = [10**power for power in range(len(str(last)))]
    if last >= 1.2 * shown[-1]:  # one hardly larger says the same
        shown.append(last)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("log10 of the error left, q steps back")
    for q in shown:
        table.add_column(f"q={q:,}", justify="right")
    system = None
    for curve in curves:
        if curve.system != system:
            system = curve.system
            table.add_row(Text(TITLES.get(system, system), style="bold"))
        table.add_row(f"  {curve.name}", *_at(curve, curve.median, shown))
        if curve.norm_bound is not None:
            bound = _at(curve, curve.norm_bound, shown)
            table.add_row("    bound n (f'max ||W||)^q", *bound, style="dim")
        if curve.weight_bound is not None:
            bound = _at(curve, curve.weight_bound, shown)
            table.add_row("    bound n tau^q", *bound, style="dim")
        if curve.relevant is not None and len(curve.relevant):
            table.add_row(f"    to the steps it needs: {_to_relevant(curve):.1f}", style="dim")
    return table


def _at(curve: Curve, sizes: np.ndarray, lags: Sequence[int]) -> list[str]:
    of = dict(zip(curve.lags.tolist(), sizes.tolist(), strict=True))
    # + 0.0 turns a negative zero into a plain one.
    return [f"{round(of[q], 1) + 0.0:,.1f}" if q in of else "" for q in lags]


def _panel(axes: Axes, curves: Sequence[Curve]) -> None:
    axes.axhline(0, color=FAINT, linewidth=0.7)
    palette = COLOURS.get(curves[0].system, OTHER_COLOURS)
    kinds = list(dict.fromkeys(curve.name.split(", ")[-1] for curve in curves))
    for curve in curves:
        # Training shows as colour and truncation as dashes, so that equal flows stay visible.
        full = curve.name.startswith("untruncated")
        colour = palette[kinds.index(curve.name.split(", ")[-1]) % len(palette)]
        if curve.norm_bound is not None:
            axes.plot(curve.lags, curve.norm_bound, color=colour, linestyle=":", linewidth=1.1)
        axes.fill_between(
            curve.lags, curve.lowest, curve.highest, color=colour, alpha=0.18, linewidth=0
        )
        axes.plot(
            curve.lags,
            curve.median,
            linestyle=(0, (1.5, 1.5)) if full else "-",
            linewidth=3.2 if full else 1.5,
            alpha=0.6 if full else 1.0,
            label=f"{curve.name}: {_left(curve.median[-1])}",
            color=colour,
        )
        if curve.relevant is not None and len(curve.relevant):
            axes.plot(
                *curve.relevant.T,
                linestyle="none",
                marker="o",
                markersize=4.5,
                markerfacecolor="none",
                label=f"to the steps it needs: {_left(_to_relevant(curve))}",
                color=colour,
            )
    if any(curve.norm_bound is not None for curve in curves):
        axes.plot([], [], color=INK, linestyle=":", linewidth=1.1, label="the paper's bounds")
    # Below the axis, where no line can cross it.
    axes.legend(
        title=f"left after {counted(int(curves[0].lags[-1]), 'step')}",
        title_fontsize=8.5,
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.19),
        handlelength=1.6,
        borderaxespad=0,
        labelspacing=0.3,
    )


def _scale(panels: np.ndarray, last: int) -> None:
    axes = panels.flat[0]
    axes.set_xlim(1, max(2, last))  # an axis needs two ends
    logarithmic(axes, "x")
    axes.set_ylim(LOWEST, HIGHEST)
    axes.yaxis.set_major_locator(FixedLocator(range(LOWEST, HIGHEST + 1, 6)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda size, _: _power(round(size))))
    for axes in panels[:, 0]:
        axes.set_ylabel("error left, of 1")
    for axes in panels.flat:
        axes.set_xlabel("steps back in time, q")
        axes.tick_params(labelbottom=True)  # a legend separates it from the panel below
        grid(axes)


def _to_relevant(curve: Curve) -> float:
    """The median flow to the steps that the answer depends on."""
    assert curve.relevant is not None
    return float(np.median(curve.relevant[:, 1]))


def _left(size: float) -> str:
    """10**size in the fewest characters."""
    if not np.isfinite(size):
        return "nothing"
    return f"{10**size:.2g}" if -4 < size < 4 else _power(round(size))


def _power(size: int) -> str:
    return f"10{str(size).translate(SUPERSCRIPTS)}" if size else "1"
