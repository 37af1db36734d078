"""Rows of a stream from a file of any size or from standard input, a block of them at a time.

A **block** is what can be read at once: some thousand rows of a file, or a line of a slow pipe.
Blocks of text and of Parquet store their rows differently (`csv_blocks`, `parquet_blocks`); this
module turns both into rows of numbers and categories. Rows are counted from 1; the line of names
does not count.
"""

import os
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.quoting import counted, quoted
from longlag.readers.ends import HELD, left_out, may_be_time
from longlag.readers.form import Expected
from longlag.readers.hidden_numbers import hidden_numbers
from longlag.readers.joined_times import joined, marks_of
from longlag.readers.kinds import Kind, kind_of
from longlag.readers.lists import group_name, listed
from longlag.readers.times import Times
from longlag.readers.values import Values
from longlag.registry import suggestion

MOST_NUMBERS, MOST_CATEGORIES = 99_000, 1000  #: columns that a network has room for


class BadRow(InputError):
    """A row of a block that cannot be used; `index` counts from 0 in the block."""

    def __init__(self, index: int, problem: str):
        super().__init__(problem)
        self.index = index


class Block(ABC):
    """Some consecutive rows."""

    @abstractmethod
    def numbers(self, places: Sequence[int]) -> np.ndarray:
        """The columns at these places as numbers (rows, places), NaN where one is missing.

        Raises `BadRow` for what is no number.
        """

    @abstractmethod
    def texts(self, place: int) -> list[str]:
        """The column at this place as it is written, without blanks around it; raises `BadRow`."""

    @abstractmethod
    def table(self, most: int) -> list[list[str]]:
        """The texts of the columns, at most so many, all at once; raises `BadRow`."""

    @abstractmethod
    def head(self, count: int) -> "Block":
        """The first `count` rows."""


class Source(ABC):
    """Where blocks come from."""

    name: str  #: for messages
    names: list[str]  #: of the columns, "" for one without a name
    values: Values  #: how its fields are read
    cut: bool = False  #: the last row ended in its middle, and was left out
    timed: bool = False  #: a row has a time: those at the end in which nothing is given are none
    empty: int = 0  #: such rows, which were left out
    repeated: int = 0  #: lines of names among the rows, which were left out
    comments: int = 0  #: lines taken for comments among rows that begin like one, too
    comment: str = ""  #: the first of them
    notes: Sequence[str] = ()  #: lines of text below the last row, which were left out
    remarked: int = 0  #: rows with a text behind their last field, which was left out
    remark: str = ""  #: the first of these texts
    form_text: str  #: for a person: how the data are written
    taken_for: str = ""  #: for a person: how the data differ from plain comma-separated values
    doubt: str = ""  #: for a person: what may be read in another way, and the options for it
    file: BinaryIO | None = None  #: the file that is read, unless its end is not known

    def values_of(self, name: str) -> Values:
        """How the fields of the column of this name are read."""
        return self.values

    @abstractmethod
    def first_texts(self) -> list[Sequence[str]]:
        """The first rows of each column, as they are written.

        They are the same for a file and for a pipe, however slowly the pipe gives its data.
        """

    def expected(self, columns: Sequence[str]) -> Expected | None:
        """The form that more data of this stream probably have; these columns are in them."""
        return None

    def share(self) -> float | None:
        """The share of the data that has been read, from 0 to 1; None if it is not known."""
        size = os.fstat(self.file.fileno()).st_size if self.file else 0
        return min(1.0, self.file.tell() / size) if self.file and size else None

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """All blocks, once; `BadRow` counts from the end of the block before."""

    def remarks(self) -> list[str]:
        """What a person should know of the lines that were left out, a line each."""
        name, lines = self.name, []
        if self.cut:
            lines.append(f"{name} ends in the middle of a row, which was left out.")
        if self.repeated:
            lines.append(
                f"{name} has its line of names again among the rows "
                f"({counted(self.repeated, 'time')}): it is passed over there."
            )
        if self.comments:
            lines.append(
                f"{name} has {counted(self.comments, 'line')} taken for comments, such as "
                f"{quoted(self.comment)}, where rows begin so, too: is it a row without all "
                "fields?"
            )
        if self.remarked:
            rows = counted(self.remarked, "row")
            lines.append(
                f"{name} has {rows} with a text behind the last field, such as "
                f"{quoted(self.remark)}: it is left out."
            )
        if self.empty:
            rows = counted(self.empty, "row")
            lines.append(f"{name} ends with {rows} that hold nothing, and are left out.")
        if self.notes:
            lines.append(left_out(name, len(self.notes), "line", "of text", self.notes[0].strip()))
        return lines


class Rows(NamedTuple):
    """Consecutive rows of a stream."""

    first: int  #: number of the first row
    features: np.ndarray  #: (rows, features), NaN where one is missing
    #: numbers (rows,) or (rows, targets) with NaN, or classes with "", where missing
    target: np.ndarray | list[str]
    times: list[str] | None
    categories: tuple[list[str], ...] = ()  #: a list of texts for each, "" where missing
    groups: list[str] | None = None  #: the series that each row belongs to

    def at(self, places: np.ndarray) -> "Rows":
        """The rows at these places, counted from 0; only the first one has its number."""
        listed = places.tolist()

        def of(texts: list[str]) -> list[str]:
            return [texts[n] for n in listed]

        target = of(self.target) if isinstance(self.target, list) else self.target[places]
        return Rows(
            self.first + (listed[0] if listed else 0),
            self.features[places],
            target,
            self.times and of(self.times),
            tuple(of(column) for column in self.categories),
            self.groups and of(self.groups),
        )

    def has_time(self, n: int, known: Times | None) -> bool:
        """Whether the row at this place may have a time, if a time is read as `known` says."""
        text = self.times[n] if self.times else ""
        if not may_be_time(text):
            return False
        return known is None or known.instant(text) is not None or self._holds_something(n)

    def _holds_something(self, n: int) -> bool:
        """Whether the row at this place has anything to learn from."""
        target = self.target[n]
        given = bool(target) if isinstance(target, str) else not np.isnan(target).all()
        return given or not np.isnan(self.features[n]).all() or any(c[n] for c in self.categories)

    def part(self, start: int, stop: int | None = None) -> "Rows":
        """Some of these rows, counted from 0."""
        at = slice(start, stop)
        texts = tuple(column[at] for column in self.categories)
        times, groups = self.times and self.times[at], self.groups and self.groups[at]
        return Rows(self.first + start, self.features[at], self.target[at], times, texts, groups)


@dataclass(frozen=True)
class Columns:
    """Which columns of a source are what."""

    target: str | None  #: one column, or a list of several
    features: tuple[str, ...] | None = None  #: None: all others that hold numbers or categories
    time: str | None = None  #: one column, or a list of several, which are joined
    classes: bool = False  #: the target is a class, not a number
    exclude: tuple[str, ...] = ()  #: no features
    categories: tuple[str, ...] | None = None  #: of the features; None: those that hold texts
    group: str | None = None  #: one column, or a list of several: which series a row belongs to
    lacking: tuple[str, ...] = ()  #: targets that the data do not have: they are missing


class Reader:
    """Iterates over the `Rows` of a source.

    A value that cannot be used raises `InputError` with the number of its row. All rows above that
    row have been given by then.
    """

    def __init__(self, source: Source, columns: Columns):
        """Raises `InputError` for columns that the source does not have."""
        self.source, self.columns = source, columns
        self.left_out: dict[str, str] = {}  #: columns left out unasked, and why
        self.read = 0  #: rows given so far
        self.ends_without_time: list[str] = []  #: what stands for the times of rows left out
        source.timed = columns.time is not None
        self._places = {name: place for place, name in enumerate(source.names)}
        self._times, self._group = named(source, columns.time), named(source, columns.group)
        self.targets = named(source, columns.target)  #: columns to predict
        given = [*(columns.features or ()), *columns.exclude, *(columns.categories or ())]
        self._there = [n for n, name in enumerate(self.targets) if name not in columns.lacking]
        there = [self.targets[n] for n in self._there]
        wanted = [*there, *self._times, *self._group, *given]
        counts = Counter(source.names)
        for name in wanted:
            if name not in counts or not name:
                known = _known(name, counts)
                raise InputError(f"{source.name} has no column {quoted(name)}: {known}")
            if counts[name] > 1 and name not in columns.exclude:
                raise InputError(f"{source.name} has two columns {name!r}: rename one of them")
        texts = source.first_texts() if self._times else ()
        self._marks = marks_of(self._times, [texts[self._places[name]] for name in self._times])
        kinds = self._kinds(counts)
        chosen = set(columns.categories or ())
        if columns.categories is None:
            chosen = {name for name, kind in kinds.items() if kind not in ("number", "nothing")}
        #: columns of numbers, and of categories, to learn from
        self.features = tuple(name for name in kinds if name not in chosen)
        self.categories = tuple(name for name in kinds if name in chosen)
        if len(self.features) > MOST_NUMBERS or len(self.categories) > MOST_CATEGORIES:
            raise InputError(
                f"{source.name} has {len(self.features):,} columns of numbers and "
                f"{len(self.categories):,} of texts to learn from, where a network has room for "
                f"{MOST_NUMBERS:,} and {MOST_CATEGORIES:,}: name --features"
            )

    def share(self, rows: int) -> float | None:
        """The share of the data in the first `rows`, from 0 to 1; None if it is not known."""
        share = self.source.share()
        return share * rows / self.read if share and self.read else None

    def first_times(self) -> list[str]:
        """The times of the first rows, as they are written."""
        texts = self.source.first_texts()
        return self._joined([texts[self._places[name]] for name in self._times])

    def _joined(self, parts: Sequence[Sequence[str]]) -> list[str]:
        """The times of rows, from the texts of their columns."""
        if self.source.values.thousands:
            ungrouped = self.source.values.ungrouped
            parts = [list(map(ungrouped, texts)) for texts in parts]
        return [joined(self._marks, each) for each in zip(*parts, strict=True)]

    def __iter__(self) -> Iterator[Rows]:
        """All rows, without those at the end that have no time, such as totals below a report.

        A last row that holds only a text which is no time, as a note does, is left out, too.
        """
        first = self.first_times() if self._times else []
        if not any(map(may_be_time, first)):
            return self._all()
        times = self.times()
        known = 2 * sum(times.instant(text) is not None for text in first) > len(first)
        return self._without_end(self._all(), times if known else None)

    def _without_end(self, blocks: Iterable[Rows], known: Times | None) -> Iterator[Rows]:
        """The rows, holding back those without a time until one with a time comes after them."""
        held: list[Rows] = []
        many = False  # too many without a time to hold back
        try:
            for rows in blocks:
                count = len(rows.features)
                stop = next((n for n in range(count, 0, -1) if rows.has_time(n - 1, known)), 0)
                if stop:
                    yield from held
                    held, many = [], False
                    yield rows.part(0, stop) if stop < count else rows
                if stop < count:
                    held.append(rows.part(stop))
                many = many or sum(len(each.features) for each in held) > HELD
                if many:
                    yield from held
                    held = []
        finally:
            self.ends_without_time = [text for each in held for text in each.times or []]
            self.read -= len(self.ends_without_time)

    def _all(self) -> Iterator[Rows]:
        blocks = self.source.blocks()
        while True:
            try:
                block = next(blocks, None)
                if block is None:
                    return
                rows, bad = self._rows(block)
            except BadRow as problem:
                rows, bad = None, problem
            if rows:
                self.read += len(rows.features)
                yield rows
            if bad:
                where = f"{self.source.name}, row {self.read + 1}"
                raise InputError(f"{where}: {bad}") from None

    def remarks(self) -> list[str]:
        """What a person should know of rows left out, and of texts among numbers, a line each."""
        lines = self.source.remarks()
        if count := len(self.ends_without_time):
            text = next(filter(None, self.ends_without_time), "")
            lines.append(left_out(self.source.name, count, "row", "without a time", text))
        if self.columns.categories is None:
            texts = dict(zip(self.source.names, self.source.first_texts(), strict=True))
            for name in filter(None, (*self.categories, *self.left_out)):
                given = [text for text in texts[name] if not self.source.values.missing(text)]
                if hidden := hidden_numbers(given):
                    lines.append(f"{quoted(name)} holds {hidden}, to learn from them.")
        return lines

    def times(self) -> Times:
        """How its times are written, as its first rows tell."""
        return Times(self.first_times())

    def _rows(self, block: Block) -> tuple[Rows | None, BadRow | None]:
        """The rows above the first bad row, and what is wrong with the bad row."""
        columns, values, places = self.columns, self.source.values, self._places
        wanted = [places[self.targets[n]] for n in self._there]
        try:
            count, numeric = len(self.features), [places[name] for name in self.features]
            if columns.classes:
                numbers = block.numbers(numeric)
                target = block.texts(wanted[0]) if wanted else [""] * len(numbers)
                if values.names_missing:
                    gaps = {text for text in set(target) if values.named_missing(text)}
                    target = ["" if text in gaps else text for text in target]
            else:
                numbers = block.numbers([*numeric, *wanted])
                target = np.full((len(numbers), len(self.targets)), np.nan)
                target[:, self._there] = numbers[:, count:]
                target = target[:, 0] if len(self.targets) == 1 else target
            parts = [block.texts(places[name]) for name in self._times]
            times = self._joined(parts)
            parts_of_groups = [block.texts(places[name]) for name in self._group]
            groups = [group_name(each) for each in zip(*parts_of_groups, strict=True)]
            categories = []
            for name in self.categories:
                texts = block.texts(places[name])
                known = {text: "" if values.missing(text) else text for text in set(texts)}
                categories.append([known[text] for text in texts])
        except BadRow as bad:
            if bad.index == 0:
                return None, bad
            # A column that has not been read yet may have an earlier bad row.
            rows, earlier = self._rows(block.head(bad.index))
            return rows, earlier or bad
        features = numbers[:, :count]
        times, groups = times if parts else None, groups if parts_of_groups else None
        return Rows(self.read + 1, features, target, times, tuple(categories), groups), None

    def _kinds(self, counts: Counter[str]) -> dict[str, Kind]:
        """The columns to learn from, and what they hold."""
        columns, source = self.columns, self.source
        # If both are known, there is nothing to judge, and no row to wait for.
        if columns.features is not None and columns.categories is not None:
            return dict.fromkeys(columns.features, "number")
        no_features = {*self.targets, *self._times, *self._group, *columns.exclude}
        texts = dict(zip(source.names, source.first_texts(), strict=True))
        if columns.features is not None:
            return {name: kind_of(texts[name], source.values_of(name)) for name in columns.features}
        found: dict[str, Kind] = {}
        for name in filter(None, source.names):
            if name in no_features:
                continue
            if counts[name] > 1:
                raise InputError(
                    f"{source.name} has two columns {name!r}: rename one, --exclude both, or name "
                    "--features"
                )
            kind = kind_of(texts[name], source.values_of(name))
            if name in (columns.categories or ()) or kind in ("number", "category", "nothing"):
                found[name] = kind
            else:
                self.left_out[name] = _WHY[kind]
        if "" in counts:
            self.left_out[""] = "no name"
        return found


def has_times(source: Source, names: str | None) -> bool:
    """Whether a source has the columns of times."""
    return bool(names) and set(named(source, names)) <= set(source.names)


def named(source: Source, names: str | None) -> list[str]:
    """The columns of these names: one, or a list of several."""
    if names is None or names in source.names:
        return [] if names is None else [names]
    return listed(names)


def _known(name: str, names: Iterable[str]) -> str:
    """What to say of the names that are known where this one is not."""
    known = [f'"{each}"' if "," in each else each for each in names if each]
    if len(known) == 1 and len(parts := re.findall(r"\w+", known[0])) > 1 and name in parts:
        only = quoted(known[0].strip('"'))
        return (
            f"its only column is {only}: say what separates columns with --separator, and take out "
            "quotation marks around whole lines"
        )
    for each in known:
        if each.startswith('"') and name in map(str.strip, each[1:-1].split(",")):
            return f"in a list, a name that holds a comma stands in quotation marks: {each}"
    return suggestion(name, known)


_WHY = {"time": "times: see --time", "text": "texts that hardly come again"}
