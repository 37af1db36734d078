"""What a table is taken for: its first rows tell what a person has not said.

The separator cuts most lines into the same number of fields. Of several such separators, it is the
one whose fields look most like numbers and times. The rows begin with the first line that has
values. The line right above the rows holds the units, if it reads like units. The line above that
holds the names. All lines above the names are passed over. An option says what the lines alone
cannot tell, such as Windows-1250 from Windows-1252.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from longlag.errors import InputError
from longlag.quoting import counted
from longlag.readers.form import Expected, Form, Wishes
from longlag.readers.notation import notation
from longlag.readers.records import (
    FIRST,
    LINES,
    Record,
    fields_of,
    first_records,
    is_missing,
    is_value,
)

CANDIDATES = "\t;|, "  #: characters that are rare within fields come first
JUDGED = 1000  #: fields of a line by which separators and decimals are told
COUNTED = 15  #: digits of a number that counts

_UNITS = frozenset(  # a text is easier to read than a hundred strings
    """- % c f k v a w s h m mm cm km kn kt g kg t l ml pa hpa kpa mbar bar degc degf deg ppm ppb hz
    khz mhz v mv ma kw mw kwh mwh gwh wh va kva sec min hours days count counts units unit ratio
    eur usd gbp lux lx db ph psi rpm ug/m3 mg/m3 mg/l m/s km/h kmh mph m3 m3/s l/s l/min w/m2 w/m^2
    j/m2 m/s2 yyyy-mm-dd dd/mm/yyyy mm/dd/yyyy dd.mm.yyyy hh:mm hh:mm:ss hhmm utc local""".split()  # noqa: SIM905
)
_BRACKETED = re.compile(r"\(.*\)|\[.*\]|.{0,12}[\u00b0\u00b5\u03bc\u00b2\u00b3%].{0,12}")


class Beginning(NamedTuple):
    """What the beginning of a text was taken for."""

    form: Form
    start: int  #: place in the text where the rows begin
    rows: list[list[str]]  #: the fields of the first rows


class _Line(NamedTuple):
    record: Record
    fields: list[str]


def guess(text: str, whole: bool, wishes: Wishes, expected: Expected | None = None) -> Beginning:
    """What a text with this beginning is taken for.

    Raises `InputError` if there is no table.
    """
    records = first_records(text, whole, lines_to_judge(wishes))
    if not records:
        raise InputError("is empty: its first line must name the columns")
    separator = wishes.separator
    if said := re.fullmatch(r'"?sep=(.)"?,*;*', records[0].text.rstrip("\n"), re.IGNORECASE):
        separator, records = separator or said[1], records[1:]
        if not records:
            raise InputError("is empty below its line sep=")
    if expected and (form := as_expected(records, wishes, expected)):
        return form
    table = [each for each in records if not _comment(each)] or records
    if wishes.names:
        table = [each for each in records if each.line >= wishes.names]
    elif wishes.rows:
        table = [each for each in table if each.line >= wishes.rows] or table
    separator, width = _separator(table, separator)
    above = table[0].line  # below it, what has as many fields as a row is one
    table = [
        each
        for each in records
        if not _comment(each)
        or each.line == wishes.names
        or (each.line > above and len(_fields(each.text, separator)) == width > 1)
    ]
    lines = [_Line(each, _fields(each.text, separator)) for each in table]
    if not lines:
        raise InputError("holds nothing but comments: its first line must name the columns")
    if width == 2 and separator == "," and _decimals_alone(lines):
        separator, width = ";", 1
        lines = [_Line(line.record, [line.record.text]) for line in lines]
    names, units, first = _layout(records, lines, width, separator, wishes)
    head = names or lines[0]
    fields_of(head.record.text, separator)  # raises where it cannot be read
    if names and names.record.text.count('"') % 2:
        raise InputError(
            f"a quotation mark is not closed within {LINES} lines: close it, remove it, or write "
            "the names on fewer lines"
        )
    rows = [line for line in lines if line.record.line >= first]
    first_columns = [fields[:JUDGED] for fields in _whole(rows, width)]
    decimal, thousands = notation(first_columns, separator)
    if wishes.thousands == decimal:
        decimal = "," if decimal == "." else "."
    decimal = wishes.decimal or decimal
    thousands = "" if thousands == decimal else thousands
    columns = [str(n + 1) for n in range(width)]
    row_names = False
    if names:
        columns, row_names = _columns(names.fields, width, rows)
        if wishes.names is not None and rows and len(columns) + row_names != width:
            names = counted(len(columns), "name")
            raise InputError(
                f"line {wishes.names} has {names}, the rows have {width} fields: name "
                "another line with --names"
            )
    start = rows[0].record.start if rows else len(text)
    form = Form(
        columns,
        separator,
        decimal,
        thousands if wishes.thousands is None else wishes.thousands,
        names.record.line if names else 0,
        first,
        units.record.line if units else None,
        row_names,
    )
    return Beginning(form, start, _whole(rows, width))


def lines_to_judge(wishes: Wishes) -> int:
    """How many lines a guess needs."""
    return FIRST + max(wishes.names or 0, wishes.rows or 0)


def as_expected(records: Sequence[Record], wishes: Wishes, expected: Expected) -> Beginning | None:
    """The form of a table like the one before, if one of its lines has all names of that table."""
    separator = wishes.separator or expected.separator
    for n, record in enumerate(records[:-1]):
        if wishes.names is not None and record.line != wishes.names:
            continue
        names = _Line(record, fields_of(_uncommented(record.text), separator))
        found = [each.strip() for each in names.fields]
        if not set(expected.columns) <= set(found):
            continue
        rows = [_Line(each, fields_of(each.text, separator)) for each in records[n + 1 :]]
        units = rows[0] if len(rows) > 1 and _reads_like_units(rows[0].fields) else None
        rows = rows[1:] if units else rows
        width = len(rows[0].fields)
        if abs(width - len(found)) > 1:
            width = len(found)
        columns, row_names = _columns(names.fields, width, rows)
        form = Form(
            columns,
            separator,
            wishes.decimal or expected.decimal,
            expected.thousands if wishes.thousands is None else wishes.thousands,
            record.line,
            rows[0].record.line,
            units.record.line if units else None,
            row_names,
        )
        return Beginning(form, rows[0].record.start, _whole(rows, width))
    return None


def _separator(table: Sequence[Record], wanted: str | None) -> tuple[str, int]:
    """The separator, and the number of fields that it cuts most lines into."""
    best = (",", 1)
    most = (0.0, 0, 0.0)
    for separator in wanted or CANDIDATES:
        marks = " \t" if separator == " " else separator
        if not any(mark in record.text for record in table for mark in marks):
            continue
        lines = [_fields(record.text, separator) for record in table]
        counts = Counter(len(fields) for fields in lines if len(fields) > 1)
        if not counts:
            continue
        width = max(counts, key=lambda each: (counts[each], each))
        begin = next(n for n, fields in enumerate(lines) if len(fields) == width)
        alike = round(counts[width] / (len(lines) - begin), 1)
        fitting = [fields for fields in lines if len(fields) == width]
        judged = [
            sum(is_value(field) or is_missing(field) for field in fields[:JUDGED])
            / min(width, JUDGED)
            for fields in fitting[1:] or fitting  # the first has the names, probably
        ]
        share = round(sum(judged) / len(judged), 2)
        # The first such line has the names, unless it has values, or no line below it has any:
        # then the names above it must fit, too.
        no_names = any(map(is_value, lines[begin])) or not share
        above = lines[begin - 1] if begin and no_names else lines[begin]
        named = _fits(above, width) + (len(above) == width)
        # A single line that can be cut is not enough to cut a text.
        if counts[width] == 1 and len(lines) > 2:
            alike = min(alike, 0.3)
        value = (alike, named, share)
        if value > most:
            best, most = (separator, width), value
    return (wanted, 1) if wanted and not most[0] else best


def _fields(text: str, separator: str) -> list[str]:
    try:
        return fields_of(text, separator)
    except InputError:
        return [text]


def _decimals_alone(lines: Sequence[_Line]) -> bool:
    """Whether a name stands above numbers with decimal commas, not two columns."""
    head, *rows = lines
    return (
        len(head.fields) == 1
        and not is_value(head.fields[0])
        and all(re.fullmatch(r"\s*[+-]?\d+(,\d+)?\s*", line.record.text) for line in rows)
    )


def _layout(
    records: Sequence[Record],
    lines: Sequence[_Line],
    width: int,
    separator: str,
    wishes: Wishes,
) -> tuple[_Line | None, _Line | None, int]:
    """The line of names, that of units, and the number of the line where the rows begin."""
    if wishes.names is not None:
        names = next((each for each in lines if each.record.line == wishes.names), None)
        if wishes.names and names is None:
            raise InputError(f"has nothing in line {wishes.names}: name another line with --names")
        below = [each for each in lines if each.record.line > wishes.names]
        if wishes.rows:
            return names, None, wishes.rows
        units = (
            below[0] if names and len(below) > 1 and _reads_like_units(below[0].fields) else None
        )
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
        alone = not begin or not _fits(lines[begin - 1].fields, width)
        values = (n for n in fitting if _has_values(lines[n].fields, alone and n == begin))
        body = next(values, None)
        if body is None:  # nothing but text: the first line has the names
            if begin and len(lines[begin - 1].fields) == width - 1:
                begin -= 1  # it lacks a name for the names of rows
            return lines[begin], None, _line_after(lines, begin + 1)
    above = _right_above(lines, body, width)
    numeric = _numeric(lines[body:], width) if len(above) > 1 else []
    while len(above) > 1 and not wishes.rows and _only_misses(above[-1].fields, numeric):
        above.pop()
        body -= 1
    if len(above) > 1 and _reads_like_units(above[-1].fields):
        return above[-2], above[-1], _line_after(lines, body)
    if above:
        return above[-1], None, _line_after(lines, body)
    if body < len(lines):
        first = lines[body].record.line
        for record in reversed([each for each in records if each.line < first and _comment(each)]):
            fields = _fields(_uncommented(record.text), separator)
            if len(fields) == width and not any(map(is_value, fields)) and width > 1:
                return _Line(record, fields), None, first
            break
    return None, None, _line_after(lines, body)


def _before(line: _Line, wishes: Wishes) -> bool:
    return wishes.rows is None or line.record.line <= wishes.rows


def _line_after(lines: Sequence[_Line], body: int) -> int:
    if body < len(lines):
        return lines[body].record.line
    last = lines[-1].record
    return last.line + last.text.count("\n") + 1


def _right_above(lines: Sequence[_Line], body: int, width: int) -> list[_Line]:
    """The lines without values right above the rows; a blank line ends them."""
    found: list[_Line] = []
    for line in reversed(lines[:body]):
        text = line.record.text
        if not _fits(line.fields, width):
            break
        if found and line.record.line + text.count("\n") + 1 < found[0].record.line:
            break
        found.insert(0, line)
    return found


def _fits(fields: Sequence[str], width: int) -> bool:
    """Whether a line may name the columns of rows that have this many fields."""
    return len(fields) in (width, width - 1) or (
        len(fields) > width and not any(map(_name, fields[width:]))
    )


def _columns(fields: Sequence[str], width: int, rows: Sequence[_Line]) -> tuple[list[str], bool]:
    """Names of the columns, and whether rows begin with a name of their own."""
    names = [_name(each) for each in fields]
    while len(names) > width and not names[-1]:
        names.pop()
    if len(names) != width - 1 or not rows:
        return names, False
    whole = _whole(rows, width)
    if whole and not any(each[-1].strip() for each in whole):
        return [*names, ""], False  # a separator at the end of each row
    return names, bool(whole)


def _whole(lines: Sequence[_Line], width: int) -> list[list[str]]:
    return [line.fields for line in lines if len(line.fields) == width]


def _name(field: str) -> str:
    return "" if not field.strip(" ,;\t|") else field.strip()


def _numeric(lines: Sequence[_Line], width: int) -> list[int]:
    """The columns that hold values in most of these rows."""
    found = []
    for n, column in enumerate(zip(*_whole(lines, width), strict=True)):
        given = [field for field in column if not is_missing(field)]
        if given and 2 * sum(map(is_value, given)) > len(given):
            found.append(n)
    return found


def _only_misses(fields: Sequence[str], numeric: Sequence[int]) -> bool:
    """Whether a line without values is a row in which all numbers are missing."""
    return bool(numeric) and all(n < len(fields) and is_missing(fields[n]) for n in numeric)


def _has_values(fields: Sequence[str], first: bool) -> bool:
    values = [field for field in fields if is_value(field)]
    return bool(values) and not (first and _numbers_as_names(fields, values))


def _numbers_as_names(fields: Sequence[str], values: Sequence[str]) -> bool:
    """Whether numbers among the names count: years, or 0, 1, 2 and so on."""
    digits = [value.strip() for value in values]  # of blanks that `int` does not take, too
    if not all(each.isdecimal() and len(each) <= COUNTED for each in digits):
        return False
    numbers = [int(each) for each in digits]
    steps = {b - a for a, b in pairwise(numbers)}
    if len(values) == sum(not is_missing(field) for field in fields):
        return False
    return 1900 <= numbers[0] <= 2100 if len(numbers) == 1 else steps == {1}


def _reads_like_units(fields: Sequence[str]) -> bool:
    given = [field.strip().lower() for field in fields if field.strip()]
    return bool(given) and all(each in _UNITS or _BRACKETED.fullmatch(each) for each in given)


def _comment(record: Record) -> bool:
    return record.text.lstrip().startswith(("#", "%"))


def _uncommented(text: str) -> str:
    return text.lstrip().lstrip("#%").lstrip() if text.lstrip().startswith(("#", "%")) else text
