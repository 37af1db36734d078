"""How a solved network does its task: its inputs, gates and states over one sequence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from longlag.errors import InputError
from longlag.report.study import panels
from longlag.report.study.panels import MANY
from longlag.report.style.plots import (
    BLUE,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    short_name,
    style,
)
from longlag.report.style.room import fit

BLOCK_COLOURS = (BLUE, ORANGE, PURPLE, SKY)  #: of the memory cell blocks, in turn
TITLE = 0.2  #: inches for the name of a panel above it
CELL_LINES = ("-", (0, (4, 1.6)), (0, (1, 1.4)), (0, (5, 1.5, 1, 1.5)))  #: within a block


@dataclass(frozen=True)
class Trace:
    """What one network did over one sequence of T steps; all arrays are floating-point."""

    x: np.ndarray  #: (T, inputs), or (T, 1) indices of symbols
    target: np.ndarray  #: (T, outputs), NaN at steps without a target
    input_gates: np.ndarray  #: (T, blocks) activations
    output_gates: np.ndarray | None  #: (T, blocks) activations; None without output gates
    states: np.ndarray  #: (T, cells) internal states s, block after block
    cell_outputs: np.ndarray  #: (T, cells) y(c) = y(out) h(s)
    outputs: np.ndarray  #: (T, outputs)
    marked: Sequence[int] = ()  #: steps to highlight: those the network has to remember
    symbols: tuple[str, ...] | None = (
        None  #: names of the symbols, () for none; None for real inputs
    )

    def __post_init__(self):
        steps = len(self.x)
        for name in (
            "x",
            "target",
            "input_gates",
            "output_gates",
            "states",
            "cell_outputs",
            "outputs",
        ):
            value = getattr(self, name)
            if value is not None and (value.ndim != 2 or len(value) != steps):
                raise InputError(
                    f"{name} of a trace must have shape ({steps}, n), got {value.shape}"
                )
        if any(not 0 <= step < steps for step in self.marked):
            raise InputError(
                f"marked steps must be from 0 to {steps - 1}, got {tuple(self.marked)}"
            )


def mechanism(trace: Trace, *, title: str = "", width: float = WIDTH) -> Figure:
    """Stacked panels over one time axis: inputs, gates, cell states, outputs and targets.

    The marked steps are lines through all panels. A block has one colour; its cells differ in
    dashes. `width` is in inches.
    """
    blocks = trace.input_gates.shape[1]
    cells = trace.states.shape[1] // blocks
    draw: list[tuple[float, Callable[[Axes], None]]] = [
        (panels.input_height(trace.x, trace.symbols, width), lambda axes: _inputs(axes, trace)),
        (0.75, lambda axes: _gates(axes, trace.input_gates, "input gates", legend=blocks > 1)),
    ]
    if trace.output_gates is not None:
        draw.append((0.75, lambda axes: _gates(axes, trace.output_gates, "output gates")))
    draw += [
        (1.35, lambda axes: _lines(axes, trace.states, cells, "cell states")),
        (0.75, lambda axes: _lines(axes, trace.cell_outputs, cells, "cell outputs")),
        (
            panels.output_height(trace.outputs),
            lambda axes: panels.answers(axes, trace.outputs, trace.target, trace.symbols),
        ),
    ]
    heights = [height for height, _ in draw]
    with style():
        figure = Figure(figsize=(width, 0.6 + 1.05 * sum(heights)))
        drawn = list(figure.subplots(len(draw), 1, sharex=True, height_ratios=heights))
        for panel, (_, fill) in zip(drawn, draw, strict=True):
            panel.margins(x=0.012)
            panel.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
            for part in (panel.spines["bottom"], panel.xaxis):
                part.set_visible(panel is drawn[-1])
            for step in trace.marked:
                panel.axvline(step, color=VERMILION, linewidth=0.8, alpha=0.55, zorder=0.5)
            fill(panel)
        drawn[-1].xaxis.set_major_locator(MaxNLocator(8, integer=True))
        drawn[-1].set_xlabel("time step")
        fit(figure, drawn, title=short_name(title), above=TITLE, between=TITLE)
    return figure


def _inputs(axes: Axes, trace: Trace) -> None:
    if trace.symbols is None:
        panels.values(axes, trace.x[:, 0], trace.marked)
    else:
        panels.symbols(axes, trace.x[:, 0].astype(int), trace.symbols, trace.marked)


def _gates(axes: Axes, values: np.ndarray | None, name: str, legend: bool = False) -> None:
    assert values is not None
    _lines(axes, values, 1, name)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks((0, 1), ("shut", "open"))
    if legend and values.shape[1] <= len(BLOCK_COLOURS):
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 0.97),
            borderaxespad=0,
            borderpad=0,
            ncols=len(BLOCK_COLOURS),
            handlelength=1.1,
            columnspacing=1.1,
        )


def _lines(axes: Axes, values: np.ndarray, per_block: int, name: str) -> None:
    for column in range(values.shape[1]):
        block, cell = divmod(column, per_block)
        axes.plot(
            values[:, column],
            color=BLOCK_COLOURS[block % len(BLOCK_COLOURS)],
            linestyle=CELL_LINES[cell % len(CELL_LINES)],
            linewidth=1.1 if len(values) < 400 else 0.8,
            rasterized=len(values) > MANY,
            label=f"{'' if block else 'block '}{block + 1}" if cell == 0 else None,
        )
    panels.name(axes, name)
