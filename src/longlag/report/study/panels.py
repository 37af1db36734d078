"""What goes into a network and what comes out, as panels over its time steps."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import MaxNLocator

from longlag.report.style.plots import FAINT, GREEN, INK, VERMILION

MANY = 3000  #: steps from which curves become pixels, to keep the file small
NAMED = 12  #: most symbols or outputs that are named at the axis
MENTIONED = 4  #: most marked values that are written above the inputs
LETTERS_PER_INCH = 8.0  #: largest number of letters per inch of a line
TARGETS = 300  #: most targets that are drawn as rings

FEW = 10  #: most steps with targets at which each output is drawn large

#: From nothing to full ink, so that it is legible on light and dark pages.
SHADES = LinearSegmentedColormap.from_list("shades", [to_rgba(INK, 0.0), to_rgba(INK, 1.0)])


def input_height(x: np.ndarray, names: tuple[str, ...] | None, width: float) -> float:
    """The height that the inputs need, relative to the other panels."""
    if names is None:
        return 1.0
    return 0.45 if _as_letters(len(x), names, width) else 1.2


def values(axes: Axes, x: np.ndarray, marked: Sequence[int]) -> None:
    """Real inputs of shape (T,) as thin stems, the marked ones bold with their value."""
    steps = np.arange(len(x))
    # One broken line, not a thousand objects.
    stems = np.stack([np.zeros_like(x), x, np.full_like(x, np.nan)], axis=1)
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
    for step in marked:
        axes.plot((step, step), (0, x[step]), color=VERMILION, linewidth=1.8)
        axes.plot(step, x[step], marker="o", color=VERMILION, markersize=4.5, clip_on=False)
    _mention(axes, [f"{x[step]:+.2f}" for step in marked])
    name(axes, "input values")


def symbols(axes: Axes, x: np.ndarray, names: tuple[str, ...], marked: Sequence[int]) -> None:
    """Symbols of shape (T,): a line of letters where they fit, else a dot each in the symbol's row.

    `names` has the name of each symbol, or is empty; then they are numbered.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    if _as_letters(len(x), names, figure.get_figwidth()):
        for step, symbol in enumerate(x):
            axes.annotate(
                names[symbol],
                (step, 0.5),
                ha="center",
                va="center",
                fontsize=9,
                fontweight="bold" if step in marked else "normal",
                color=VERMILION if step in marked else INK,
            )
        axes.set_xlim(-0.5, len(x) - 0.5)
        axes.set_ylim(0, 1)
        axes.set_yticks(())
        axes.spines["left"].set_visible(False)
    else:
        size = float(np.clip(300 / len(x), 0.8, 3))
        few = 0 < len(names) <= NAMED
        rasterized = len(x) > MANY
        dots = partial(axes.plot, linestyle="none", marker="s", markeredgewidth=0, clip_on=False)
        dots(x, color=INK if few else FAINT, markersize=size, rasterized=rasterized)
        for step in marked:
            dots(step, x[step], color=VERMILION, markersize=5)
        if few:
            axes.set_yticks(range(len(names)), names, fontsize=7.5)
            axes.set_ylim(len(names) - 0.5, -0.5)
        else:
            axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _mention(axes, [names[x[step]] if names else f"symbol {x[step]}" for step in marked])
    name(axes, "input symbols")


def output_height(outputs: np.ndarray) -> float:
    """The height that the outputs need, relative to the other panels."""
    return 0.9 if outputs.shape[1] == 1 else float(np.clip(0.14 * outputs.shape[1], 0.7, 1.8))


def answers(
    axes: Axes, outputs: np.ndarray, target: np.ndarray, names: tuple[str, ...] | None
) -> None:
    """Outputs and targets of shape (T, outputs): one output as a line, several as shades.

    If there are as many outputs as `names`, the outputs carry these names; otherwise numbers.
    """
    if outputs.shape[1] == 1:
        _one_output(axes, outputs[:, 0], target[:, 0])
    else:
        _several_outputs(axes, outputs, target)
        _name_outputs(axes, outputs.shape[1], names or ())


def _one_output(axes: Axes, output: np.ndarray, target: np.ndarray) -> None:
    thickness = float(np.clip(300 / len(output), 0.3, 1))
    axes.plot(output, color=INK, linewidth=thickness, rasterized=len(output) > MANY)
    at = np.flatnonzero(np.isfinite(target))
    few = len(at) <= FEW
    dots = partial(
        axes.plot, linestyle="none", marker="o", clip_on=False, rasterized=len(at) > TARGETS
    )
    dots(
        at,
        target[at],
        markersize=8 if few else 4,
        markerfacecolor="none",
        markeredgewidth=1.4 if few else 0.8,
        color=GREEN,
    )
    dots(at, output[at], markersize=3.5 if few else 1.5, color=INK)
    name(axes, "output (line, dot) and target (ring)")


def _several_outputs(axes: Axes, outputs: np.ndarray, target: np.ndarray) -> None:
    steps, number = outputs.shape
    asked = np.flatnonzero(np.isfinite(target).any(axis=1))
    few = len(asked) <= FEW
    axes.imshow(
        outputs.T,
        cmap=SHADES,
        vmin=0,
        vmax=1,
        alpha=0.4 if few else 1.0,  # outputs at steps without a target are faint
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, steps - 0.5, number - 0.5, -0.5),
    )
    if few:
        at, which = (each.ravel() for each in np.meshgrid(asked, range(number)))
        axes.scatter(
            at,
            which,
            c=outputs[at, which],
            s=38,
            edgecolors=FAINT,
            cmap=SHADES,
            vmin=0,
            vmax=1,
            zorder=3,
            clip_on=False,
        )
    # Rings at targets above the middle: one for each step, where they name a symbol or class.
    at, which = np.nonzero(target > 0.5)
    size = 9.0 if few else float(np.clip(min(420 / steps, 90 / number), 2.0, 9))
    axes.plot(
        at,
        which,
        linestyle="none",
        marker="o",
        markersize=size,
        markerfacecolor="none",
        markeredgewidth=float(np.clip(0.25 * size, 0.5, 1.6)),
        color=GREEN,
        zorder=4,
        clip_on=False,
        rasterized=len(at) > TARGETS,
    )
    name(axes, "outputs (shade: 0 to 1) and targets of 1 (rings)")


def _name_outputs(axes: Axes, number: int, names: tuple[str, ...]) -> None:
    axes.set_ylim(number - 0.5, -0.5)
    if number <= NAMED:
        numbers = [str(k + 1) for k in range(number)]
        axes.set_yticks(range(number), names if len(names) == number else numbers, fontsize=7.5)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def name(axes: Axes, text: str) -> None:
    """A panel's name, above it."""
    axes.set_title(text, fontsize=8.5, pad=2)


def _as_letters(steps: int, names: tuple[str, ...], width: float) -> bool:
    return bool(names) and max(map(len, names)) == 1 and steps <= LETTERS_PER_INCH * (width - 0.6)


def _mention(axes: Axes, marked: Sequence[str]) -> None:
    if marked:
        listed = ", ".join([*marked[:MENTIONED], *(["..."] if len(marked) > MENTIONED else [])])
        axes.set_title(f"marked: {listed}", loc="right", color=VERMILION, fontsize=8.5, pad=2)
