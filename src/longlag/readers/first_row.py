"""Where the rows of a table begin: with the first line that has values, unless it is no row.

Names may be numbers, and what stands above the names may have values, too: each function here knows
one kind of such lines.
"""

from collections.abc import Sequence

from longlag.readers.lines import (
    Line,
    adjoin,
    counts_up,
    fits,
    has_values,
    names_all,
    numeric_columns,
    whole_rows,
)
from longlag.readers.metadata import LEAST, is_dated
from longlag.readers.records import is_missing, is_time, is_value


def first_row(lines: Sequence[Line], width: int, commented: bool) -> int | None:
    """The place of the first row among the lines of a table; None if no line holds values.

    The table is `commented` if comments stand above its first line.
    """
    whole = [n for n, line in enumerate(lines) if len(line.fields) == width]
    begin = whole[0] if whole else 0
    # Without names right above it, the first whole line has them, probably.
    names = not begin or not fits(lines[begin - 1].fields, width)
    if names and whole and _times_as_names(lines[begin:], width):
        whole = whole[1:]
    elif names or any(map(is_value, lines[begin - 1].fields)):
        whole = whole[_constants_as_names(lines[begin:], width) :]
    body = next((n for n in whole if has_values(lines[n].fields, names and n == begin)), None)
    if body is None:
        return None
    if body:
        body = _with_ragged_rows(lines, body, width, commented)
    if not right_above(lines, body, width):
        body = _below_the_names(lines, body, width)
    if body:
        body = _below_settings(lines, body, width)
    return _below_undated(lines, body, width)


def _times_as_names(lines: Sequence[Line], width: int) -> bool:
    """Whether the first line has names, and times among them, above rows without times there."""
    fields, *rows = (line.fields for line in lines)
    values = [n for n, field in enumerate(fields) if is_value(field)]
    given = sum(not is_missing(field) for field in fields)
    if not 1 < len(values) < given or not all(is_time(fields[n]) for n in values):
        return False
    whole = [row for row in rows if len(row) == width]
    return bool(whole) and not any(is_time(row[n]) for row in whole for n in values)


def _constants_as_names(lines: Sequence[Line], width: int) -> bool:
    """Whether the first line has names, and values where all rows below have these values, too.

    So it is where a line says which kind of rows it heads: `I,PRICE,4,date` above `D,PRICE,4,date`.
    """
    fields, rows = lines[0].fields, whole_rows(lines[1:], width)
    numeric = numeric_columns(lines[1:], width)
    values = [n for n, field in enumerate(fields) if is_value(field)]
    names = {fields[n].strip() for n in numeric if n not in values}
    if len(rows) < LEAST or len(names) < 2 or len(names) < len(numeric) - len(values):
        return False
    return not any(map(is_missing, names)) and all(
        row[n] == fields[n] for row in rows for n in values
    )


def _with_ragged_rows(lines: Sequence[Line], body: int, width: int, commented: bool) -> int:
    """The place of the first row, which may have too few or too many fields.

    Such a row holds values, right above the first whole row, and most of what it holds are values;
    or a line that names every column stands right above it. In a table without names, which is not
    `commented` either, a single such line is no row if it has at most half of the fields of all
    others, such as the first and the last year, or the place of a station.
    """
    first = body
    while first and _is_ragged_row(lines[first - 1], lines[first]):
        first -= 1
    names = body - 1
    while names >= 0 and adjoin(lines[names], lines[names + 1]):
        if names_all(lines[names], width):
            return names + 1
        if not _may_be_ragged(lines[names], lines[body]):
            break
        names -= 1
    titled = not any(is_value(field) for line in lines[:first] for field in line.fields)
    single = first == body - 1 and 2 * len(lines[first].fields) <= width
    if single and titled and not commented:
        whole = [len(line.fields) == width for line in lines[body:]]
        last = len(whole) - whole[::-1].index(True)
        return body if last >= LEAST and all(whole[:last]) else first
    return first


def _is_ragged_row(line: Line, below: Line) -> bool:
    """Whether a line right above the first whole row is a row with too few or too many fields."""
    given = [field.strip() for field in line.fields if not is_missing(field)]
    values = [field for field in given if is_value(field)]
    if len(line.fields) == len(below.fields) or len(given) < 2 or 2 * len(values) <= len(given):
        return False
    return adjoin(line, below) and not counts_up(values)  # names may count: 1990, 1991


def _may_be_ragged(line: Line, whole: Line) -> bool:
    """Whether a line below the names may be a row with too few or too many fields."""
    if len(line.fields) == len(whole.fields):
        return False
    counting = counts_up([field.strip() for field in line.fields])
    if counting and not is_value(whole.fields[0]):
        return False  # such as 1990, 1991, below a title and above rows that begin with a name
    return any(map(is_value, line.fields)) or all(map(is_missing, line.fields))


def right_above(lines: Sequence[Line], body: int, width: int) -> list[Line]:
    """The lines without values right above the rows; a blank line ends them."""
    found: list[Line] = []
    for line in reversed(lines[:body]):
        if not fits(line.fields, width) or (found and not adjoin(line, found[0])):
            break
        found.insert(0, line)
    return found


def _below_the_names(lines: Sequence[Line], body: int, width: int) -> int:
    """The place of the first row, if names stand right below a first line with values.

    Such a line heads the names, as in `,2019,,2020` above `time,a,b,a`.
    """
    numeric = numeric_columns(lines[body + 1 :], width)
    if len(lines) < body + 3 or len(numeric) < 2 or len(lines[body + 1].fields) != width:
        return body
    texts = [lines[body + 1].fields[n] for n in numeric]
    return body if any(is_value(text) or is_missing(text) for text in texts) else body + 2


def _below_settings(lines: Sequence[Line], body: int, width: int) -> int:
    """The place of the first row, if names stand below lines that are no rows but look like some.

    Such lines are settings of an instrument, as in `Interval (ms),500` above `Time,Level`. None of
    them has values in all columns of numbers, and one at least has a text there.
    """
    numeric = numeric_columns(lines[body:], width)
    settings = 0
    for place in range(body, len(lines) - 1) if len(numeric) > 1 else ():
        fields = lines[place].fields
        if len(fields) != width:
            continue
        texts = [fields[n].strip() for n in numeric if not is_value(fields[n])]
        if not texts:
            break
        named = len(set(texts)) == len(numeric) and not any(map(is_missing, texts))
        if settings and named and has_values(lines[place + 1].fields, False):
            return place + 1
        settings += not all(map(is_missing, texts))
    return body


def _below_undated(lines: Sequence[Line], body: int, width: int) -> int:
    """The place of the first row, if lines without a time stand above it, the last with texts.

    So an inverter writes its number above its units: `,2130012345,2130012345` above `time,kWh,kW`.
    """
    whole = [n for n, line in enumerate(lines) if n >= body and len(line.fields) == width]
    first = next((n for n in whole if is_dated(lines[n].fields[0])), len(lines))
    rows = [lines[n] for n in whole if n >= first]
    above = [lines[n] for n in whole if n < first]
    numeric = [n for n in numeric_columns(rows, width) if n]
    if len(above) < 2 or len(rows) < LEAST or not numeric or above[0].fields[0].strip():
        return body
    if not all(is_dated(line.fields[0]) for line in rows):
        return body
    texts = [above[-1].fields[n] for n in numeric]
    return body if any(is_value(text) or is_missing(text) for text in texts) else first
