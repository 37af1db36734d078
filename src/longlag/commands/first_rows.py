"""What the first rows of a table say about its columns."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from longlag.commands.column import Column
from longlag.commands.time_parts import PARTS, parts_of
from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.readers.lists import as_list
from longlag.readers.sources import BadRow, Source
from longlag.readers.times import Times

FIELDS = 200_000  #: to look at
COLUMNS = 100_000  #: to look at; a network has room for fewer


class TimeColumns(NamedTuple):
    """The columns of times: one, or a date and the clock beside it."""

    columns: list[Column]
    texts: list[str]  #: of the rows
    times: Times

    @property
    def names(self) -> str:
        """Their names, as --time takes them."""
        name = self.columns[0].name
        return name if len(self.columns) == 1 else as_list(each.name for each in self.columns)

    @property
    def counted(self) -> bool:
        """Whether they are numbers that count something."""
        return self.columns[0].kind == "number" and self.times.form is None

    @property
    def settled(self) -> str | None:
        """The form, if the rows by which `learn` judges it do not tell day from month."""
        first = Times(self.texts[: len(self.columns[0].judged)])
        return self.times.form if first.other and not self.times.other else None

    @property
    def backwards(self) -> bool:
        """Whether most of the rows are older than the row above them."""
        found = map(self.times.instant, self.texts)
        steps = [b - a for a, b in pairwise(instant for instant in found if instant is not None)]
        return 2 * sum(step < 0 for step in steps) > len(steps)

    @property
    def gaps(self) -> "Gaps | None":
        """The steps of time that are longer than most; None if there are none, or no usual step."""
        instants = (self.times.instant(text) for text in self.texts)
        steps = [abs(b - a) for a, b in pairwise(x for x in instants if x is not None)]
        usual, count = Counter(steps).most_common(1)[0] if steps else (0.0, 0)
        longer = [step for step in steps if step > usual]
        if not longer or usual == 0.0 or 2 * count <= len(steps):
            return None
        return Gaps(usual, len(longer), max(longer), len(steps))


class Gaps(NamedTuple):
    """Rows that are farther apart than most; times are in the unit of `Times.instant`."""

    usual: float  #: from one row to the next, most often
    longer: int  #: steps that are longer
    longest: float
    steps: int  #: in all


def first_rows(source: Source) -> tuple[list[Column], str | None]:
    """The columns of some thousand rows, and what is wrong with the row below them."""
    judged = source.first_texts()[:COLUMNS]
    texts: list[list[str]] = [[] for _ in judged]
    most, problem = max(1, FIELDS // max(1, len(source.names))), None
    try:
        for block in source.blocks():
            for column, more in zip(texts, block.table(COLUMNS), strict=True):
                column += more
            if len(texts[0]) >= most:
                break
    except BadRow as bad:
        problem = f"Row {len(texts[0]) + bad.index + 1}: {bad}."
    columns = [
        Column(name, found or first, first, source.values)
        for name, found, first in zip(source.names[:COLUMNS], texts, judged, strict=True)
    ]
    return columns, problem


def time_columns(columns: Sequence[Column], form: str | None) -> TimeColumns | None:
    """The columns of times; raises `InputError` if none has times in the form that is given."""
    for column, after in zip(columns, [*columns[1:], None], strict=True):
        if not column.name or (form is None and column.kind != "time"):
            continue
        texts = list(column.texts)
        if after and after.name and (form or after.kind == "time") and len(set(texts)) < len(texts):
            joined = _joined([column, after], form)
            if joined:
                return joined
        times = Times(texts, form)
        if form is None or any(times.instant(text) is not None for text in texts):
            single = TimeColumns([column], texts, times)
            return single if form else _with_clock(single, columns)
    if form is not None:
        raise InputError(f"no column has times in the form of --time-format, {quoted(form)}")
    for column in columns:
        if column.name and column.dates_in_numbers:
            single = TimeColumns([column], list(column.texts), Times(column.texts))
            return _with_clock(single, columns)
    parts = parts_of(columns)
    if "year" in parts and "month" in parts and (joined := _joined(_nested(parts), None)):
        return joined
    for column in columns:
        if column.name and (column.since_1970 or column.counts_time):
            return TimeColumns([column], list(column.texts), Times(column.texts))
    return None


def _with_clock(dates: TimeColumns, columns: Sequence[Column]) -> TimeColumns:
    """The dates and the hours beside them, if several rows have one date, and there are hours."""
    parts = parts_of([each for each in columns if each is not dates.columns[0]])
    if "hour" not in parts or len(set(dates.texts)) == len(dates.texts):
        return dates
    clock = [parts[each] for each in ("hour", "minute", "second") if each in parts]
    return _joined([*dates.columns, *clock], None) or dates


def _nested(parts: dict[str, Column]) -> list[Column]:
    """The parts from the year on, up to the first that is not there."""
    found = []
    for part in PARTS:
        if part not in parts:
            break
        found.append(parts[part])
    return found


def _joined(columns: list[Column], form: str | None) -> TimeColumns | None:
    """The times of several columns; None if they are no times."""
    texts = [" ".join(each) for each in zip(*(column.texts for column in columns), strict=True)]
    times = Times(texts, form)
    if any(times.instant(text) is None for text in texts if text.strip()):
        return None
    return TimeColumns(columns, texts, times)
