"""How a solved network does its task: its inputs, gates and states over one sequence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from longlag.errors import InputError
from longlag.report.figures import WIDTH
from longlag.report.style import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, style

BLOCK_COLOURS = (BLUE, ORANGE, PURPLE, SKY)  #: of the memory cell blocks, in turn
CELL_LINES = ("-", (0, (4, 1.6)), (0, (1, 1.4)), (0, (5, 1.5, 1, 1.5)))  #: within a block
MANY = 3000  #: steps from which curves become pixels, to keep the file small


@dataclass(frozen=True)
class Trace:
    """What one network did over one sequence of T steps; all arrays are floating-point."""

    x: np.ndarray  #: (T, inputs)
    target: np.ndarray  #: (T, outputs), NaN at steps without a target
    input_gates: np.ndarray  #: (T, blocks) activations
    output_gates: np.ndarray | None  #: (T, blocks) activations; None without output gates
    states: np.ndarray  #: (T, cells) internal states s, block after block
    cell_outputs: np.ndarray  #: (T, cells) y(c) = y(out) h(s)
    outputs: np.ndarray  #: (T, outputs)
    marked: Sequence[int] = ()  #: steps to highlight: those the network has to remember

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
    """Stacked panels over one time axis: inputs, gates, cell states, output and target.

    The marked steps are lines through all panels. A block has one colour; its cells differ in
    dashes. `width` is in inches.
    """
    gated = trace.output_gates is not None
    heights = [1.0, 0.75, *([0.75] if gated else []), 1.35, 0.75, 0.9]
    with style():
        figure = Figure(figsize=(width, 0.6 + 1.05 * sum(heights)), layout="constrained")
        figure.get_layout_engine().set(hspace=0.02, h_pad=0.03)  # pyright: ignore
        panels = list(figure.subplots(len(heights), 1, sharex=True, height_ratios=heights))
        for panel in panels:
            panel.margins(x=0.012)
            panel.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
            panel.spines["bottom"].set_visible(panel is panels[-1])
            panel.tick_params(axis="x", length=3 if panel is panels[-1] else 0)
            for step in trace.marked:
                panel.axvline(step, color=VERMILION, linewidth=0.8, alpha=0.55, zorder=0.5)
        _inputs(panels[0], trace)
        cells = trace.states.shape[1] // trace.input_gates.shape[1]
        remaining = iter(panels[1:])
        gates = next(remaining)
        _lines(gates, trace.input_gates, 1, "input gates", gate=True)
        if 1 < trace.input_gates.shape[1] <= len(BLOCK_COLOURS):
            gates.legend(
                loc="lower right",
                bbox_to_anchor=(1.0, 0.97),
                borderaxespad=0,
                borderpad=0,
                ncols=len(BLOCK_COLOURS),
                handlelength=1.1,
                columnspacing=1.1,
            ).set_in_layout(False)
        if trace.output_gates is not None:
            _lines(next(remaining), trace.output_gates, 1, "output gates", gate=True)
        _lines(next(remaining), trace.states, cells, "cell states")
        _lines(next(remaining), trace.cell_outputs, cells, "cell outputs")
        _output(next(remaining), trace)
        panels[-1].set_xlabel("time step")
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=10.5)
    return figure


def _inputs(axes: Axes, trace: Trace) -> None:
    """The first input as thin stems, the marked ones bold with their value."""
    values, steps = trace.x[:, 0], np.arange(len(trace.x))
    # One broken line, not a thousand objects.
    stems = np.stack([np.zeros_like(values), values, np.full_like(values, np.nan)], axis=1)
    thickness = float(np.clip(150 / len(steps), 0.35, 1.2))
    axes.plot(
        np.repeat(steps, 3),
        stems.ravel(),
        color=FAINT,
        linewidth=thickness,
        solid_capstyle="butt",
        rasterized=len(steps) > MANY,
    )
    axes.axhline(0, color=INK, linewidth=0.5)
    for step in trace.marked:
        axes.plot((step, step), (0, values[step]), color=VERMILION, linewidth=1.8)
        axes.plot(step, values[step], marker="o", color=VERMILION, markersize=4.5, clip_on=False)
    if len(trace.marked) > 0:
        values_marked = ", ".join(f"{values[step]:+.2f}" for step in trace.marked)
        axes.set_title(
            f"marked: {values_marked}", loc="right", color=VERMILION, fontsize=8.5, pad=2
        )
    _name(axes, "input values")


def _lines(axes: Axes, values: np.ndarray, per_block: int, name: str, gate: bool = False) -> None:
    for column in range(values.shape[1]):
        block, cell = divmod(column, per_block)
        axes.plot(
            values[:, column],
            color=BLOCK_COLOURS[block % len(BLOCK_COLOURS)],
            linestyle=CELL_LINES[cell % len(CELL_LINES)],
            linewidth=1.1 if len(values) < 400 else 0.8,
            rasterized=len(values) > MANY,
            label=f"block {block + 1}" if cell == 0 else None,
        )
    if gate:
        axes.set_ylim(-0.04, 1.04)
        axes.set_yticks((0, 1), ("shut", "open"))
    _name(axes, name)


def _output(axes: Axes, trace: Trace) -> None:
    steps = len(trace.outputs)
    thickness = float(np.clip(300 / steps, 0.3, 1))
    axes.plot(trace.outputs, color=INK, linewidth=thickness, rasterized=steps > MANY)
    for column in range(trace.target.shape[1]):
        steps = np.flatnonzero(np.isfinite(trace.target[:, column]))
        axes.plot(
            steps,
            trace.target[steps, column],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgewidth=1.4,
            color=GREEN,
            clip_on=False,
        )
        axes.plot(
            steps,
            trace.outputs[steps, column],
            linestyle="none",
            marker="o",
            markersize=3.5,
            color=INK,
            clip_on=False,
        )
    _name(axes, "output (line, dot) and target (ring)")


def _name(axes: Axes, text: str) -> None:
    axes.set_title(text, fontsize=8.5, pad=2)
