"""Rows of fields from text: comma-separated values, and other tables that go by that name.

Fields may be quoted, and a quoted field may hold ends of lines. Empty lines are passed over. The
module `guessing` judges the form of a text by its beginning.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice

import numpy as np

from longlag.errors import LARGEST, InputError
from longlag.quoting import counted, quoted
from longlag.readers.decoding import Decoder, Undecodable, tells_mark
from longlag.readers.ends import HELD, Ends
from longlag.readers.expected import as_expected
from longlag.readers.footnotes import SIGNS
from longlag.readers.form import NOTHING, Expected, Form, Wishes
from longlag.readers.guessing import guess, lines_to_judge
from longlag.readers.lines import cut, is_comment, is_row, is_rule
from longlag.readers.other_kinds import other_kind, other_kind_of_text
from longlag.readers.records import WIDE, first_records, is_missing, is_time, is_value
from longlag.readers.sources import BadRow, Block, Source
from longlag.readers.spare_columns import SpareColumns
from longlag.readers.unpacking import UNREADABLE, Bytes, reason
from longlag.readers.values import Values, no_number
from longlag.writing import LineFeeds

SIZE = 1 << 18  #: bytes to read at a time, some thousand rows
LONGEST = 1 << 24  #: characters of a row
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x19\x1c-\x1f]")  #: characters that no table has


class CsvSource(Source):
    """A file or a pipe, read once from beginning to end, in memory for two blocks."""

    def __init__(
        self,
        stream: Bytes,
        name: str,
        wishes: Wishes = NOTHING,
        expected: Expected | None = None,
        packing: str | None = None,
    ):
        """Read as much as the form needs; raises `InputError` where there is no table.

        A table that has the columns of the `expected` one has its form: the names and one row are
        enough to tell.
        """
        self.name = name
        self._stream, self._packing = stream, packing
        self._below_names = False  # whether the line above the next one has the names
        try:
            self._begin(wishes, expected)
        except InputError as error:
            raise InputError(f"{name} {error}") from None
        self.names, self.taken_for = self.form.columns, self.form.text()
        self.form_text, self.doubt = self.form.text(whole=True), self.form.doubt
        self.values = Values(self.form.decimal, self.form.thousands, wishes.missing)

    def first_texts(self) -> list[Sequence[str]]:
        """See `Source.first_texts`."""
        rows = [row[self.form.row_names :] for row in self._rows]
        return list(zip(*rows, strict=True)) if rows else [()] * len(self.names)

    def expected(self, columns: Sequence[str]) -> Expected | None:
        """See `Source.expected`."""
        form = self.form
        if not columns:
            return None
        marks = form.separator, form.decimal, form.thousands
        return Expected(
            tuple(columns),
            *marks,
            form.comments,
            form.signs,
            form.factors,
            form.names > 0,
            self._decoder.code_page,
            form.spare,
        )

    def values_of(self, name: str) -> Values:
        """See `Source.values_of`."""
        return self.form.values_of(name, self.values)

    def blocks(self) -> Iterator["CsvBlock"]:
        """See `Source.blocks`."""
        waiting, notes = 0, list[str]()  # empty rows, and notes below them
        for text in chain(self._whole_rows(), [""]):
            self._ends.add(text)
            # All of these are held back until another row follows them. Without times, empty rows
            # may be rows as well, unless they stand below a note.
            given, end = self._ends.parted(text, self.timed or bool(notes))
            if given or len(notes) > HELD:  # then the notes are rows, which are refused
                above = [self._empty_row] * waiting + notes
                yield CsvBlock("".join(f"{row}\n" for row in above) + given, self.form, self.values)
                waiting, notes = 0, []
            for line in end:
                if not self._ends.is_empty(line):
                    notes.append(line)
                elif not notes:
                    waiting += 1
        self.empty, self.notes = waiting, notes

    def _begin(self, wishes: Wishes, expected: Expected | None) -> None:
        self._ended, self._problem = False, None
        data = b""
        while not tells_mark(data) and not self._ended:
            data += self._read()
        likely = expected.encoding if expected else None
        self._decoder = Decoder(data, wishes.encoding, likely)
        self._text = self._decode(data)
        need = lines_to_judge(wishes)
        while not self._ended and not self._enough(need, wishes, expected):
            self._text += self._decode(self._read())
        if kind := other_kind(data) or other_kind_of_text(self._text):
            raise InputError(f"is {kind}, not a table of text: save its table as CSV or Parquet")
        if _is_binary(self._text[:WIDE], self._problem is not None):
            raise InputError("holds bytes that are not text: give a table of text, or Parquet")
        if self._problem and "\n" not in self._text.strip():
            raise InputError(f"has no whole line: {self._problem}")
        if len(self._text) > LONGEST and self._text.find("\n", 0, LONGEST) < 0:
            raise InputError(f"has no whole line: {_endless(self._text)}")
        whole = self._ended and not self._problem
        found = guess(self._text, whole, wishes, expected)
        form, start, self._rows, self._head, self._units, self._above = found
        self.form: Form = replace(form, encoding=self._decoder.encoding, packing=self._packing)
        self._text = self._text[start:]

    def _enough(self, need: int, wishes: Wishes, expected: Expected | None) -> bool:
        """Whether the text so far tells the form."""
        text = self._text
        if len(text) > 2 * LONGEST or text.count("\n") >= need:
            return True
        if len(text) > WIDE and text.count("\n") > 3 and not wishes.names and not wishes.rows:
            return True
        if expected is None or text.count("\n") < 2:
            return False
        return as_expected(first_records(text, False), wishes, expected, False) is not None

    def _read(self) -> bytes:
        """Some bytes; b"" at the end, and at what cannot be read."""
        try:
            data = self._stream.read1(SIZE)
        except UNREADABLE as error:
            data, self._problem = b"", f"cannot be read: {reason(error)}"
        self._ended = not data
        return data

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, self._ended)
        except Undecodable as error:
            self._ended, self._problem = True, str(error)
            return error.before

    def _whole_rows(self) -> Iterator[str]:
        """Texts of one or more whole rows, as soon as they can be read."""
        while True:
            end = _end_of_rows(self._text)
            if (text := self._laid_out(self._text[:end])).strip("\n"):
                yield text
            self._text = self._text[end:]
            if len(self._text) > LONGEST:
                raise BadRow(0, _endless(self._text))
            if self._ended:
                break
            self._text += self._decode(self._read())
        if self._problem:
            raise BadRow(0, self._problem)
        if self._text.strip():
            yield from self._last(self._text)

    def _last(self, text: str) -> Iterator[str]:
        """The text behind the last newline: a row if it has all fields, otherwise it is cut off."""
        text = text.rstrip("\x1a\0")  # the end of a file of DOS, and room that loggers keep
        if text.count('"') % 2:
            if "\n" in text:
                raise BadRow(0, "a quotation mark is not closed: close it, or remove it")
            self.cut = True
            return
        text = self._laid_out(text) + "\n"
        if not text.strip():
            return
        note = self._ends.is_note(text.rstrip("\n"), whole=False)
        if not note and CsvBlock(text, self.form, self.values).short():
            self.cut = True
        else:
            yield text

    @cached_property
    def _tagged(self) -> bool:
        """Whether rows begin like comments do."""
        return any(is_comment(row[0]) for row in self._rows)

    @cached_property
    def _width(self) -> int:
        """The number of fields of a row."""
        return len(self.form.columns) + self.form.row_names

    @cached_property
    def _ends(self) -> Ends:
        """What may stand below the rows."""
        return Ends(self.form.separator, self._width)

    @property
    def _empty_row(self) -> str:
        """A row in which nothing is given."""
        return self.form.separator * (self._width - 1)

    @cached_property
    def _known(self) -> list[str]:
        """The line of names and those above it, which may come again."""
        return [self._head, *self._above] if self._head else []

    def _laid_out(self, text: str) -> str:
        """The text without comments, with one blank between fields where blanks separate them."""
        if self.form.spare:
            spare = SpareColumns(self.form.separator, self._width, self.form.spare)
            text, behind = spare.without(text)
            self.remarked += len(behind)
            self.remark = self.remark or next(iter(behind), "")
        marked = any(mark in text for mark in ("#", "%", "---", "==="))
        if marked or self._below_names or any(map(text.__contains__, self._known)):
            text = self._rows_alone(text)
        if self.form.separator != " ":
            return text
        lines = text.split("\n")
        return "\n".join(
            line.strip().replace("\t", " ") if '"' in line else " ".join(self._words(line))
            for line in lines
        )

    def _words(self, line: str) -> list[str]:
        """The fields of a row between blanks, without a remark behind a number in the last one."""
        words, width = line.split(), self._width
        if len(words) <= width:
            return words
        behind = [each.strip(SIGNS) for each in words[width:]]
        wordy = any(not each or len(each) > 3 for each in behind)  # and no unit, such as KB
        if width > 1 and wordy and all(not each or each.isalpha() for each in behind):
            last = words[width - 1]
            if (is_value(last) and not is_time(last)) or is_missing(last):
                self.remarked += 1
                self.remark = self.remark or " ".join(words[width:])
                return words[:width]
        return words

    def _is_row(self, line: str) -> bool:
        """Whether a line is neither a comment nor drawn between rows."""
        if not is_row(line, self.form.separator, self._width, self.form.comments):
            return False
        drawn = self._width > 1 and is_rule(line)
        return not drawn or len(cut(line, self.form.separator)) == self._width

    def _rows_alone(self, text: str) -> str:
        """The text without comments and drawn lines, and without lines of names that come again.

        Comments begin like one, and have too many or too few fields. Names come again, with the
        units below them and the lines above them, where files were put one below the other.
        """
        kept, quoted = [], False
        for line in text.split("\n"):
            opens = line.count('"') % 2 == 1  # a quoted field that holds ends of lines
            begins, quoted = not quoted, quoted ^ opens
            if begins and not opens and line:
                below, self._below_names = self._below_names, line == self._head
                if self._below_names or line in self._above or (below and line == self._units):
                    self.repeated += self._below_names
                    continue
                if not self._is_row(line):
                    if self._tagged and is_comment(line):
                        self.comments += 1
                        self.comment = self.comment or line
                    continue
            kept.append(line)
        return "\n".join(kept)


def _is_binary(head: str, cut: bool) -> bool:
    """Whether a text begins with bytes that are none; it is `cut` at one that cannot be decoded.

    Zeros (NUL) below the first line alone do not say so: loggers keep room at the end, and leave
    some between rows where their power failed.
    """
    first, newline, below = head.partition("\n")
    marked = bool(newline) and "\0" in below and (cut or _CONTROL.search(below) is not None)
    return "\0" in first or marked


def _endless(text: str) -> str:
    if text.count('"') % 2:
        return f"no end in {LONGEST:,} characters: close a quotation mark"
    return f"a line is longer than {LONGEST:,} characters: it has too many columns, or no end"


def _end_of_rows(text: str) -> int:
    """Where the last whole row ends; a quoted field may hold ends of lines."""
    end = text.rfind("\n") + 1
    marks = text.count('"', 0, end) if '"' in text else 0
    while end and marks % 2:
        before = text.rfind("\n", 0, end - 1) + 1
        marks -= text.count('"', before, end)
        end = before
    return end


class CsvBlock(Block):
    """The text of some rows, which ends in a newline."""

    def __init__(self, text: str, form: Form, values: Values):
        self._text, self._form, self._values = text, form, values
        self._width = len(form.columns) + form.row_names

    def numbers(self, places: Sequence[int]) -> np.ndarray:
        """See `Block.numbers`; NumPy reads plain numbers in a third of the time."""
        values, lines = self._values, self._lines
        if lines and not values.plain:
            lines = self._with_points(lines)
        signed = any(self._form.columns[place] in self._form.signs for place in places)
        if lines and places and not signed:
            chosen = [place + self._form.row_names for place in places]
            try:
                found = np.loadtxt(
                    lines,  # pyright: ignore[reportArgumentType]
                    delimiter=self._form.separator,
                    usecols=None if chosen == list(range(self._width)) else chosen,
                    comments=None,
                    ndmin=2,
                    max_rows=len(lines),  # makes room once
                )
            except ValueError:
                pass  # a missing value or a bad one
            else:
                for sentinel in values.sentinels:
                    found[found == sentinel] = np.nan
                if np.nanmax(np.abs(found), initial=0.0) <= LARGEST:
                    return found
        columns = [self._column(place) for place in places]
        return np.array(columns, np.float64).reshape(len(places), len(self._rows)).T

    def texts(self, place: int) -> list[str]:
        """See `Block.texts`."""
        place += self._form.row_names
        if self._lines is not None:
            separator = self._form.separator
            return [line.split(separator, place + 1)[place].strip() for line in self._lines]
        return [row[place].strip() for row in self._rows]

    def table(self, most: int) -> list[list[str]]:
        """See `Block.table`."""
        lines, separator = self._lines, self._form.separator
        rows = self._rows if lines is None else [line.split(separator) for line in lines]
        first = self._form.row_names
        columns = zip(*(row[first : first + most] for row in rows), strict=True)
        return [list(map(str.strip, column)) for column in columns]

    def head(self, count: int) -> "CsvBlock":
        """See `Block.head`."""
        text = io.StringIO(newline="")
        rows = islice(self._reader(), count)
        csv.writer(LineFeeds(text), delimiter=self._form.separator).writerows(rows)
        return CsvBlock(text.getvalue(), self._form, self._values)

    def short(self) -> bool:
        """Whether the first row has too few fields."""
        try:
            return len(next(self._reader(), [])) < self._width
        except csv.Error as error:
            raise BadRow(0, f"{error}: correct it") from None

    @cached_property
    def _lines(self) -> list[str] | None:
        """The rows as lines, if no field is quoted and all have the right number of fields."""
        text, separator = self._text, self._form.separator
        lines = text[:-1].split("\n")
        if "" in lines:
            lines = list(filter(None, lines))
            text = "\n".join([*lines, ""])
        if not lines or '"' in text or not separator.isascii():
            return None
        # Counting the separators line by line takes three times as long.
        data = np.frombuffer(text.encode("ascii", "ignore"), np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        starts = np.append(0, ends[:-1] + 1)
        counts = np.add.reduceat(data == ord(separator), starts, dtype=np.int32)
        return lines if (counts == self._width - 1).all() else None

    def _with_points(self, lines: list[str]) -> list[str] | None:
        """Lines of numbers with decimal points, None if they hold other points already."""
        values = self._values
        if values.thousands or self._form.separator in ".," or "." in self._text:
            return None
        return [line.replace(values.decimal, ".") for line in lines]

    def _column(self, place: int) -> list[float]:
        name, found = self._form.columns[place], []
        values = self._form.values_of(name, self._values)
        number = values.number
        for t, row in enumerate(self._rows):
            text = row[place + self._form.row_names]
            value = number(text)
            if value is None:
                raise BadRow(t, no_number(name, text, values))
            found.append(value)
        return found

    def _reader(self) -> Iterator[list[str]]:
        lines = io.StringIO(self._text, newline="")
        return filter(
            None, csv.reader(lines, delimiter=self._form.separator, skipinitialspace=True)
        )

    @cached_property
    def _rows(self) -> list[list[str]]:
        """The fields of all rows; raises `BadRow` for the first row that cannot be used."""
        rows = []
        gaps = "write NA where a field is empty, " if self._form.separator == " " else ""
        remedy = f"correct it, {gaps}or take it out if it is no row"
        try:
            for row in self._reader():
                if len(row) != self._width:
                    raise BadRow(
                        len(rows),
                        f"must have {counted(self._width, 'field')} as the first line has, got "
                        f"{len(row)} in {quoted(self._form.separator.join(row))}: {remedy}",
                    )
                rows.append(row)
        except csv.Error as error:
            raise BadRow(len(rows), f"{error}: correct it") from None
        return rows
