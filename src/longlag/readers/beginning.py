"""What the beginning of a table was taken for."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from longlag.readers.factors import factors_of, without_factor
from longlag.readers.footnotes import without_mark
from longlag.readers.form import Form, Wishes
from longlag.readers.lines import Line, cut, is_comment, numeric_columns, whole_rows
from longlag.readers.records import Record, is_missing, is_value
from longlag.readers.values import Values


class Beginning(NamedTuple):
    """What the beginning of a text was taken for."""

    form: Form
    start: int  #: place in the text where the rows begin
    rows: list[list[str]]  #: the fields of the first rows
    head: str = ""  #: the line of names, if no row can be written so
    units: str = ""  #: the line of units below it
    above: frozenset[str] = frozenset()  #: the lines above it that no row can be written as


def beginning(
    form: Form,
    start: int,
    names: Line | None,
    units: Line | None,
    rows: Sequence[Line],
    records: Sequence[Record],
) -> Beginning:
    """The beginning; lines of names that come again, and those above them, are no rows."""
    width = len(form.columns) + form.row_names
    head = _head(names, rows, width) if names else ""
    above = _above(records, form, rows) if head else frozenset[str]()
    rows = [each for each in rows if each.record.text not in (head, *above)]
    below = units.record.text if units else ""
    return Beginning(form, start, whole_rows(rows, width), head, below, above)


def bare(columns: Sequence[Sequence[str]], wishes: Wishes) -> tuple[list[Sequence[str]], list[str]]:
    """The texts of the columns without footnotes and factors behind numbers, and these factors."""
    known = Values(missing=wishes.missing).known
    columns = [list(map(without_mark, texts)) for texts in columns]
    factors = [factors_of(known(texts)) for texts in columns]
    return [
        [without_factor(text, factor)[0] for text in texts] if factor else texts
        for texts, factor in zip(columns, factors, strict=True)
    ], factors


def given(columns: Sequence[str], marks: Iterable[str]) -> dict[str, str]:
    """The marks of the columns that have a name and any."""
    return {name: mark for name, mark in zip(columns, marks, strict=False) if name and mark}


def _head(names: Line, rows: Sequence[Line], width: int) -> str:
    """The line of names, if it is no row: it has texts where most rows have numbers."""
    if len(names.fields) != width or "\n" in names.record.text:
        return ""
    numeric = numeric_columns(rows, width)
    texts = [names.fields[n] for n in numeric if not is_missing(names.fields[n])]
    return "" if not texts or any(map(is_value, texts)) else names.record.text


def _above(records: Sequence[Record], form: Form, rows: Sequence[Line]) -> frozenset[str]:
    """The lines above that of names that are no rows: comments, titles, other lines of names."""
    width, found = len(form.columns) + form.row_names, set[str]()
    for record in records:
        if record.line >= form.names or width == 1:
            break
        line = Line(record, cut(record.text, form.separator))
        title = len(line.fields) != width and not all(map(is_missing, line.fields))
        if is_comment(record.text) or title or _head(line, rows, width):
            found.add(record.text)
    return frozenset(found)
