"""The ladder of lags: who remembers what for how long, as a table and as a picture."""

from collections.abc import Sequence
from math import log10

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rich.console import Group
from rich.text import Text

from longlag.experiments.ladder import ENOUGH, NETWORKS, Climb, families
from longlag.experiments.measured import Measured, Reached, figure_of
from longlag.learners import learners
from longlag.report.study.learner_groups import COLOURS, font_weight, group_of
from longlag.report.style.blocks import Blocks
from longlag.report.style.plots import FAINT, INK, short_name, style

KEY = (
    f"The longest lag, in steps, at which at least {ENOUGH} of {NETWORKS} networks solved the task "
    "within the budget. -: not the shortest lag either. +: it may climb on, its next lag is not "
    "finished. n/a: does not apply."
)
FIGURES = "In brackets: the figures that come with longlag, within 50,000 presentations on seed 1."
PALE = "Pale, in brackets: figures that come with longlag (50,000 presentations, seed 1)"
HELD = {
    "trainable-latch": "a class,\nnoise beside it",
    "two-sequence": "a class,\nnoise on its line",
    "symbol-lag": "a symbol,\nno noise",
    "distractors": "a symbol,\nrandom ones after",
    "adding": "two numbers,\ntheir sum",
    "multiplication": "two numbers,\ntheir product",
    "temporal-order": "two symbols,\ntheir order",
}  #: what a network must hold, for the picture
MARGIN, COLUMN, NARROWEST = 1.6, 1.2, 6.6  #: inches; with seven columns as wide as a slide
USUAL, SHOWN, LETTER = 14, 28, 0.09  #: letters of a name, at most; inches of each beyond the usual
LEGEND = 0.55  #: inches of a patch in the legend, and of the blanks beside it
_START, _END = 0.03, 0.70  # of a bar in its cell; the number stands behind it


def ladder_table(climbs: Sequence[Climb]) -> Group:
    """A row for each learner, a column for each kind of memory: the longest lag bridged.

    The figures that come with the library stand beside, in brackets.
    """
    found, order = _by_place(climbs), ranked(climbs)
    columns = {
        family: [_text(found[learner, family]) for learner in order] for family in _families(climbs)
    }
    table = Blocks("longest lag", order, columns)
    reasons = sorted(
        {f"{each.learner} on {each.family}: {each.reason}" for each in _barred(climbs)}
    )
    figures = Text(FIGURES, style="dim")
    return Group(table, Text(KEY, style="dim"), figures, *(Text(f"n/a: {x}") for x in reasons))


def ranked(climbs: Sequence[Reached]) -> list[str]:
    """The learners: first those that bridge the longest lags over all kinds of memory.

    Models of users come before the learners of the library.
    """
    total = {climb.learner: 0.0 for climb in climbs}
    for climb in climbs:
        total[climb.learner] += log10(max(climb.reached, 1))
    known = learners()
    return sorted(total, key=lambda learner: (learner in known, -total[learner], learner))


def words(climb: Reached) -> str:
    """What the picture and the table say of a climb; see `KEY`."""
    if climb in _barred([climb]):
        return "n/a"
    more = "+" if climb.pending else ""
    if climb.reached:
        return f"{climb.reached:,}{more}"
    return "..." if more else "-"


def ladder_picture(
    climbs: Sequence[Reached], lags: Sequence[int], *, pale_figures: bool = False
) -> Figure:
    """A bar for each learner and kind of memory, as long as the lag, on a logarithmic scale.

    `lags` are the rungs of the ladder, rising. All seven kinds fill a slide. What is not among the
    climbs stays empty. With `pale_figures`, figures that come with the library are pale and in
    brackets, to be told apart from trials that were run here.
    """
    longest = max(lags[-1], *(climb.reached for climb in climbs))
    pale = [each for each in climbs if pale_figures and isinstance(each, Measured)]
    kinds, found, order = _families(climbs), _by_place(climbs), ranked(climbs)
    with style():
        beyond = max(0, *(len(short_name(each, SHOWN)) - USUAL for each in order))
        width = max(NARROWEST, MARGIN + COLUMN * len(kinds)) + LETTER * beyond
        figure = Figure(figsize=(width, 1.5 + 0.27 * len(order)), layout="constrained")
        axes = figure.add_subplot()
        _rungs(axes, len(kinds), len(order), longest)
        for y, learner in enumerate(order):
            for x, family in enumerate(kinds):
                if climb := found.get((learner, family)):
                    _bar(axes, x, y, climb, longest, pale=climb in pale)
        axes.set_xlim(-0.02, len(kinds))
        axes.set_ylim(len(order) + 0.1, -0.6)
        axes.set_yticks(range(len(order)), [short_name(each, SHOWN) for each in order])
        held = [f"{family}\n{HELD.get(family, '')}" for family in kinds]
        axes.set_xticks([x + (_START + _END) / 2 for x in range(len(kinds))], held)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelcolor=INK)
        for learner, label in zip(order, axes.get_yticklabels(), strict=True):
            label.set_fontweight(font_weight(learner))
        for spine in axes.spines.values():
            spine.set_visible(False)
        _legend(figure, {group_of(learner) for learner in order}, PALE if pale else None)
    return figure


def _rungs(axes: Axes, columns: int, rows: int, longest: int) -> None:
    """Lines at the powers of ten, with their lags below."""
    for column in range(columns):
        for power in range(int(log10(longest)) + 1):
            x = column + _START + (_END - _START) * power / log10(longest)
            ends = [-0.45, rows - 0.5]
            axes.plot([x, x], ends, color=FAINT, linewidth=0.4, alpha=0.4, zorder=0)
            lag = f"{10 ** (power - 3)}k" if power >= 3 else str(10**power)
            axes.text(x, rows - 0.3, lag, ha="center", va="top", fontsize=6.5, color=INK)


def _bar(axes: Axes, x: int, y: int, climb: Reached, longest: int, *, pale: bool) -> None:
    length = (_END - _START) * log10(max(climb.reached, 1)) / log10(longest)
    if length:
        colour = COLOURS[group_of(climb.learner)]
        alpha = 0.35 if pale else 0.85
        axes.add_patch(Rectangle((x + _START, y - 0.3), length, 0.6, facecolor=colour, alpha=alpha))
    place, weight = (x + _START + length + 0.02, y), font_weight(climb.learner)
    text = f"({words(climb)})" if pale else words(climb)
    axes.text(*place, text, va="center", fontsize=8, fontweight=weight, color=INK)


def _legend(figure: Figure, kinds: set[str], note: str | None) -> None:
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=colour, alpha=0.85, label=kind)
        for kind, colour in COLOURS.items()
        if kind in kinds
    ]
    title = f"Longest lag, in steps, that at least {ENOUGH} of {NETWORKS} networks bridge"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    fit = sum(LEGEND + LETTER * len(str(each.get_label())) for each in handles)
    columns = len(handles) if fit <= figure.get_figwidth() else 2
    figure.legend(
        handles=handles,
        loc="outside lower left",
        ncols=columns,
        title=note,
        title_fontsize="small",
        alignment="left",
    )


def _families(climbs: Sequence[Reached]) -> list[str]:
    """The kinds of memory among the climbs, in the order of the ladder."""
    met = {climb.family for climb in climbs}
    return [family for family in families() if family in met]


def _by_place(climbs: Sequence[Reached]) -> dict[tuple[str, str], Reached]:
    return {(climb.learner, climb.family): climb for climb in climbs}


def _barred(climbs: Sequence[Reached]) -> list[Reached]:
    """The climbs of learners that do not apply to the shortest lag."""
    return [climb for climb in climbs if climb.reason and not climb.rungs]


def _text(climb: Reached) -> Text:
    text = Text(words(climb), style="green" if climb.reached else "dim")
    if figure := figure_of(climb.learner, climb.family):
        text.append(f" ({words(figure)})", style="dim")
    return text
