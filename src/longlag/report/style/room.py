"""Room for what stands around the axes of a figure: ticks, labels, a title and a legend.

Matplotlib's constrained layout finds this room by drawing the figure twice, which was two thirds of
the time of a report. What stands around our axes is known before they are drawn.
"""

from collections.abc import Sequence

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import blended_transform_factory

INCH = 1 / 72  #: of a point; all else here is in inches
EDGE = 3 * INCH  #: between the outermost text and the edge of the figure
TICK = 7 * INCH  #: a tick, and the gap to its label
LINE = 1.25 * INCH  #: the height of a line of text, for each point of its size


def width_of(text: str, size: float) -> float:
    """The width of a text of this size in points."""
    font = FontProperties(family=rcParams["font.family"], size=size)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] * INCH


def legend_below(figure: Figure, handles: Sequence[Artist], columns: int) -> float:
    """Put a legend into the lower left corner; returns its height."""
    figure.legend(
        handles=handles,
        loc="lower left",
        ncols=columns,
        columnspacing=1.2,
        handletextpad=0.5,
        handlelength=1.5,
    )
    rows = -(-len(handles) // columns)
    padding = 2 * rcParams["legend.borderpad"] + rcParams["legend.borderaxespad"]
    spacing = (rows - 1) * rcParams["legend.labelspacing"]
    return rcParams["legend.fontsize"] * (rows * LINE + (padding + spacing) * INCH)


def fit(
    figure: Figure,
    panels: Sequence[Axes],
    *,
    title: str = "",
    above: float = 0.0,
    below: float = 0.0,
    between: float = 0.0,
) -> None:
    """Place panels, one above the other, as large as what stands around them allows.

    `above` the first panel (under the title), `below` the label of the last, and `between` two
    panels there is so much further room.
    """
    width, height = figure.get_size_inches()
    above += EDGE
    if title:
        figure.suptitle(title, x=0.01, y=1 - EDGE / height, ha="left", va="top", fontsize=10.5)
        above += 10.5 * LINE
    below += EDGE + _name_x(figure, panels[-1], below + EDGE)
    below += TICK + rcParams["xtick.labelsize"] * LINE
    left = EDGE + _name_y(figure, panels[0], EDGE)
    labels = max(_widest_label(axes.yaxis) for axes in panels)
    left += TICK + labels if labels else 0.0
    each = (height - above - below + between) / len(panels) - between
    figure.subplots_adjust(
        left=left / width,
        right=1 - 2 * EDGE / width,
        bottom=below / height,
        top=1 - above / height,
        hspace=between / each,
    )


def _name_x(figure: Figure, axes: Axes, bottom: float) -> float:
    """Put the name of the x axis at this height of the figure; returns the height of the name."""
    if not axes.get_xlabel():
        return 0.0
    line = rcParams["axes.labelsize"] * LINE
    axes.xaxis.label.set_verticalalignment("center")
    across = blended_transform_factory(axes.transAxes, figure.dpi_scale_trans)
    axes.xaxis.set_label_coords(0.5, bottom + line / 2, across)
    return line


def _name_y(figure: Figure, axes: Axes, left: float) -> float:
    """The same for the y axis, whose name is written upwards."""
    if not axes.get_ylabel():
        return 0.0
    line = rcParams["axes.labelsize"] * LINE
    axes.yaxis.label.set_verticalalignment("center")
    along = blended_transform_factory(figure.dpi_scale_trans, axes.transAxes)
    axes.yaxis.set_label_coords(left + line / 2, 0.5, along)
    return line


def _widest_label(axis: Axis) -> float:
    low, high = sorted(axis.get_view_interval())
    labels = [each for each in axis.get_ticklabels() if low <= each.get_position()[1] <= high]
    return max(
        (width_of(each.get_text(), float(each.get_fontsize())) for each in labels), default=0.0
    )
