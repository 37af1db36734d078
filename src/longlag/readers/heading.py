"""Which lines of a table name its columns, which holds their units, and where the rows begin.

The rows begin with the first line that has values. The line right above the rows holds the units,
if it reads like units. The line above that holds the names; where it repeats names or lacks some,
the lines above it tell them apart, as in tables with two rows of names.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from longlag.errors import InputError
from longlag.readers.footnotes import without_footnote
from longlag.readers.form import Wishes
from longlag.readers.metadata import LEAST, are_grouped, is_dated, metadata_lines, names_above
from longlag.readers.records import PERIOD, Record, fields_of, is_missing, is_time, is_value

COUNTED = 15  #: digits of a number that counts

_UNITS = {"grad c"}.union(  # a text is easier to read than a hundred strings
    """- # % c f k v a w s h m mm cm km kn kt g kg t l ml pa hpa kpa mbar bar degc degf deg ppm ppb
    hz khz mhz v mv ma kw mw kwh mwh gwh wh va kva sec min hours days count counts unit units
    einheit einheiten ratio eur usd gbp lux lx db ph psi rpm ug/m3 mg/m3 mg/l m/s km/h kmh mph m3
    m3/s m3/h l/s l/h l/min w/m2 w/m^2 j/m2 m/s2 date/time datum/uhrzeit yyyy-mm-dd
    dd/mm/yyyy mm/dd/yyyy dd.mm.yyyy hh:mm hh:mm:ss hhmm utc local""".split()  # noqa: SIM905
)
_BRACKETED = re.compile(r"\(.*\)|\[.*\]|v vs\.? .*|.{0,12}[\u00b0\u00b5\u03bc\u00b2\u00b3%].{0,12}")

_FORMAT = re.compile(r"\d{1,3}[sdn]")  # of a column in tables of the USGS (RDB): 20d


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


def layout(
    records: Sequence[Record],
    lines: Sequence[Line],
    width: int,
    separator: str,
    wishes: Wishes,
) -> tuple[Line | None, Line | None, int]:
    """The line of names, that of units, and the number of the line where the rows begin."""
    if wishes.names is not None:
        names = next((each for each in lines if each.record.line == wishes.names), None)
        if wishes.names and names is None:
            raise InputError(f"has nothing in line {wishes.names}: name another line with --names")
        below = [each for each in lines if each.record.line > wishes.names]
        if wishes.rows:
            return names, None, wishes.rows
        units = below[0] if names and len(below) > 1 and reads_like_units(below[0].fields) else None
        below = below[1:] if units else below
        if not names:  # what is above the rows has no names, but it is no row either
            below = [each for each in below if len(each.fields) == width] or below
        return names, units, below[0].record.line if below else wishes.names + 1
    fitting = [
        n for n, each in enumerate(lines) if len(each.fields) == width and _before(each, wishes)
    ]
    begin = fitting[0] if fitting else 0
    if wishes.rows:
        body = next(
            (n for n, each in enumerate(lines) if each.record.line >= wishes.rows), len(lines)
        )
    else:
        alone = not begin or not fits(lines[begin - 1].fields, width)
        if alone and fitting and _times_as_names(lines[begin:], width):
            fitting = fitting[1:]
        elif alone or any(map(is_value, lines[begin - 1].fields)):
            fitting = fitting[_constants_as_names(lines[begin:], width) :]
        values = (n for n in fitting if has_values(lines[n].fields, alone and n == begin))
        body = next(values, None)
        body = body and _first_row(lines, body, width, records[0] == lines[0].record)
        if body is not None and not _right_above(lines, body, width):
            body = _below_the_names(lines, body, width)
        body = body and _below_settings(lines, body, width)
        body = body if body is None else _below_undated(lines, body, width)
        if body is not None and (found := _below_metadata(lines, body, width)):
            return found
        if body is None:  # nothing but text: the first line has the names
            if begin and len(lines[begin - 1].fields) == width - 1:
                begin -= 1  # it lacks a name for the names of rows
            return lines[begin], None, _line_after(lines, begin + 1)
    above = _right_above(lines, _below_notes(lines, body, width), width)
    numeric = numeric_columns(lines[body:], width) if len(above) > 1 else []
    while len(above) > 1 and not wishes.rows and _only_misses(above[-1].fields, numeric):
        above.pop()
        body -= 1
    if len(above) > 1 and reads_like_units(above[-1].fields):
        return above[-2], above[-1], _line_after(lines, body)
    if above:
        return above[-1], None, _line_after(lines, body)
    if body < len(lines):
        first = lines[body].record.line
        comments = [
            Line(each, cut(uncommented(each.text), separator))
            for each in records
            if each.line < first and is_comment(each.text) and uncommented(each.text).strip("#% ")
        ]
        units = None
        below = len(comments) > 1 and _is_heading(comments[-2], width)
        if below and (reads_like_units(comments[-1].fields) or _is_below_names(comments)):
            units = comments.pop()
        if comments and _is_heading(comments[-1], width):
            return comments[-1], units, first
    return None, None, _line_after(lines, body)


def _is_heading(comment: Line, width: int) -> bool:
    """Whether a comment above the rows names their columns."""
    return len(comment.fields) == width > 1 and not any(map(is_value, comment.fields))


def _is_below_names(comments: Sequence[Line]) -> bool:
    """Whether the last comment repeats some texts, as units do, and the one above none.

    So it is in tables of buoys: `#WDIR WSPD GST` above `#degT m/s m/s`.
    """
    names, units = (list(map(name_in, each.fields)) for each in comments[-2:])
    return len(names) == len(units) and len(set(units)) < len(set(names)) == len(names)


def _below_the_names(lines: Sequence[Line], body: int, width: int) -> int:
    """The place of the first row, if names stand right below a first line with values.

    Such a line heads the names, as in `,2019,,2020` above `time,a,b,a`.
    """
    numeric = numeric_columns(lines[body + 1 :], width)
    if len(lines) < body + 3 or len(numeric) < 2 or len(lines[body + 1].fields) != width:
        return body
    texts = [lines[body + 1].fields[n] for n in numeric]
    return body if any(is_value(text) or is_missing(text) for text in texts) else body + 2


def _below_metadata(
    lines: Sequence[Line], body: int, width: int
) -> tuple[Line | None, None, int] | None:
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
        return whole[count - 1] if names == count - 1 and alone else None, None, first
    return None if names is None else (whole[names], None, first)


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


def _first_row(lines: Sequence[Line], body: int, width: int, alone: bool) -> int:
    """The place of the first row, which may have too few or too many fields.

    Such a row holds values, right above the first whole row, and most of what it holds are values;
    or a line that names every column stands right above it. In a table without names, `alone` if no
    comment stands above it either, a single such line is no row if it has at most half of the
    fields of all others, such as the first and the last year, or the place of a station.
    """
    first = body
    while first and _is_ragged_row(lines[first - 1], lines[first]):
        first -= 1
    names = body - 1
    while names >= 0 and _adjoin(lines[names], lines[names + 1]):
        if _names_all(lines[names], width):
            return names + 1
        if not _may_be_ragged(lines[names], lines[body]):
            break
        names -= 1
    titled = not any(is_value(field) for line in lines[:first] for field in line.fields)
    if alone and titled and first == body - 1 and 2 * len(lines[first].fields) <= width:
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
    return _adjoin(line, below) and not _counts_up(values)  # names may count: 1990, 1991


def _may_be_ragged(line: Line, whole: Line) -> bool:
    """Whether a line below the names may be a row with too few or too many fields."""
    if len(line.fields) == len(whole.fields):
        return False
    counting = _counts_up([field.strip() for field in line.fields])
    if counting and not is_value(whole.fields[0]):
        return False  # such as 1990, 1991, below a title and above rows that begin with a name
    return any(map(is_value, line.fields)) or all(map(is_missing, line.fields))


def _names_all(line: Line, width: int) -> bool:
    """Whether a line names the columns, not only some of them, as a title does."""
    values = [field for field in line.fields if is_value(field)]
    if values and not _numbers_as_names(line.fields, values):
        return False
    named = len(set(filter(None, map(name_in, line.fields)))) > 1
    return named and len(line.fields) >= width and fits(line.fields, width)


def _adjoin(line: Line, below: Line) -> bool:
    """Whether no blank line stands between two lines."""
    return line.record.line + line.record.text.count("\n") + 1 == below.record.line


def _before(line: Line, wishes: Wishes) -> bool:
    return wishes.rows is None or line.record.line <= wishes.rows


def _line_after(lines: Sequence[Line], body: int) -> int:
    if body < len(lines):
        return lines[body].record.line
    last = lines[-1].record
    return last.line + last.text.count("\n") + 1


def _right_above(lines: Sequence[Line], body: int, width: int) -> list[Line]:
    """The lines without values right above the rows; a blank line ends them."""
    found: list[Line] = []
    for line in reversed(lines[:body]):
        if not fits(line.fields, width) or (found and not _adjoin(line, found[0])):
            break
        found.insert(0, line)
    return found


def _below_notes(lines: Sequence[Line], body: int, width: int) -> int:
    """The place below the names, if names of all columns stand above single texts above the rows.

    Such a text says what the numbers are, as in: all values in kW. So do units of some columns.
    """
    place = body
    while place and _says_units(lines[place - 1].fields, width):
        place -= 1
    return place if 0 < place < body and _names_all(lines[place - 1], width) else body


def _says_units(fields: Sequence[str], width: int) -> bool:
    """Whether a line below the names holds a single text, or units of fewer columns than all."""
    if len(fields) == 1:
        return not is_value(fields[0]) and not is_missing(fields[0])
    given = any(field.strip(" -#") for field in fields)
    return given and len(fields) < width and reads_like_units(fields)


def fits(fields: Sequence[str], width: int) -> bool:
    """Whether a line may name the columns of rows that have this many fields."""
    return len(fields) in (width, width - 1) or (
        len(fields) > width and not any(map(name_in, fields[width:]))
    )


def whole_rows(lines: Sequence[Line], width: int) -> list[list[str]]:
    """The fields of the lines that have this many."""
    return [line.fields for line in lines if len(line.fields) == width]


def name_in(field: str) -> str:
    """The name in a field; "" for nothing but separators, too."""
    return "" if not field.strip(" ,;\t|") else field.strip()


def numeric_columns(lines: Sequence[Line], width: int) -> list[int]:
    """The columns that hold values in most of these rows."""
    found = []
    for n, column in enumerate(zip(*whole_rows(lines, width), strict=True)):
        given = [field for field in column if not is_missing(field)]
        if given and 2 * sum(map(is_value, given)) > len(given):
            found.append(n)
    return found


def _only_misses(fields: Sequence[str], numeric: Sequence[int]) -> bool:
    """Whether a line without values is a row in which all numbers are missing."""
    return bool(numeric) and all(n < len(fields) and is_missing(fields[n]) for n in numeric)


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
        return _counts_up(digits)
    return _is_whole(digits[0]) and 1900 <= int(digits[0]) <= 2100


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


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether whole numbers go up by one."""
    return all(map(_is_whole, texts)) and {int(b) - int(a) for a, b in pairwise(texts)} == {1}


def _is_whole(text: str) -> bool:
    return text.isdecimal() and len(text) <= COUNTED


def reads_like_units(fields: Sequence[str]) -> bool:
    """Whether all fields that hold something are units."""
    given = [field.strip().lower() for field in fields if field.strip()]
    if len(given) > 1 and all(map(_FORMAT.fullmatch, given)):
        return True
    return bool(given) and all(each in _UNITS or _BRACKETED.fullmatch(each) for each in given)


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
