"""Columns at the end of a table that have names, but no fields in most of its rows.

Some loggers give their serial number in the first row alone, some offices remarks behind the first
rows, and some programs comments where there is one. Such columns are left out.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from longlag.errors import InputError
from longlag.readers.form import Expected, Wishes
from longlag.readers.lines import Line, cut, is_comment, numeric_columns
from longlag.readers.metadata import LEAST
from longlag.readers.records import FIRST, Record, fields_of, is_missing, is_value
from longlag.writing import LineFeeds


class SpareColumns(NamedTuple):
    """Which columns most rows lack."""

    separator: str
    width: int  #: fields of most rows
    names: tuple[str, ...]  #: of the columns behind these fields

    def parted(self, line: str) -> tuple[str, str]:
        """A line with as many fields as most rows, and what it had behind them."""
        if line.count(self.separator) < self.width:
            return line, ""
        try:
            fields = fields_of(line, self.separator)
        except InputError:
            return line, ""
        behind = fields[self.width :]
        if not 0 < len(behind) <= len(self.names):
            return line, ""
        said = self._joined(behind)
        if '"' not in line:
            return self.separator.join(line.split(self.separator)[: self.width]), said
        text = io.StringIO(newline="")
        csv.writer(LineFeeds(text), delimiter=self.separator).writerow(fields[: self.width])
        return text.getvalue().removesuffix("\n"), said

    def without(self, text: str) -> tuple[str, list[str]]:
        """Whole rows without the fields of these columns, and what these held."""
        kept, found, quoted = [], list[str](), False
        for line in text.split("\n"):
            opens = line.count('"') % 2 == 1  # a quoted field that holds ends of lines
            row, behind = (line, "") if quoted or opens else self.parted(line)
            if behind and behind != self._joined(self.names):
                found.append(behind)
            kept.append(row)
            quoted ^= opens
        return "\n".join(kept), found

    def _joined(self, fields: Sequence[str]) -> str:
        return self.separator.join(filter(None, map(str.strip, fields)))


def spare_columns(
    records: Sequence[Record], wishes: Wishes, expected: Expected | None
) -> tuple[SpareColumns, Sequence[Record]] | None:
    """The columns that most rows lack, and the table that has them, from its names on.

    The first row has a field for each name. Behind tabs, which no name holds, no row need have one
    for the last name.
    """
    if wishes.separator == " ":
        return None
    table = [each for each in records if not is_comment(each.text)]
    if expected and expected.spare:
        for n, record in enumerate(table):
            names = [each.strip() for each in cut(record.text, expected.separator)]
            width = len(names) - len(expected.spare)
            if set(expected.columns) <= set(names) and tuple(names[width:]) == expected.spare:
                return _found(table[n:], expected.separator, width)
    for separator in wishes.separator or "\t;|,":
        lines = [Line(each, cut(each.text, separator)) for each in table]
        places = (n for n in range(len(lines) - LEAST) if wishes.names in (None, table[n].line))
        for n in islice(places, FIRST):
            names, first = lines[n].fields, lines[n + 1].fields
            if _are_spare(names, first, separator) and (width := _width(names, lines[n + 1 :])):
                return _found(table[n:], separator, width)
    return None


def _found(
    table: Sequence[Record], separator: str, width: int
) -> tuple[SpareColumns, Sequence[Record]]:
    names = [each.strip() for each in cut(table[0].text, separator)]
    found = SpareColumns(separator, width, tuple(names[width:]))
    return found, [each._replace(text=found.parted(each.text)[0]) for each in table]


def _are_spare(names: Sequence[str], first: Sequence[str], separator: str) -> bool:
    """Whether a line may name more columns than rows have, of which this is the first."""
    missed = len(names) - len(first)
    if missed and (separator != "\t" or missed != 1 or len(set(names)) < len(names)):
        return False
    given = [name for name in names if not is_missing(name)]
    return 2 * len(given) > len(names) and given[-1] == names[-1] and not any(map(is_value, given))


def _width(names: Sequence[str], below: Sequence[Line]) -> int:
    """The fields of most rows below these names, if some names have no field there; otherwise 0."""
    rows = [line.fields for line in below]
    while rows and len(rows[-1]) == 1:  # notes
        rows.pop()
    counts = list(map(len, rows))
    (width, most), *_ = Counter(counts).most_common(1) or [(0, 0)]
    longer = [count for count in counts if count > width]
    if not 1 < width < len(names) or most < LEAST + 2 * len(longer):
        return 0
    if min(counts) < width or max(counts) > len(names) or longer != counts[: len(longer)]:
        return 0  # separators may stand in texts or numbers of some rows
    numeric = numeric_columns(below, width)
    texts = [row[n] for row in rows[: len(longer) + 1] for n in numeric]
    alike = all(is_value(text) or is_missing(text) for text in texts)
    return width if numeric and alike else 0  # otherwise these are tables one above the other
