"""How figures look, and how they become files and parts of a page.

Backgrounds are transparent and axes mid-grey, so a saved figure is legible on light and dark pages.
Inside our pages each colour becomes a CSS variable, which the page sets for either theme.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from longlag.quoting import printable, shortened
from longlag.report.style.inline_svg import element
from longlag.writing import write_whole

INK = "#737a84"  #: text and axes: contrast above 4 on white and on near-black
FAINT = "#a0a6ae"  #: grid and distractors

# Okabe & Ito (2008), told apart by people with any colour vision.
BLUE = "#0072b2"
VERMILION = "#d55e00"
GREEN = "#009e73"
ORANGE = "#e69f00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"

WIDTH = 6.6  #: inches; fills the text column of a page on a desk
NARROW = 3.5  #: inches; fills a telephone

VARIABLES = {
    INK: "ink",
    FAINT: "faint",
    BLUE: "blue",
    VERMILION: "vermilion",
    GREEN: "green",
    ORANGE: "orange",
    PURPLE: "purple",
    SKY: "sky",
}

SETTINGS: dict[str, Any] = {
    "agg.path.chunksize": 20_000,  # without it Agg gives up on a noisy curve of 100,000 steps
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titley": 1.0,  # else every drawing measures the axis below a title
    "axes.facecolor": "none",
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: it can be searched, and a page sets its font
    "svg.hashsalt": "longlag",  # same figure, same bytes
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name begins no formula
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
}


def style() -> AbstractContextManager[None]:
    """The settings in which figures are made and written; the caller's own stay as they are."""
    ours: dict[Any, Any] = {**matplotlib.rcParamsDefault, **SETTINGS}
    del ours["backend"]  # matplotlib would not restore it
    return matplotlib.rc_context(ours)


def short_name(name: str, most: int = 60) -> str:
    """Shorten a name to the room in a picture: every drawn character takes time."""
    return shortened(printable(name), most)


def save(figure: Figure, path: str | Path) -> None:
    """Write `path`.svg and `path`.png (200 dots per inch, transparent)."""
    path = Path(path)
    write_whole(path.with_name(path.name + ".svg"), _svg_file(figure).encode())
    png = io.BytesIO()
    with _drawing():
        figure.savefig(png, format="png", dpi=200, metadata={"Software": None})
    write_whole(path.with_name(path.name + ".png"), png.getvalue())


def svg(figure: Figure, label: str = "") -> str:
    """The figure as an <svg> element for an HTML page, which it fills in width.

    The same figure always gives the same text. Its identifiers are its own, so several figures can
    share a page. `label` is read out to those who cannot see it.
    """
    text = _svg_file(figure)
    for colour, name in VARIABLES.items():
        text = text.replace(colour, f"var(--{name}, {colour})")
    text = text.replace("'DejaVu Sans'", "var(--figure-font, 'DejaVu Sans')")
    return element(text, printable(label))


def _svg_file(figure: Figure) -> str:
    written = io.StringIO()
    with _drawing():
        # Without a date and other metadata the text depends only on the figure.
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(written, format="svg", metadata=nothing, dpi=200)
    return printable(written.getvalue(), kept="\n")


@contextmanager
def _drawing() -> Iterator[None]:
    """The settings of `style`, without warnings of letters that a font or a layout has not."""
    with warnings.catch_warnings(), style():
        warnings.simplefilter("ignore", UserWarning)
        yield


def grid(axes: Axes, which: Literal["both", "x", "y"] = "both") -> None:
    """Faint lines at the ticks, below all that is drawn."""
    axes.grid(axis=which, color=FAINT, linewidth=0.4, alpha=0.35)
    axes.set_axisbelow(True)


def legend_above(figure: Figure) -> None:
    """The names of all that is drawn, three in a line, above the axes of a constrained layout."""
    figure.legend(loc="outside upper left", ncols=3, handletextpad=0.4, columnspacing=1.2)


def logarithmic(axes: Axes, which: str) -> None:
    """Make one axis ("x" or "y") logarithmic with plainly written numbers."""
    getattr(axes, f"set_{which}scale")("log")
    axis = getattr(axes, f"{which}axis")
    axis.set_minor_locator(NullLocator())
    low, high = sorted(getattr(axes, f"get_{which}lim")())
    subdivisions = (
        (1.0,) if high > 1000 * low else (1.0, 3.0) if high > 30 * low else (1.0, 2.0, 5.0)
    )
    axis.set_major_locator(LogLocator(subs=subdivisions, numticks=20))
    axis.set_major_formatter(FuncFormatter(_plain))


def _plain(value: float, _: object = None) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"
