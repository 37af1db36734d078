"""What a person sees of a stream in the terminal: where it stands, and the scores at its end."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from longlag.forecasting.evaluation import Evaluation
from longlag.report.study.progress import LINE_EVERY
from longlag.report.study.summary import count


class StreamDisplay:
    """A live table of rows, speed and scores; outside a terminal, a plain line now and then.

    Use it as a context manager, and call it after every step.
    """

    def __init__(self, console: Console):
        self._console = console
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._start: float | None = None  #: of the work, which compiling is not
        self._first = 0  #: rows by then
        self._last_line = 0.0

    def __enter__(self) -> "StreamDisplay":
        if self._console.is_terminal:
            self._live.start()
            self._live.update(Text("reading, and compiling the network (once, a few seconds) ..."))
        return self

    def __exit__(self, *exception) -> None:
        self._live.stop()

    def __call__(self, evaluation: Evaluation) -> None:
        """Show where the evaluation stands."""
        now = time.monotonic()
        rows = f"{count(evaluation.rows)} rows"
        if self._start is None:
            self._start = self._last_line = now
            self._first = evaluation.rows
        elif now > self._start:
            speed = (evaluation.rows - self._first) / (now - self._start)
            rows += f", {count(speed)} a second"
        if self._console.is_terminal:
            self._live.update(Group(score_table(evaluation), Text(rows, style="dim")))
        elif evaluation.series.judged and now - self._last_line >= LINE_EVERY:
            self._last_line = now
            self._console.print(f"{rows}: {_line(evaluation)}")


def score_table(evaluation: Evaluation) -> Table:
    """The measures of the network and of the naive predictions, side by side."""
    series = evaluation.series
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column(evaluation.question.target)
    for measure in series.measures:
        shown.add_column(measure, justify="right")
    for name, row in zip(series.predictors, series.table(), strict=True):
        shown.add_row(name, *(figure(row[measure]) for measure in series.measures))
    return shown


def figure(value: float | None) -> str:
    """A measure in four digits; a dash where it is not defined.

    >>> figure(0.123456), figure(None)
    ('0.1235', '-')
    """
    return "-" if value is None else f"{value:.4g}"


def _line(evaluation: Evaluation) -> str:
    series = evaluation.series
    measure = series.measures[0]
    return f"{measure} " + ", ".join(
        f"{figure(row[measure])} ({name})"
        for name, row in zip(series.predictors, series.table(), strict=True)
    )


def remarks(evaluation: Evaluation) -> str:
    """What was judged, and what was missing."""
    question, horizon = evaluation.question, evaluation.question.horizon
    ahead = f"{horizon} row{'s' if horizon != 1 else ''} ahead" if horizon else "of the same row"
    text = (
        f"Prequential: {question.target} {ahead}, each prediction made before its target was "
        f"learned; {count(evaluation.series.judged)} of {count(evaluation.rows)} rows judged."
    )
    if evaluation.missing_features:
        text += f" Missing features: {count(evaluation.missing_features)}, replaced by their means."
    if evaluation.missing_targets:
        text += f" Missing targets: {count(evaluation.missing_targets)}, not learned."
    return text
