"""What a table is taken for: its first rows tell what a person has not said.

The separator cuts most lines into the same number of fields. Of several such separators, it is the
one whose fields look most like numbers and times. The module `heading` tells the lines of names and
of units from the rows; all lines above the names are passed over. An option says what the lines
alone cannot tell, such as Windows-1250 from Windows-1252.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import msgspec

from longlag.errors import InputError
from longlag.quoting import counted
from longlag.readers.column_names import NUMBERED, are_types, columns_of, joined_names, numbered
from longlag.readers.ends import is_note
from longlag.readers.factors import factors_of, without_factor
from longlag.readers.footnotes import without_mark
from longlag.readers.form import Expected, Form, Wishes
from longlag.readers.heading import (
    Line,
    cut,
    fits,
    has_values,
    is_comment,
    is_row,
    is_rule,
    layout,
    numeric_columns,
    reads_like_units,
    uncommented,
    whole_rows,
)
from longlag.readers.metadata import metadata_lines
from longlag.readers.notation import notation
from longlag.readers.preamble import below_preamble, of_loggers
from longlag.readers.records import (
    FIRST,
    LINES,
    Record,
    fields_of,
    first_records,
    is_missing,
    is_value,
)
from longlag.readers.signs import parted, sign_of
from longlag.readers.spare_columns import spare_columns
from longlag.readers.values import Values

CANDIDATES = "\t;|, "  #: characters that are rare within fields come first
JUDGED = 1000  #: fields of a line by which separators and decimals are told
NOTES = 10  #: rows for each line of another width below them that does not count


class Beginning(NamedTuple):
    """What the beginning of a text was taken for."""

    form: Form
    start: int  #: place in the text where the rows begin
    rows: list[list[str]]  #: the fields of the first rows
    head: str = ""  #: the line of names, if no row can be written so
    units: str = ""  #: the line of units below it
    above: frozenset[str] = frozenset()  #: the lines above it that no row can be written as


def guess(text: str, whole: bool, wishes: Wishes, expected: Expected | None = None) -> Beginning:
    """What a text with this beginning is taken for.

    A table that has the columns of the `expected` one also has its marks, whatever its own rows
    may say. Raises `InputError` if there is no table.
    """
    records = first_records(text, whole, lines_to_judge(wishes))
    if not records:
        raise InputError("is empty: its first line must name the columns")
    if spare := spare_columns(records, wishes, expected):
        columns, records = spare
        wishes = msgspec.structs.replace(wishes, separator=columns.separator)
        found = _as_before(text, records, whole, wishes, expected)
        return found._replace(form=replace(found.form, spare=columns.names))
    return _as_before(text, records, whole, wishes, expected)


def _as_before(
    text: str,
    records: Sequence[Record],
    whole: bool,
    wishes: Wishes,
    expected: Expected | None,
) -> Beginning:
    """What these records are taken for: a table like the expected one, if they can be."""
    if expected and (found := as_expected(records, wishes, expected, whole)):
        return found
    if expected:
        marks = Wishes(expected.separator, expected.decimal, expected.thousands)
        with suppress(InputError):  # of another table, which these marks do not fit
            found = _guess(text, records, wishes.over(marks))
            if set(expected.columns) <= set(found.form.columns):
                signs = found.form.signs | expected.signs
                factors = found.form.factors | expected.factors
                return found._replace(form=replace(found.form, signs=signs, factors=factors))
    return _guess(text, records, wishes)


def _guess(text: str, records: Sequence[Record], wishes: Wishes) -> Beginning:
    separator = wishes.separator
    if said := re.fullmatch(r'"?sep=(.)"?,*;*', records[0].text.rstrip("\n"), re.IGNORECASE):
        separator, records = separator or said[1], records[1:]
        if not records:
            raise InputError("is empty below its line sep=")
    wishes = of_loggers(records, wishes)
    everything = records
    if wishes.names is None and wishes.rows is None:
        records = below_preamble(records)
    table = [each for each in records if not is_comment(each.text) and not is_rule(each.text)]
    table = table or records
    if wishes.names:
        table = [each for each in records if each.line >= wishes.names]
    elif wishes.rows:
        table = [each for each in table if each.line >= wishes.rows] or table
    separator, width = _separator(table, separator)
    if width == 1 and _are_rows_in_marks(table):
        raise InputError(
            "has whole rows in quotation marks, as a table has that was saved twice: take these "
            "marks out"
        )
    above = table[0].line  # below it, a comment may be a row
    commented = any(is_comment(each.text) for each in records if each.line > above)
    comments = width > 1 or not _texts_alone(table, commented)
    table = [
        each
        for each in records
        if each.line == wishes.names
        or not (
            is_rule(each.text)
            or (
                is_comment(each.text)
                and (each.line <= above or not is_row(each.text, separator, width, comments))
            )
        )
    ]
    lines = [Line(each, cut(each.text, separator)) for each in table]
    if not lines:
        raise InputError("holds nothing but comments: its first line must name the columns")
    if width == 2 and separator == "," and _decimals_alone(lines):
        separator, width = ";", 1
        lines = [Line(line.record, [line.record.text]) for line in lines]
    names, units, first = layout(records, lines, width, separator, wishes)
    from_line = names.record.line if names else 0
    if names and wishes.names is None:
        last = names
        names, from_line = joined_names(lines, names, width)
        units = last if last.record != names.record else units
    head = names or lines[0]
    fields_of(head.record.text, separator)  # raises where it cannot be read
    if names and names.record.text.count('"') % 2:
        raise InputError(
            f"a quotation mark is not closed within {LINES} lines: close it, remove it, or write "
            "the names on fewer lines"
        )
    rows = [line for line in lines if line.record.line >= first]
    first_rows = [fields[:JUDGED] for fields in whole_rows(rows, width)]
    texts, factors = _bare(list(zip(*first_rows, strict=True)), wishes)
    decimal, thousands, doubtful = notation(texts, separator)
    if wishes.decimal is not None or wishes.thousands is not None:
        doubtful = {}
    if wishes.thousands == decimal:
        decimal = "," if decimal == "." else "."
    decimal = wishes.decimal or decimal
    thousands = "" if thousands == decimal else thousands
    columns = [str(n + 1) for n in range(width)]
    row_names = False
    if names:
        columns, row_names = columns_of(names.fields, width, rows, separator)
        if wishes.names is not None and rows and len(columns) + row_names != width:
            names = counted(len(columns), "name")
            raise InputError(
                f"has {names} in line {wishes.names}, where the rows have {width} fields: name "
                "another line with --names"
            )
    named = names.record.line if names else 0
    if not names and wishes.names is None:
        higher = [each for each in everything if each.line < first]
        columns, from_line, named = numbered(higher, width) or (columns, 0, 0)
    start = rows[0].record.start if rows else len(text)
    form = Form(
        columns,
        separator,
        decimal,
        thousands if wishes.thousands is None else wishes.thousands,
        named,
        first,
        units.record.line if units else None,
        row_names,
        names_from=from_line,
        comments=comments,
        signs=_given(columns, map(sign_of, texts[row_names:])),
        factors=_given(columns, factors[row_names:]),
        doubtful={
            name: number
            for place, name in enumerate(columns, int(row_names))
            if name and (number := doubtful.get(place))
        },
    )
    return _beginning(form, start, names, units, rows, records)


def _beginning(
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


def _bare(
    columns: Sequence[Sequence[str]], wishes: Wishes
) -> tuple[list[Sequence[str]], list[str]]:
    """The texts of the columns without footnotes and factors behind numbers, and these factors."""
    known = Values(missing=wishes.missing).known
    columns = [list(map(without_mark, texts)) for texts in columns]
    factors = [factors_of(known(texts)) for texts in columns]
    return [
        [without_factor(text, factor)[0] for text in texts] if factor else texts
        for texts, factor in zip(columns, factors, strict=True)
    ], factors


def _given(columns: Sequence[str], marks: Iterable[str]) -> dict[str, str]:
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


def lines_to_judge(wishes: Wishes) -> int:
    """How many lines a guess needs."""
    return FIRST + max(wishes.names or 0, wishes.rows or 0)


def as_expected(
    records: Sequence[Record], wishes: Wishes, expected: Expected, whole: bool
) -> Beginning | None:
    """The form of a table like the one before, if one of its lines has all names of that table.

    A `whole` table may have no rows, but a note such as: no data.
    """
    separator = wishes.separator or expected.separator
    wishes = of_loggers(records, wishes)
    if not expected.named:
        return None
    for n, record in enumerate(records[:-1]):
        if wishes.names not in (None, record.line) or NUMBERED.fullmatch(record.text):
            continue
        names = Line(record, fields_of(uncommented(record.text), separator))
        found = [each.strip() for each in names.fields]
        if any(found.count(column) != 1 for column in expected.columns):
            continue
        rows = [
            Line(each, cut(each.text, separator))
            for each in _rows_below(records[n + 1 :], separator, len(found), expected.comments)
            if wishes.rows is None or each.line >= wishes.rows
        ]
        if not rows and not whole:
            return None
        if rows and _names_more(rows[0].fields, len(found)):
            continue  # with names in several lines, that of a column may stand in one of them
        fitting = [line for line in rows if len(line.fields) == len(found)]
        if above := metadata_lines([names.fields, *(line.fields for line in fitting)]):
            rows = rows[rows.index(fitting[above - 1]) :]
        units = None  # classes such as A and C read like units, too
        if (
            len(rows) > 1
            and (reads_like_units(rows[0].fields) or are_types(rows[0].fields, found))
            and any(map(is_value, rows[1].fields))
        ):
            units = rows[0]
        rows = rows[1:] if units else rows
        width = len(rows[0].fields) if rows else len(found)
        if abs(width - len(found)) > 1:
            width = len(found)
        first = rows[0].record if rows else records[n + 1]
        columns, row_names = columns_of(names.fields, width, rows, separator)
        texts = list(zip(*whole_rows(rows, width), strict=True))[row_names:]
        texts, factors = _bare(texts, wishes)
        form = Form(
            columns,
            separator,
            wishes.decimal or expected.decimal,
            expected.thousands if wishes.thousands is None else wishes.thousands,
            record.line,
            first.line,
            units.record.line if units else None,
            row_names,
            comments=expected.comments,
            signs=_given(columns, map(sign_of, texts)) | expected.signs,
            factors=_given(columns, factors) | expected.factors,
        )
        return _beginning(form, first.start, names, units, rows, records)
    return None


def _names_more(fields: Sequence[str], width: int) -> bool:
    """Whether a line below names has more of them: texts, but none where rows begin."""
    texts = [field for field in fields if field.strip()]
    begins = bool(fields[0].strip())
    if len(fields) != width or begins or not texts or reads_like_units(fields):
        return False
    return not any(is_value(text) or is_missing(text) for text in texts)


def _rows_below(
    records: Sequence[Record], separator: str, width: int, comments: bool
) -> list[Record]:
    """The records below the names, without comments, and without drawn lines and notes above."""
    rows = [each for each in records if is_row(each.text, separator, width, comments)]
    first = 0
    while first < len(rows) and (
        is_rule(rows[first].text) or is_note(rows[first].text, separator, width)
    ):
        first += 1
    return rows[first:]


def _are_rows_in_marks(table: Sequence[Record]) -> bool:
    """Whether each line is one quoted field that can be cut further: names above rows."""
    inner = [record.text.strip()[1:-1] for record in table if record.text.strip()[:1] == '"']
    if len(inner) < max(2, len(table)):
        return False
    for separator in CANDIDATES[:4]:
        head, *rows = [cut(text, separator) for text in inner]
        widths = {len(head), *map(len, rows)}
        if len(widths) == 1 and len(head) > 2 and not any(map(is_value, head)):
            return all(any(map(is_value, row)) for row in rows)
    return False


def _texts_alone(table: Sequence[Record], commented: bool) -> bool:
    """Whether most rows of a single column are texts: then they may begin like a comment.

    Without other rows, all lines that are `commented` are rows.
    """
    plain = [each.text for each in table if not is_comment(each.text)]
    given = [text for text in plain[1:] if not is_missing(text)]  # the first may be the name
    if not given:
        return bool(plain) and commented
    return 2 * sum(map(is_value, given)) < len(given)


def _separator(table: Sequence[Record], wanted: str | None) -> tuple[str, int]:
    """The separator, and the number of fields that it cuts most lines into."""
    best = (",", 1)
    most = (False, 0.0, 0, 0.0)
    for separator in wanted or CANDIDATES:
        marks = " \t" if separator == " " else separator
        if not any(mark in record.text for record in table for mark in marks):
            continue
        lines = [cut(record.text, separator) for record in table]
        counts = Counter(len(fields) for fields in lines if len(fields) > 1)
        if not counts:
            continue
        width = max(counts, key=lambda each: (counts[each], each))
        if separator == " " and best == ("\t", width) and most[1] == 1.0:
            continue  # tabs are blanks, too: no field holds any other
        begin = next(n for n, fields in enumerate(lines) if len(fields) == width)
        alone = [is_value(record.text) for record in table]
        cut_values = any(one and len(f) == width for one, f in zip(alone, lines, strict=True))
        if sum(alone[:begin] if cut_values else alone) > counts[width]:
            continue  # rows of a single column stand above notes, or below a title
        last = len(lines) - next(n for n, f in enumerate(reversed(lines)) if len(f) == width)
        notes = min(len(lines) - last, counts[width] // NOTES)
        alike = round(counts[width] / (len(lines) - begin - notes), 1)
        fitting = [fields for fields in lines if len(fields) == width]
        judged = [
            sum(map(_is_given_or_missing, fields[:JUDGED])) / min(width, JUDGED)
            for fields in fitting[1:] or fitting  # the first has the names, probably
        ]
        share = round(median(judged), 2)  # which a total below the rows does not change
        # The first such line has the names, unless it has values (years may be names), or no line
        # below it has any: then the names above it must fit, too.
        no_names = has_values(lines[begin], True) or not any(judged)
        above = lines[begin - 1] if begin and no_names else lines[begin]
        named = fits(above, width) + (len(above) == width)
        # A single line that can be cut is not enough to cut a text.
        if counts[width] == 1 and len(lines) > 2:
            alike = min(alike, 0.3)
        quoted_whole = 2 * sum(map(_quotes_whole, fitting)) > len(fitting)
        value = (quoted_whole, alike, named, share)
        if value > most:
            best, most = (separator, width), value
    return (wanted, 1) if wanted and not most[1] else best


def _quotes_whole(fields: Sequence[str]) -> bool:
    """Whether no quotation marks are apart, as if the cuts went through quoted texts."""
    return not any(field.count('"') % 2 for field in fields)


def _is_given_or_missing(field: str) -> bool:
    """Whether a field is a value, also with a unit beside it, or none."""
    return is_value(field) or is_missing(field) or bool(parted(field)[0])


def _decimals_alone(lines: Sequence[Line]) -> bool:
    """Whether a name stands above numbers with decimal commas, not two columns."""
    head, *rows = lines
    return (
        len(head.fields) == 1
        and not is_value(head.fields[0])
        and all(re.fullmatch(r"\s*[+-]?\d+(,\d+)?\s*", line.record.text) for line in rows)
    )
