"""What a table is taken for: its first rows tell what a person has not said.

The module `separators` finds what cuts the lines into fields, and `heading` tells the lines of
names and of units from the rows; all lines above the names are passed over. An option says what the
lines alone cannot tell, such as Windows-1250 from Windows-1252.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import msgspec

from longlag.errors import InputError
from longlag.quoting import counted
from longlag.readers.beginning import Beginning, bare, beginning, given
from longlag.readers.column_names import columns_of, numbered
from longlag.readers.expected import as_expected
from longlag.readers.form import Expected, Form, Wishes
from longlag.readers.heading import heading, nothing_in
from longlag.readers.lines import Line, cut, is_comment, is_row, is_rule, whole_rows
from longlag.readers.notation import notation
from longlag.readers.preamble import below_preamble, of_loggers
from longlag.readers.records import FIRST, LINES, Record, fields_of, first_records
from longlag.readers.separators import (
    JUDGED,
    are_rows_in_marks,
    decimals_alone,
    separator_of,
    texts_alone,
)
from longlag.readers.signs import sign_of
from longlag.readers.spare_columns import spare_columns


def guess(text: str, whole: bool, wishes: Wishes, expected: Expected | None = None) -> Beginning:
    """What a text with this beginning is taken for.

    A table that has the columns of the `expected` one also has its marks, whatever its own rows
    may say. Raises `InputError` if there is no table.
    """
    records = first_records(text, whole, _said(wishes))
    if not records:
        raise InputError("is empty: its first line must name the columns")
    _check_said(wishes, text)
    if spare := spare_columns(records, wishes, expected):
        columns, records = spare
        wishes = msgspec.structs.replace(wishes, separator=columns.separator)
        found = _as_before(text, records, whole, wishes, expected)
        return found._replace(form=replace(found.form, spare=columns.names))
    return _as_before(text, records, whole, wishes, expected)


def lines_to_judge(wishes: Wishes) -> int:
    """How many lines a guess needs."""
    return FIRST + _said(wishes)


def _said(wishes: Wishes) -> int:
    """The last line that a wish names; 0 for none."""
    return max(wishes.names or 0, wishes.rows or 0)


def _check_said(wishes: Wishes, text: str) -> None:
    """Raise `InputError` for a line of names, or one above the first row, that is not there."""
    lines = text.count("\n") + (text[-1:] != "\n")
    if max(wishes.names or 0, (wishes.rows or 1) - 1) > lines:
        option = f"--rows {wishes.rows}" if wishes.rows else f"--names {wishes.names}"
        raise InputError(f"has {counted(lines, 'line')}, too few for {option}: name another line")


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
    """What these records are taken for, of which no others of their kind are known."""
    records, wishes = _below_said_separator(records, wishes)
    wishes = of_loggers(records, wishes)
    everything = records
    if wishes.names is None and wishes.rows is None:
        records = below_preamble(records)
    lines, separator, width, comments = _cut_lines(records, wishes)
    names, units, first, names_from = heading(records, lines, width, separator, wishes)
    _check_head(names or lines[0], separator, names is not None)
    rows = [line for line in lines if line.record.line >= first]
    columns, row_names = [str(n + 1) for n in range(width)], False
    if names:
        columns, row_names = columns_of(names.fields, width, rows, separator)
        if wishes.names is not None and rows and len(columns) + row_names != width:
            raise InputError(
                f"has {counted(len(columns), 'name')} in line {wishes.names}, where the rows have "
                f"{width} fields: name another line with --names"
            )
    named = names.record.line if names else 0
    if not names and wishes.names is None:
        higher = [each for each in everything if each.line < first]
        columns, names_from, named = numbered(higher, width) or (columns, 0, 0)
    first_rows = [fields[:JUDGED] for fields in whole_rows(rows, width)]
    texts, factors = bare(list(zip(*first_rows, strict=True)), wishes)
    decimal, thousands, doubtful = _notation(texts, separator, wishes)
    form = Form(
        columns,
        separator,
        decimal,
        thousands,
        named,
        first,
        units.record.line if units else None,
        row_names,
        names_from=names_from,
        comments=comments,
        signs=given(columns, map(sign_of, texts[row_names:])),
        factors=given(columns, factors[row_names:]),
        doubtful={
            name: number
            for place, name in enumerate(columns, int(row_names))
            if name and (number := doubtful.get(place))
        },
    )
    start = rows[0].record.start if rows else len(text)
    return beginning(form, start, names, units, rows, records)


def _below_said_separator(
    records: Sequence[Record], wishes: Wishes
) -> tuple[Sequence[Record], Wishes]:
    """The records below a first line such as sep=; that says which separator there is."""
    said = re.fullmatch(r'"?sep=([^"])"?,*;*', records[0].text.rstrip("\n"), re.IGNORECASE)
    if not said:
        return records, wishes
    if len(records) == 1:
        raise InputError("is empty below its line sep=")
    return records[1:], wishes.over(Wishes(separator=said[1]))


def _cut_lines(records: Sequence[Record], wishes: Wishes) -> tuple[list[Line], str, int, bool]:
    """The lines of the table, the separator, the fields of most lines, and `Form.comments`."""
    table = [each for each in records if not is_comment(each.text) and not is_rule(each.text)]
    table = table or list(records)
    if wishes.names:
        table = [each for each in records if each.line >= wishes.names]
        if not table:
            raise nothing_in(wishes.names)
    elif wishes.rows:
        table = [each for each in table if each.line >= wishes.rows] or table
    separator, width = separator_of(table, wishes.separator)
    if width == 1 and are_rows_in_marks(table):
        raise InputError(
            "has whole rows in quotation marks, as a table has that was saved twice: take these "
            "marks out"
        )
    above = table[0].line  # below it, a comment may be a row
    commented = any(is_comment(each.text) for each in records if each.line > above)
    comments = width > 1 or not texts_alone(table, commented)
    lines = []
    for each in records:
        comment = is_comment(each.text) and (
            each.line <= above or not is_row(each.text, separator, width, comments)
        )
        if each.line == wishes.names or not (comment or is_rule(each.text)):
            lines.append(Line(each, cut(each.text, separator)))
    if not lines:
        raise InputError("holds nothing but comments: its first line must name the columns")
    if width == 2 and separator == "," and decimals_alone(lines):
        return [Line(line.record, [line.record.text]) for line in lines], ";", 1, comments
    return lines, separator, width, comments


def _check_head(head: Line, separator: str, named: bool) -> None:
    """Raise `InputError` for a first line that cannot be read, or whose quotation is not closed."""
    number, text = head.record.line, head.record.text
    try:
        fields_of(text, separator)
    except InputError as error:
        raise InputError(f"has a line {number} that cannot be read: {error}") from None
    if named and text.count('"') % 2:
        raise InputError(
            f"has a quotation mark in line {number} that is not closed within {LINES} lines: close "
            "it, remove it, or write the names on fewer lines"
        )


def _notation(
    texts: Sequence[Sequence[str]], separator: str, wishes: Wishes
) -> tuple[str, str, dict[int, str]]:
    """The marks of decimals and thousands, and the numbers of columns in which these are in doubt.

    What is wished goes over what is found.
    """
    decimal, thousands, doubtful = notation(texts, separator)
    if wishes.thousands == decimal:
        decimal = "," if decimal == "." else "."
    decimal = wishes.decimal or decimal
    thousands = "" if thousands == decimal else thousands
    if wishes.thousands is not None:
        thousands = wishes.thousands
    said = wishes.decimal is not None or wishes.thousands is not None
    return decimal, thousands, {} if said else doubtful
