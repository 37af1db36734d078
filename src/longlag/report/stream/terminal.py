"""What a person sees of a stream in the terminal: where it stands, and the scores at its end."""

import time
from collections.abc import Sequence

import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.horizons import as_text
from longlag.forecasting.question import Question
from longlag.forecasting.series import Head, ahead
from longlag.quoting import counted
from longlag.report.stream.horizon_summary import summaries
from longlag.report.study.counts import below_one, count
from longlag.report.style.console import LinePace, LiveDisplay

MOST_LINES = 50  #: of a table of scores


class StreamDisplay(LiveDisplay):
    """A table of rows, speed and scores. Call it after every step."""

    def __init__(self, console: Console):
        super().__init__(console, per_second=8)
        self._live.update(Text("reading, and compiling the network (once, a few seconds) ..."))
        self._start: float | None = None  #: of the work, which compiling is not
        self._first = 0  #: rows by then

    def __call__(self, evaluation: Evaluation | Groups, share: float | None = None) -> None:
        """Show where the evaluation stands, and the share of the data, from 0 to 1, if known."""
        now = time.monotonic()
        rows = counted(evaluation.rows, "row")
        rows += "" if share is None else f" ({share:.0%} of the data)"
        if self._start is None:
            self._start, self._first, self._pace = now, evaluation.rows, LinePace()
        elif now > self._start:
            speed = (evaluation.rows - self._first) / (now - self._start)
            rows += f", {count(speed)} a second"
        if self._console.is_terminal:
            table = summary_table(evaluation) or score_table(evaluation)
            self._live.update(Group(table, Text(rows, style="dim")))
        elif evaluation.judged and self._pace.due():
            self._console.print(f"{rows}: {_line(evaluation)}", soft_wrap=True)


def score_table(evaluation: Evaluation | Groups) -> Table:
    """The measures of the network and of the naive predictions, side by side."""
    series = evaluation.series
    shown = Table(box=None, pad_edge=False, header_style="bold")
    if len(series.heads) > 1:
        shown.collapse_padding = True  # there are many columns
        first, rows = heads_table(evaluation)
        shown.add_column(first[0], no_wrap=True)
        for name in first[1:]:
            shown.add_column(name, justify="right")
        for name, *values in spread(rows):
            shown.add_row(name, *values)
        return shown
    shown.add_column(evaluation.question.targets[0])
    for measure in series.measures:
        shown.add_column(measure, justify="right")
    for name, row in zip(series.predictors, evaluation.tables()[0], strict=True):
        shown.add_row(name, *(figure(row[measure]) for measure in series.measures))
    return shown


def summary_table(evaluation: Evaluation | Groups) -> Table | None:
    """Mean errors over many horizons; None if there are few."""
    found, series = summaries(evaluation), evaluation.series
    if not found:
        return None
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column(mean_errors(evaluation), no_wrap=True)
    for name in series.predictors:
        shown.add_column(name, justify="right")
    for each in found:
        shown.add_row(each.target, *map(figure, each.means))
    return shown


def mean_errors(evaluation: Evaluation | Groups) -> str:
    """What the numbers of a summary are."""
    return f"{evaluation.series.measures[0]}, mean of {len(evaluation.series.horizons):,} horizons"


def heads_table(evaluation: Evaluation | Groups) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and a row for each head: errors of all predictors, and our measures."""
    series = evaluation.series
    measure, *others = series.measures
    names = [*series.predictors, *others]
    rows = []
    for head, table in zip(series.heads, evaluation.tables(), strict=True):
        values = [row[measure] for row in table] + [table[0][other] for other in others]
        rows.append([head_name(evaluation, head), *map(figure, values)])
    return [measure, *names], rows


def head_name(evaluation: Evaluation | Groups, head: Head) -> str:
    """A target at a horizon, as far as there are several."""
    question = evaluation.question
    if len(question.horizons) == 1:
        return head.target
    if len(question.targets) == 1:
        return ahead(head.horizon)
    return f"{head.target}, {ahead(head.horizon)}"


def spread(rows: list[list[str]]) -> list[list[str]]:
    """At most `MOST_LINES` of the rows, the first and the last among them."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), MOST_LINES)).round().astype(int)
    return [rows[place] for place in places.tolist()]


def figure(value: float | None) -> str:
    """A measure in four digits, in more where it would pass for 1; a dash where it is not defined.

    >>> figure(0.123456), figure(0.999973), figure(None)
    ('0.1235', '0.99997', '-')
    """
    return "-" if value is None else below_one(value, 4, "g")


def _line(evaluation: Evaluation | Groups) -> str:
    series = evaluation.series
    measure = series.measures[0]
    return f"{measure} " + ", ".join(
        f"{figure(row[measure])} ({name})"
        for name, row in zip(series.predictors, evaluation.tables()[0], strict=True)
    )


def as_words(names: Sequence[str]) -> str:
    """The first of the names, and how many others there are."""
    more = f" and {len(names) - 2:,} more" if len(names) > 2 else ""
    return (", " if more else " and ").join(names[:2]) + more


def far(question: Question) -> str:
    """How many rows ahead the targets are."""
    if len(question.horizons) > 1:
        return f"{as_text(question.horizons)} rows ahead"
    return ahead(question.horizon) if question.horizon else "of the same row"


def remarks(evaluation: Evaluation | Groups) -> str:
    """What was judged, and what was missing."""
    question = evaluation.question
    comma = "," if question.horizon else ""  # a column may be called 1
    text = (
        f"{as_words(question.targets)}{comma} {far(question)}. Each prediction was made before "
        "its target was learned (a prequential evaluation); "
        f"{count(evaluation.judged)} of {counted(evaluation.rows, 'row')} judged."
    )
    if isinstance(evaluation, Groups):
        text += f" {counted(len(evaluation.members), 'group')}."
    if evaluation.missing_features:
        text += f" Missing features: {count(evaluation.missing_features)}, replaced by their means."
    if evaluation.missing_targets:
        text += f" Missing targets: {count(evaluation.missing_targets)}, not learned."
    return text
