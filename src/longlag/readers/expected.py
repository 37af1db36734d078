"""Tables that are like the one before: one of their lines has all names of that one."""

from collections.abc import Sequence

from longlag.readers.beginning import Beginning, bare, beginning, given
from longlag.readers.column_names import NUMBERED, are_types, columns_of
from longlag.readers.ends import is_note
from longlag.readers.form import Expected, Form, Wishes
from longlag.readers.lines import Line, cut, is_row, is_rule, uncommented, whole_rows
from longlag.readers.metadata import metadata_lines
from longlag.readers.preamble import of_loggers
from longlag.readers.records import Record, is_missing, is_value
from longlag.readers.signs import sign_of
from longlag.readers.units import reads_like_units


def as_expected(
    records: Sequence[Record], wishes: Wishes, expected: Expected, whole: bool
) -> Beginning | None:
    """The form of a table like the one before, if one of its lines has all names of that table.

    A `whole` table may have no rows, but a note such as: no data.
    """
    wishes = of_loggers(records, wishes)
    if not expected.named:
        return None
    separator = wishes.separator or expected.separator
    for n, record in enumerate(records[:-1]):
        if wishes.names not in (None, record.line) or NUMBERED.fullmatch(record.text):
            continue
        names = Line(record, cut(uncommented(record.text), separator))
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
        return _below(names, rows, records[n + 1], records, separator, wishes, expected)
    return None


def _below(
    names: Line,
    lines: Sequence[Line],
    below: Record,
    records: Sequence[Record],
    separator: str,
    wishes: Wishes,
    expected: Expected,
) -> Beginning:
    """What the table is, whose names are as expected, and which has these lines below them.

    Where it has no rows yet, they will begin with the record right below the names.
    """
    count = len(names.fields)
    fitting = [line for line in lines if len(line.fields) == count]
    if above := metadata_lines([names.fields, *(line.fields for line in fitting)]):
        lines = lines[lines.index(fitting[above - 1]) :]
    units = lines[0] if _begin_with_units(lines, names) else None
    rows = lines[1:] if units else lines
    width = len(rows[0].fields) if rows else count
    if abs(width - count) > 1:
        width = count
    first = rows[0].record if rows else below
    columns, row_names = columns_of(names.fields, width, rows, separator)
    texts, factors = bare(list(zip(*whole_rows(rows, width), strict=True))[row_names:], wishes)
    form = Form(
        columns,
        separator,
        wishes.decimal or expected.decimal,
        expected.thousands if wishes.thousands is None else wishes.thousands,
        names.record.line,
        first.line,
        units.record.line if units else None,
        row_names,
        comments=expected.comments,
        signs=given(columns, map(sign_of, texts)) | expected.signs,
        factors=given(columns, factors) | expected.factors,
    )
    return beginning(form, first.start, names, units, rows, records)


def _begin_with_units(lines: Sequence[Line], names: Line) -> bool:
    """Whether units stand between names and rows; classes such as A and C read like units, too."""
    if len(lines) < 2 or not any(map(is_value, lines[1].fields)):
        return False
    first, found = lines[0].fields, [each.strip() for each in names.fields]
    return reads_like_units(first) or are_types(first, found)


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
