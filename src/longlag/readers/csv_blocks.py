"""Comma-separated values: a first line of names, then a row per line.

The separator is the first of comma, semicolon and tab that the first line holds. Fields may be
quoted. Lines with nothing in them are passed over.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import BinaryIO

import numpy as np

from longlag.contract import LARGEST
from longlag.errors import InputError
from longlag.readers.sources import BadRow, Block, Source, number

SIZE = 1 << 18  #: bytes to read at a time, some thousand rows
LONGEST = 1 << 20  #: characters of a row


class CsvSource(Source):
    """A file or a pipe, read once from beginning to end, in memory for two blocks."""

    def __init__(self, stream: BinaryIO, name: str):
        """Read the names; raises `InputError` where there are none."""
        self.name, self.names = name, []
        self._texts = self._whole_rows(stream)
        try:
            self._begin()
        except BadRow as bad:
            raise InputError(f"{name}, first line: {bad}") from None

    def _begin(self) -> None:
        for text in self._texts:
            head, _, self._rest = text.lstrip("\r\n").partition("\n")
            if head:
                break
        else:
            raise InputError(f"{self.name} is empty: its first line must name the columns")
        self._separator = next((each for each in ",;\t" if each in head), ",")
        if head.count('"') % 2:
            raise BadRow(0, "a quotation mark is not closed")
        self.names = [name.strip() for name in next(csv.reader([head], delimiter=self._separator))]
        if all(number(name) is not None for name in self.names):
            raise InputError(
                f"{self.name}: its first line must name the columns, got {head.strip()[:60]!r}"
            )

    def blocks(self) -> Iterator["CsvBlock"]:
        """See `Source.blocks`."""
        if self._rest:
            yield CsvBlock(self._rest, self.names, self._separator)
            self._rest = ""
        for text in self._texts:
            yield CsvBlock(text, self.names, self._separator)

    def _whole_rows(self, stream: BinaryIO) -> Iterator[str]:
        """Texts of some whole rows each, as soon as they can be read."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        text, last, problem = "", False, None
        while not last and not problem:
            try:
                data = stream.read1(SIZE)  # pyright: ignore[reportAttributeAccessIssue]
            except OSError as error:
                raise InputError(
                    f"{self.name} cannot be read: {error.strerror or error}; see what it is"
                ) from error
            last = not data
            try:
                text += decoder.decode(data, last)
            except UnicodeDecodeError as error:
                text += error.object[: error.start].decode("utf-8")
                byte = error.object[error.start]
                problem = f"byte 0x{byte:02x} is not UTF-8 text: convert the file to UTF-8"
            end = _end_of_rows(text)
            if text[:end].strip("\r\n"):
                yield text[:end]
            text = text[end:]
            if len(text) > LONGEST:
                problem = f"no end in {LONGEST:,} characters: close a quotation mark, or a line"
        if problem:
            raise BadRow(0, problem)
        if text.strip("\r\n"):
            yield from self._last(text)

    def _last(self, text: str) -> Iterator[str]:
        """What stands behind the last end of a line: a row if it has all fields, else cut off."""
        if text.count('"') % 2:
            if "\n" in text:
                raise BadRow(0, "a quotation mark is not closed: close it, or remove it")
            self.cut = True
        elif self.names and _fields(text, self._separator) < len(self.names):
            self.cut = True
        else:
            yield text


def _fields(line: str, separator: str) -> int:
    return len(next(csv.reader([line], delimiter=separator)))


def _end_of_rows(text: str) -> int:
    """Where the last whole row ends; a quoted field may hold ends of lines."""
    end = text.rfind("\n") + 1
    while end and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end - 1) + 1
    return end


class CsvBlock(Block):
    """The text of some rows."""

    def __init__(self, text: str, names: list[str], separator: str):
        self._text, self._names, self._separator = text, names, separator

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """See `Block.numbers`; NumPy reads what is plain, in a third of the time."""
        places = [self._names.index(name) for name in names]
        lines = [line for line in self._text.splitlines() if line]
        separators = {line.count(self._separator) for line in lines}
        if places and '"' not in self._text and separators == {len(self._names) - 1}:
            try:
                plain = np.loadtxt(
                    lines, delimiter=self._separator, usecols=places, comments=None, ndmin=2
                )
            except ValueError:
                pass  # a missing value or a bad one
            else:
                if np.abs(plain).max(initial=0.0) <= LARGEST:
                    return plain
        columns = [self._column(place, name) for place, name in zip(places, names, strict=True)]
        return np.array(columns, np.float64).reshape(len(names), len(self._rows)).T

    def _column(self, place: int, name: str) -> list[float]:
        values = []
        for t, row in enumerate(self._rows):
            value = number(row[place])
            if value is None:
                raise BadRow(t, _no_number(name, row[place]))
            values.append(value)
        return values

    def texts(self, name: str) -> list[str]:
        """See `Block.texts`."""
        place = self._names.index(name)
        return [row[place] for row in self._rows]

    def head(self, count: int) -> "CsvBlock":
        """See `Block.head`."""
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._separator)
        text = io.StringIO(newline="")
        rows = islice(filter(None, reader), count)
        csv.writer(text, delimiter=self._separator).writerows(rows)
        return CsvBlock(text.getvalue(), self._names, self._separator)

    @cached_property
    def _rows(self) -> list[list[str]]:
        """The fields of all rows; raises `BadRow` for the first row that cannot be used."""
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._separator)
        width, rows = len(self._names), []
        try:
            for row in filter(None, reader):
                if len(row) != width:
                    raise BadRow(
                        len(rows),
                        f"must have {width} fields as the first line has, got {len(row)}: "
                        "correct it",
                    )
                rows.append(row)
        except csv.Error as error:
            raise BadRow(len(rows), f"{error}: correct it") from None
        return rows


def _no_number(name: str, text: str) -> str:
    return (
        f"column {name!r} must hold finite numbers up to {LARGEST:g}, got {text[:40]!r}: "
        "correct it, leave it empty, or choose other --features"
    )
