"""Lines of a table, cut into fields, and what is asked about one line or a few."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from longlag.errors import InputError
from longlag.readers.footnotes import without_footnote
from longlag.readers.records import PERIOD, Record, fields_of, is_missing, is_value

COUNTED = 15  #: digits of a number that counts


class Line(NamedTuple):
    """A record, and the fields that it is cut into."""

    record: Record
    fields: list[str]


def cut(text: str, separator: str) -> list[str]:
    """The fields of a record; one that is too long to be cut is one field."""
    try:
        return fields_of(text, separator)
    except InputError:
        return [text]


def whole_rows(lines: Sequence[Line], width: int) -> list[list[str]]:
    """The fields of the lines that have this many."""
    return [line.fields for line in lines if len(line.fields) == width]


def numeric_columns(lines: Sequence[Line], width: int) -> list[int]:
    """The columns that hold values in most of these rows."""
    found = []
    for n, column in enumerate(zip(*whole_rows(lines, width), strict=True)):
        given = [field for field in column if not is_missing(field)]
        if given and 2 * sum(map(is_value, given)) > len(given):
            found.append(n)
    return found


def name_in(field: str) -> str:
    """The name in a field; "" for nothing but separators, too."""
    return "" if not field.strip(" ,;\t|") else field.strip()


def names_all(line: Line, width: int) -> bool:
    """Whether a line names the columns, not only some of them, as a title does."""
    values = [field for field in line.fields if is_value(field)]
    if values and not _numbers_as_names(line.fields, values):
        return False
    named = len(set(filter(None, map(name_in, line.fields)))) > 1
    return named and len(line.fields) >= width and fits(line.fields, width)


def fits(fields: Sequence[str], width: int) -> bool:
    """Whether a line may name the columns of rows that have this many fields."""
    return len(fields) in (width, width - 1) or (
        len(fields) > width and not any(map(name_in, fields[width:]))
    )


def adjoin(line: Line, below: Line) -> bool:
    """Whether no blank line stands between two lines."""
    return line.record.line + line.record.text.count("\n") + 1 == below.record.line


def has_values(fields: Sequence[str], first: bool) -> bool:
    """Whether a line holds values; numbers in the `first` line may be names."""
    values = [field for field in fields if is_value(field) and not (first and _may_be_name(field))]
    return bool(values) and not (first and _numbers_as_names(fields, values))


def _may_be_name(field: str) -> bool:
    """Whether a value may as well be a name: 2023-12 and 2023Q4, <18 and 10 s, PM2.5*."""
    text = field.strip()
    marked = text[:1] in "<>\u2264\u2265~" or text[:2] in ("- ", "+ ")
    return marked or without_footnote(text) != text or PERIOD.fullmatch(text) is not None


def _numbers_as_names(fields: Sequence[str], values: Sequence[str]) -> bool:
    """Whether numbers among the names count: years, or 0, 1, 2 and so on."""
    digits = [value.strip() for value in values]  # of blanks that `int` does not take, too
    if len(values) == sum(not is_missing(field) for field in fields):
        return False
    if len(digits) > 1:
        return counts_up(digits)
    return _is_whole(digits[0]) and 1900 <= int(digits[0]) <= 2100


def counts_up(texts: Sequence[str]) -> bool:
    """Whether whole numbers go up by one."""
    return all(map(_is_whole, texts)) and {int(b) - int(a) for a, b in pairwise(texts)} == {1}


def _is_whole(text: str) -> bool:
    return text.isdecimal() and len(text) <= COUNTED


def is_comment(text: str) -> bool:
    """Whether a line begins as comments do."""
    return text.lstrip().startswith(("#", "%"))


def is_row(text: str, separator: str, width: int, comments: bool) -> bool:
    """Whether a line below the names is no comment.

    It does not begin like one, or has as many fields as a row of several. In a table of one column
    it is a number, such as %7 or #12, or the rows are texts, as `comments` says: see
    `Form.comments`.
    """
    if not is_comment(text):
        return True
    if width > 1:
        return len(cut(text, separator)) == width
    rest = text.lstrip()[1:]
    return not comments or (rest[:1].isdigit() and is_value(rest))


def is_rule(text: str) -> bool:
    """Whether a line is drawn between names and rows, as in ---+--- or |:--|--:|."""
    return ("---" in text or "===" in text) and not text.strip(" \t|+:;,=-")


def uncommented(text: str) -> str:
    """The text without the sign of a comment."""
    return text.lstrip().lstrip("#%").lstrip() if is_comment(text) else text
