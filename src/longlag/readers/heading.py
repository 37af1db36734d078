"""Which lines of a table name its columns, which holds their units, and where the rows begin.

The rows begin with the first line that has values. The line right above the rows holds the units,
if it reads like units. The line above that holds the names; where it repeats names or lacks some,
the lines above it tell them apart, as in tables with two rows of names.
"""

from collections.abc import Sequence
from typing import NamedTuple

from longlag.errors import InputError
from longlag.readers.column_names import joined_names
from longlag.readers.first_row import first_row, right_above
from longlag.readers.form import Wishes
from longlag.readers.lines import (
    Line,
    cut,
    is_comment,
    name_in,
    names_all,
    numeric_columns,
    uncommented,
)
from longlag.readers.metadata import are_grouped, metadata_lines, names_above
from longlag.readers.records import Record, is_missing, is_value
from longlag.readers.units import reads_like_units


class Heading(NamedTuple):
    """What stands above the rows of a table."""

    names: Line | None
    units: Line | None
    rows: int  #: number of the line where the rows begin
    names_from: int = 0  #: number of the first of several lines of names


def heading(
    records: Sequence[Record], lines: Sequence[Line], width: int, separator: str, wishes: Wishes
) -> Heading:
    """What stands above the rows in these lines, or in the comments among the records."""
    found = _right_above_rows(records, lines, width, separator, wishes)
    last = found.names
    if last is None:
        return found
    if wishes.names is not None:
        return found._replace(names_from=last.record.line)
    names, first = joined_names(lines, last, width)
    units = last if last.record != names.record else found.units
    return Heading(names, units, found.rows, first)


def _right_above_rows(
    records: Sequence[Record], lines: Sequence[Line], width: int, separator: str, wishes: Wishes
) -> Heading:
    """The last line of names, and the units below it."""
    if wishes.names is not None:
        return _below_line(wishes.names, lines, width, wishes.rows)
    if not wishes.rows:
        body = first_row(lines, width, records[0] != lines[0].record)
        if body is None:
            return _of_texts(lines, width)
        if found := _below_metadata(lines, body, width):
            return found
    else:
        reached = (n for n, line in enumerate(lines) if line.record.line >= wishes.rows)
        body = next(reached, len(lines))
    above = right_above(lines, _below_notes(lines, body, width), width)
    if len(above) > 1 and not wishes.rows:
        numeric = numeric_columns(lines[body:], width)
        while len(above) > 1 and _only_misses(above[-1].fields, numeric):
            above.pop()
            body -= 1
    rows = _line_after(lines, body)
    if len(above) > 1 and reads_like_units(above[-1].fields):
        return Heading(above[-2], above[-1], rows)
    if above:
        return Heading(above[-1], None, rows)
    if body == len(lines):
        return Heading(None, None, rows)
    return _in_comments([each for each in records if each.line < rows], width, separator, rows)


def nothing_in(line: int) -> InputError:
    """The error for a line without names that should have them."""
    return InputError(f"has nothing in line {line}: name another line with --names")


def _below_line(number: int, lines: Sequence[Line], width: int, rows: int | None) -> Heading:
    """What is above the rows if this line has the names, or, where it is 0, none has."""
    names = next((each for each in lines if each.record.line == number), None)
    if number and names is None:
        raise nothing_in(number)
    if rows:
        return Heading(names, None, rows)
    below = [each for each in lines if each.record.line > number]
    if names and len(below) > 1 and reads_like_units(below[0].fields):
        return Heading(names, below[0], below[1].record.line)
    if not names:  # what is above the rows has no names, but it is no row either
        below = [each for each in below if len(each.fields) == width] or below
    return Heading(names, None, below[0].record.line if below else number + 1)


def _of_texts(lines: Sequence[Line], width: int) -> Heading:
    """The names of a table without values: its first line."""
    first = next((n for n, line in enumerate(lines) if len(line.fields) == width), 0)
    if first and len(lines[first - 1].fields) == width - 1:
        first -= 1  # it lacks a name for the names of rows
    return Heading(lines[first], None, _line_after(lines, first + 1))


def _in_comments(above: Sequence[Record], width: int, separator: str, rows: int) -> Heading:
    """The names and units in the last comments above the rows, if there are any."""
    comments = [
        Line(each, cut(uncommented(each.text), separator))
        for each in above
        if is_comment(each.text) and uncommented(each.text).strip("#% ")
    ]
    units = None
    below = len(comments) > 1 and _is_heading(comments[-2], width)
    if below and (reads_like_units(comments[-1].fields) or _is_below_names(comments)):
        units = comments.pop()
    if comments and _is_heading(comments[-1], width):
        return Heading(comments[-1], units, rows)
    return Heading(None, None, rows)


def _below_metadata(lines: Sequence[Line], body: int, width: int) -> Heading | None:
    """The names and the line of the first row, if lines of metadata stand between them.

    Where these lines are of groups, there are no names, unless right above the rows.
    """
    whole = [line for line in lines if len(line.fields) == width]
    count = metadata_lines([line.fields for line in whole])
    if not count or whole[count].record.line <= lines[body].record.line:
        return None
    above = [line.fields for line in whole[:count]]
    names, first = names_above(above), whole[count].record.line
    if are_grouped(above, [line.fields for line in whole[count:]]):
        alone = sum(line[0] == above[-1][0] for line in above) == 1
        last = whole[count - 1] if names == count - 1 and alone else None
        return Heading(last, None, first)
    return None if names is None else Heading(whole[names], None, first)


def _below_notes(lines: Sequence[Line], body: int, width: int) -> int:
    """The place below the names, if names of all columns stand above single texts above the rows.

    Such a text says what the numbers are, as in: all values in kW. So do units of some columns.
    """
    place = body
    while place and _says_units(lines[place - 1].fields, width):
        place -= 1
    return place if 0 < place < body and names_all(lines[place - 1], width) else body


def _says_units(fields: Sequence[str], width: int) -> bool:
    """Whether a line below the names holds a single text, or units of fewer columns than all."""
    if len(fields) == 1:
        return not is_value(fields[0]) and not is_missing(fields[0])
    given = any(field.strip(" -#") for field in fields)
    return given and len(fields) < width and reads_like_units(fields)


def _only_misses(fields: Sequence[str], numeric: Sequence[int]) -> bool:
    """Whether a line without values is a row in which all numbers are missing."""
    return bool(numeric) and all(n < len(fields) and is_missing(fields[n]) for n in numeric)


def _line_after(lines: Sequence[Line], body: int) -> int:
    if body < len(lines):
        return lines[body].record.line
    last = lines[-1].record
    return last.line + last.text.count("\n") + 1


def _is_heading(comment: Line, width: int) -> bool:
    """Whether a comment above the rows names their columns."""
    return len(comment.fields) == width > 1 and not any(map(is_value, comment.fields))


def _is_below_names(comments: Sequence[Line]) -> bool:
    """Whether the last comment repeats some texts, as units do, and the one above none.

    So it is in tables of buoys: `#WDIR WSPD GST` above `#degT m/s m/s`.
    """
    names, units = (list(map(name_in, each.fields)) for each in comments[-2:])
    return len(names) == len(units) and len(set(units)) < len(set(names)) == len(names)
