"""The groups where the network gains most and least over repeating the last value or class."""

from typing import NamedTuple

from rich.table import Table

from longlag.forecasting.groups import Groups
from longlag.quoting import one_line, quoted
from longlag.report.stream.horizon_summary import error_ratio
from longlag.report.stream.terminal import figure, head_name

SHOWN = 5  #: groups at either end
LONGEST = 30  #: characters of a name
NOBODY = "(none)"  #: title of the rows without a group


class GroupScore(NamedTuple):
    """How one group fared, in its first head."""

    name: str
    rows: int  #: judged
    ours: float  #: error of the network
    last: float  #: error of the last value or class

    @property
    def title(self) -> str:
        """The name in one line, which leaves room for the numbers beside it."""
        title = one_line(self.name, LONGEST)
        if title == NOBODY:  # a name after all
            return quoted(title)
        return title or NOBODY

    @property
    def ratio(self) -> float:
        """Error over that of the last value; see `error_ratio`."""
        return error_ratio(self.ours, self.last)


def group_scores(groups: Groups) -> list[GroupScore]:
    """The groups that were judged, the one with the best ratio first."""
    found = []
    for name, rows, ours, last in groups.fared():
        errors = (1.0 - ours, 1.0 - last) if groups.question.classify else (ours, last)
        found.append(GroupScore(name, rows, *errors))
    return sorted(found, key=lambda each: each.ratio)


def ends(scores: list[GroupScore]) -> list[GroupScore | None]:
    """The first and the last of them, with None where some are left out."""
    if len(scores) <= 2 * SHOWN:
        return list(scores)
    return [*scores[:SHOWN], None, *scores[-SHOWN:]]


def judged_error(groups: Groups) -> str:
    """What the scores of groups are: the error in the first head, which is named if there are more.

    Examples are ``"MAE"``, ``"MAE, 1 row ahead"`` and ``"share wrong"``.
    """
    if groups.question.classify:
        return "share wrong"
    heads = groups.series.heads
    return "MAE" if len(heads) == 1 else f"MAE, {head_name(groups, heads[0])}"


def groups_table(groups: Groups) -> Table:
    """The best and the worst groups, as the terminal shows them."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("group", no_wrap=True)
    for name in ("rows judged", judged_error(groups), groups.series.predictors[1], "ratio"):
        shown.add_column(name, justify="right")
    for each in ends(group_scores(groups)):
        if each is None:
            shown.add_row("...")
        else:
            numbers = map(figure, (each.ours, each.last, each.ratio))
            shown.add_row(each.title, f"{each.rows:,}", *numbers)
    return shown
