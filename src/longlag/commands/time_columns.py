"""The columns of a table that hold the times of its rows, and the order of the rows in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, takewhile
from statistics import median_low, mode
from typing import NamedTuple

from longlag.commands.column import Column
from longlag.commands.time_parts import (
    PARTS,
    clock_of,
    counts_a_day,
    is_named_as_clock,
    other_clocks,
    part_of_year,
    parts_of,
)
from longlag.errors import InputError
from longlag.quoting import quoted
from longlag.readers.ends import may_be_time
from longlag.readers.joined_times import joined, marks_of
from longlag.readers.lists import as_list
from longlag.readers.time_forms import ORIGINS
from longlag.readers.times import Times

#: Of the steps from row to row in one direction, from which share on the rows run in it. In rows
#: without an order half of the steps go back.
ORDERED = 0.75
#: Times the usual step, from which on a step leaves out a row: clocks of loggers are not exact.
LONGER = 1.5


class Steps(NamedTuple):
    """The steps from one row of a series to the next: how many go on in time, and how many back."""

    forth: int
    back: int
    steps: int  #: these, and those to a row of the same time

    @property
    def runs(self) -> bool:
        """Whether the rows run in one direction, but for a few of them, or have no order to see."""
        return self.steps - min(self.forth, self.back) >= ORDERED * self.steps

    @property
    def still(self) -> bool:
        """Whether all rows have the same time."""
        return not self.forth and not self.back

    @property
    def backwards(self) -> bool:
        """Whether they run backwards."""
        return self.runs and self.back > self.forth


@dataclass(frozen=True)
class TimeColumns:
    """The columns of times: one, or a date and the clock beside it."""

    columns: Sequence[Column]
    texts: Sequence[str]  #: of the rows
    times: Times

    @property
    def names(self) -> str:
        """Their names, as --time takes them."""
        name = self.columns[0].name
        return name if len(self.columns) == 1 else as_list(each.name for each in self.columns)

    @property
    def counted(self) -> bool:
        """Whether they are numbers that count something."""
        return len(self.columns) == 1 and self.columns[0].kind == "number" and not self.times.form

    @property
    def settled(self) -> str | None:
        """The form, if the rows by which `learn` judges it do not tell day from month."""
        first = Times(self.texts[: len(self.columns[0].judged)])
        settled = first.other and (not self.times.other or first.form != self.times.form)
        return self.times.form if settled or self.times.form in ORIGINS else None

    @cached_property
    def instants(self) -> list[float | None]:
        """The times of the rows as `Times.instant` reads them."""
        return [self.times.instant(text) for text in self.texts]

    @cached_property
    def order(self) -> Steps:
        """The order of all rows."""
        return self.order_in(())

    def order_in(self, groups: Sequence[Column]) -> Steps:
        """The order of the rows of each series that these columns tell from the others."""
        forth = back = steps = 0
        before: dict[tuple[str, ...], float] = {}
        series = (
            zip(*(each.texts for each in groups), strict=True) if groups else [()] * len(self.texts)
        )
        for name, instant in zip(series, self.instants, strict=True):
            if instant is None:
                continue
            if name in before:
                forth += instant > before[name]
                back += instant < before[name]
                steps += 1
            before[name] = instant
        return Steps(forth, back, steps)

    def unsorted(self, groups: Sequence[Column]) -> bool:
        """Whether the rows of each series should be put in the order of time."""
        order = self.order_in(groups)
        return self.times.dated and (order.backwards or not order.runs)

    @property
    def even(self) -> bool:
        """Whether the rows run forwards, most of them by the same step."""
        steps = self._steps
        return bool(steps) and min(steps) > 0.0 and 2 * steps.count(mode(steps)) > len(steps)

    @property
    def without(self) -> list[str]:
        """What stands for the times of the last rows, if these have none and others have one."""
        if not any(map(may_be_time, self.texts)):
            return []
        return list(takewhile(lambda text: not may_be_time(text), reversed(self.texts)))[::-1]

    @property
    def unread(self) -> list[str]:
        """The texts that are no times, above the last row that may have one."""
        rows = len(self.texts) - len(self.without)
        read = zip(self.texts[:rows], self.instants, strict=False)
        return [text for text, instant in read if instant is None and text.strip()]

    @property
    def gaps(self) -> "Gaps | None":
        """The steps of time that are longer than most; None if there are none, or no usual step."""
        if not self.order.runs or not self.times.dated:
            return None
        steps = list(map(abs, self._steps))
        usual = median_low(steps) if steps else 0.0
        longer = [step for step in steps if step >= LONGER * usual]
        alike = sum(usual <= LONGER * step and step < LONGER * usual for step in steps)
        if not longer or usual == 0.0 or 2 * alike <= len(steps):
            return None
        return Gaps(usual, len(longer), max(longer), len(steps))

    @cached_property
    def _steps(self) -> list[float]:
        """From each row that has a time to the next one."""
        return [b - a for a, b in pairwise(x for x in self.instants if x is not None)]


class Gaps(NamedTuple):
    """Rows that are farther apart than most; times are in the unit of `Times.instant`."""

    usual: float  #: from one row to the next, in the middle of all
    longer: int  #: steps that are longer
    longest: float
    steps: int  #: in all


def time_columns(columns: Sequence[Column], form: str | None) -> TimeColumns | None:
    """The columns of times; raises `InputError` if none has times in the form that is given.

    Of several such columns they are the first in which the rows run in one direction, and do not
    stand still. If there are none, they are the first with dates, then the first with clocks.
    Numbers that are not called times are times only if the rows run in them.
    """
    if form is not None:
        if given := next(_written(columns, form), None):
            return given
        raise InputError(f"no column has times in the form of --time-format, {quoted(form)}")
    found = []
    for each in _candidates(columns):
        if each.times.dated and each.order.runs and not each.order.still:
            return each
        if each.columns[0].kind == "time" or each.columns[0].named_as_time or len(each.columns) > 1:
            found.append(each)
    return next((each for each in found if each.times.dated), found[0] if found else None)


def _candidates(columns: Sequence[Column]) -> Iterator[TimeColumns]:
    """All columns that may hold times, those that look most like it first."""
    parts = parts_of(columns)
    for each in _written(columns, None):
        yield _with_clock(each, columns)
    for column in columns:
        if column.name and column.dates_in_numbers:
            yield _with_clock(_single(column), columns)
    if "year" in parts and "month" in parts and (found := _joined(_nested(parts), None)):
        yield _with_clock(found, columns) if "day" in parts else found
    elif "year" in parts and (part := part_of_year(columns)):
        found = _joined([parts["year"], part], None)
        yield from [_with_clock(found, columns)] if found else []
    plain = [column for column in columns if column.name and not column.values.marked]
    for column in plain:
        if column.counts_days:
            texts = list(column.texts)
            yield TimeColumns([column], texts, Times(texts, "excel"))
    for column in plain:
        if column.since_1970 or column.counts_time:
            yield _single(column)


def _single(column: Column) -> TimeColumns:
    texts = list(map(column.values.ungrouped, column.texts))
    return TimeColumns([column], texts, Times(texts))


def _written(columns: Sequence[Column], form: str | None) -> Iterator[TimeColumns]:
    """The columns of times that are no numbers, or have this form; a date and a clock are one."""
    for column, after in zip(columns, [*columns[1:], None], strict=True):
        if not column.name or (form is None and column.kind != "time"):
            continue
        texts = list(column.texts)
        if after and after.name and (form or after.kind == "time") and len(set(texts)) < len(texts):
            found = _joined([column, after], form)
            if found:
                yield found
                continue
        times = Times(texts, form)
        if form is None or any(times.instant(text) is not None for text in texts):
            yield TimeColumns([column], texts, times)


def _with_clock(dates: TimeColumns, columns: Sequence[Column]) -> TimeColumns:
    """The dates and the hours beside them, if several rows have one date, and there are hours.

    A clock in one number is one only if the rows run in it, where they run in the dates.
    """
    others = [each for each in columns if not any(each is date for date in dates.columns)]
    if len(set(dates.texts)) == len(dates.texts) or not dates.times.dated:
        return dates
    parts = parts_of(others)
    if "hour" in parts:
        clock = [parts[each] for each in ("hour", "minute", "second") if each in parts]
        return _joined([*dates.columns, *clock], None) or dates
    if clock := clock_of(others):
        found = _joined([*dates.columns, clock], None)
        return found if found and (found.order.runs or not dates.order.runs) else dates
    for clock in other_clocks(others):
        found = _joined([*dates.columns, clock], None)
        told = is_named_as_clock(clock) or counts_a_day(clock)
        if found and (found.order.runs if told else found.even):
            return found
    return dates


def _nested(parts: dict[str, Column]) -> list[Column]:
    """The parts from the year on, up to the first that is not there."""
    found = []
    for part in PARTS:
        if part not in parts:
            break
        found.append(parts[part])
    return found


def _joined(columns: list[Column], form: str | None) -> TimeColumns | None:
    """The times of several columns; None if they are no times, in rows whose date is one."""
    parts = [column.texts for column in columns]
    marks = marks_of([column.name for column in columns], parts)
    texts = [joined(marks, each) for each in zip(*parts, strict=True)]
    times = Times(texts, form)
    pairs = zip(texts, columns[0].texts, strict=True)
    unread = [date for text, date in pairs if may_be_time(text) and times.instant(text) is None]
    dates = Times(columns[0].texts if unread else [])
    if unread and (columns[0].kind != "time" or any(map(dates.moment, unread))):
        return None
    return TimeColumns(columns, texts, times)
